package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A told is a writer that says once when a sync has printed how it went.
type told struct {
	io.Writer
	once sync.Once
	done chan struct{}
}

func (w *told) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "up to") {
		w.once.Do(func() { close(w.done) })
	}
	return w.Writer.Write(p)
}

const hookedBudget = "[budgets.team]\namount = '10'\ncurrency = 'USD'\nperiod = 'epoch'\nalerts = ['ops']\n" +
	"[alerts.ops]\ntype = 'webhook'\nurl = 'URL'\n"

// A receiver that does not answer keeps no sync from its end: it answers only when
// that is told.
func TestDeadReceiverDelaysNoSync(t *testing.T) {
	t.Parallel()
	server := tenSpent(t)
	out := &told{Writer: io.Discard, done: make(chan struct{})}
	asked := 0
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked++
		select {
		case <-out.done:
		case <-r.Context().Done():
			t.Error("the receiver was left before the sync had ended")
		}
	}))
	b := newBudgeteer(t, inFile, server, strings.Replace(hookedBudget, "URL", hook.URL, 1))
	var stderr bytes.Buffer
	a := app{out: stream{Writer: out}, err: stream{Writer: &stderr}, env: func(name string) string { return b.env[name] }, now: atNoon}
	if code := a.run(t.Context(), []string{"sync"}); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	hook.Close()
	if want := "alert: ops was told that the budget team has reached 100 %\n"; stderr.String() != want || asked != 1 {
		t.Errorf("%q after %d alerts, want %q after one", stderr.String(), asked, want)
	}
}

// A watch goes on while a receiver does not answer: it answers only when Venice is
// asked by the next sync.
func TestDeadReceiverDelaysNoWatch(t *testing.T) {
	t.Parallel()
	server := tenSpent(t)
	hooked, next := make(chan struct{}), make(chan struct{})
	var once sync.Once
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-hooked:
			once.Do(func() { close(next) })
		default:
		}
		server.ServeHTTP(w, r)
	}))
	defer api.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(hooked)
		select {
		case <-next:
		case <-r.Context().Done():
			t.Error("the receiver was left before Venice was asked again")
		}
		cancel()
	}))
	defer hook.Close()
	b := newBudgeteer(t, inFile, server, strings.Replace(hookedBudget, "URL", hook.URL, 1))
	b.env[config.EnvBaseURL] = api.URL + "/api/v1"
	var stderr bytes.Buffer
	a := app{out: stream{Writer: io.Discard}, err: stream{Writer: &stderr}, env: func(name string) string { return b.env[name] }, now: atNoon}
	c, store, err := a.books()
	if err != nil {
		t.Fatal(err)
	}
	o := &syncOptions{parallel: 1, overlap: ledger.DefaultOverlap, watch: time.Millisecond,
		output: &choice{value: formatTable}, conn: &connection{timeout: time.Minute}}
	if err := a.syncForEver(ctx, c, store, c.Accounts, o); !errors.Is(err, context.Canceled) {
		t.Errorf("%v: %s", err, stderr.String())
	}
}

// tenSpent is a server where 10 USD were spent half an hour ago.
func tenSpent(t *testing.T) *venicetest.Server {
	t.Helper()
	server := venicetest.NewServer(t, venicetest.Config{NoLimits: true, Now: atNoon})
	server.Post(venicetest.Entry{Timestamp: noon.Add(-30 * time.Minute), SKU: "x", Amount: "-10", Currency: "USD"})
	return server
}

// newBudgeteer is a user of the server with a configuration.
func newBudgeteer(t *testing.T, kind storeKind, server *venicetest.Server, toml string) *bookkeeper {
	t.Helper()
	b := kind.customer(t, server)
	b.env[config.EnvConfig] = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(b.env[config.EnvConfig], []byte(toml), 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}
