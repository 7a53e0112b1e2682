package serve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/serve"
	"github.com/ducat-ledger/ducat/internal/serve/access"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// says is a handler that says its name and who asks.
func says(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, ok := access.Of(r.Context())
		fmt.Fprintf(w, "%s for %s/%s/%t", name, v.Name, v.Account, ok)
	})
}

// handlers adds handlers that say their names where there are none.
func handlers(o serve.Options) serve.Options {
	if o.API == nil {
		o.API = says("api")
	}
	if o.Dashboard == nil {
		o.Dashboard = says("dashboard")
	}
	if o.Metrics == nil {
		o.Metrics = says("metrics")
	}
	return o
}

// A site is a server that runs until the test ends, or until end is called.
type site struct {
	*serve.Server
	address string
	end     func() error
}

func start(t *testing.T, listener net.Listener, o serve.Options) *site {
	t.Helper()
	server, err := serve.New(listener, handlers(o))
	if err != nil {
		t.Fatal(errors.Join(err, listener.Close()))
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx) }()
	end := sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	})
	return &site{server, listener.Addr().String(), end}
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// elsewhere is a listener that says of itself that others can reach it.
type elsewhere struct{ net.Listener }

func (e elsewhere) Addr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4zero, Port: e.Listener.Addr().(*net.TCPAddr).Port}
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// raw sends text over a connection of its own and reads the answer.
func (s *site) raw(t *testing.T, text string) answer {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil && len(all) == 0 {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(text, " ")
	return parse(t, method, all)
}

// ask sends a request to a host with lines of header, and the body of a form.
func (s *site) ask(t *testing.T, method, target, host, form string, header ...string) answer {
	t.Helper()
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: " + host, "Connection: close"}, header...)
	if form != "" {
		lines = append(lines, "Content-Type: application/x-www-form-urlencoded", fmt.Sprintf("Content-Length: %d", len(form)))
	}
	return s.raw(t, strings.Join(lines, "\r\n")+"\r\n\r\n"+form)
}

func (s *site) get(t *testing.T, target string, header ...string) answer {
	t.Helper()
	return s.ask(t, "GET", target, s.address, "", header...)
}

// A notebook is a log that many write to.
type notebook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notebook) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(b)
}

func (n *notebook) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

func (n *notebook) log() *slog.Logger { return slog.New(slog.NewTextHandler(n, nil)) }

// newTokens is a file with a token of each kind: "all", "work", "expired" and
// "removed", and the secrets by name.
func newTokens(t *testing.T) (file access.File, secrets map[string]string) {
	t.Helper()
	file = access.File(filepath.Join(t.TempDir(), "tokens.json"))
	now := time.Now()
	secrets = map[string]string{"wrong": "ducat_" + strings.Repeat("A", 43)}
	for _, token := range []access.Token{
		{Name: "all", Created: now},
		{Name: "work", Account: "work", Created: now},
		{Name: "expired", Created: now.Add(-2 * time.Hour), Expires: now.Add(-time.Hour)},
		{Name: "removed", Created: now},
	} {
		secret, err := file.Add(token)
		if err != nil {
			t.Fatal(err)
		}
		secrets[token.Name] = secret
	}
	return file, secrets
}
