package serve_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ducat-ledger/ducat/internal/serve"
	"github.com/ducat-ledger/ducat/internal/serve/access"
)

// A clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	file, _ := newTokens(t)
	stale := access.File(filepath.Join(t.TempDir(), "tokens.json"))
	now := time.Now()
	if _, err := stale.Add(access.Token{Name: "old", Created: now.Add(-2 * time.Hour), Expires: now.Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		elsewhere bool
		o         serve.Options
		want      string
	}{
		{"elsewhere without tokens", true, serve.Options{TLSInFront: true}, "there is no valid token yet"},
		{"elsewhere with an expired token", true, serve.Options{Tokens: stale, TLSInFront: true}, "there is no valid token yet"},
		{"elsewhere without TLS", true, serve.Options{Tokens: file}, "in the clear"},
		{"tokens required, and none", false, serve.Options{RequireToken: true}, "there is no valid one yet"},
		{"half of TLS", false, serve.Options{CertFile: "cert.pem"}, "missing"},
		{"no such certificate", false, serve.Options{CertFile: "none.pem", KeyFile: "none.key"}, "none.pem"},
	} {
		listener := net.Listener(loopbackAddress{})
		if test.elsewhere {
			listener = everywhere{}
		}
		_, err := serve.New(listener, handlers(test.o))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if unsafe := test.elsewhere || test.o.RequireToken; errors.Is(err, serve.ErrUnsafe) != unsafe {
			t.Errorf("%s: %v, ErrUnsafe %t", test.name, err, !unsafe)
		}
	}
}

type everywhere struct{ net.Listener }

func (everywhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv6unspecified, Port: 1} }

// At the end a request under way gets its answer, a sync is waited for, and
// nobody new is let in.
func TestEndIsGraceful(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	committing, commit := make(chan struct{}), make(chan struct{})
	committed := false
	s := start(t, loopback(t), serve.Options{
		Dashboard: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			<-leave
			if r.Context().Err() == nil {
				_, _ = io.WriteString(w, "whole")
			}
		}),
		Sync: func(ctx context.Context) {
			<-ctx.Done()
			close(committing)
			<-commit
			committed = true
		},
	})
	got := make(chan string, 1)
	go func() {
		text := ""
		if r, err := http.Get("http://" + s.address + "/"); err == nil {
			body, _ := io.ReadAll(r.Body)
			r.Body.Close()
			text = string(body)
		}
		http.DefaultClient.CloseIdleConnections()
		got <- text
	}()
	<-entered
	ended := make(chan error, 1)
	go func() { ended <- s.end() }()
	<-committing // the end has begun
	close(leave)
	if text := <-got; text != "whole" {
		t.Errorf("the request under way got %q", text)
	}
	select {
	case err := <-ended:
		t.Fatalf("ended with %v in the middle of a commit", err)
	default:
	}
	close(commit)
	if err := <-ended; err != nil || !committed {
		t.Errorf("%v, committed %t", err, committed)
	}
	if _, err := net.Dial("tcp", s.address); err == nil {
		t.Error("somebody is let in after the end")
	}
}

// A listener that fails ends the server, with its sync.
func TestListenerFails(t *testing.T) {
	t.Parallel()
	listener := loopback(t)
	synced := false
	server, err := serve.New(listener, handlers(serve.Options{Sync: func(ctx context.Context) {
		<-ctx.Done()
		synced = true
	}}))
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(t.Context()); !errors.Is(err, net.ErrClosed) || !synced {
		t.Errorf("%v, and the sync ended: %t", err, synced)
	}
}

// Time stands still in these: the other side of each connection is a pipe.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Addr() net.Addr { return loopbackAddress{}.Addr() }
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// A pipeEnd says that it is at an address.
type pipeEnd struct{ net.Conn }

func (pipeEnd) LocalAddr() net.Addr  { return loopbackAddress{}.Addr() }
func (pipeEnd) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- pipeEnd{server}
	return client
}

const pipeRequest = "GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"

func TestSlowClientsAreLetGo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sends string
		most  time.Duration
	}{
		"says nothing":          {"", 10 * time.Second},
		"half a header":         {"GET / HTTP/1.1\r\nHost: 127.0", 10 * time.Second},
		"half a form":           {"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntok", 31 * time.Second},
		"never asks again":      {pipeRequest, 121 * time.Second},
		"does not read at last": {pipeRequest + pipeRequest, 121 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				listener := newPipes()
				s := start(t, listener, serve.Options{})
				defer func() { _ = s.end() }()
				conn := listener.dial()
				began := time.Now()
				go func() { _, _ = io.WriteString(conn, test.sends) }()
				_, _ = io.Copy(io.Discard, conn)
				if took := time.Since(began); took > test.most || took < time.Second {
					t.Errorf("let go after %s, want %s at most", took, test.most)
				}
				conn.Close()
			})
		})
	}
}

// A client may take long for a long answer, but must not stop reading.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pause time.Duration // between two pieces
		whole bool
	}{
		"slow":    {30 * time.Second, true},
		"stopped": {2 * time.Minute, false},
		"endless": {59 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				listener := newPipes()
				const pieces, size = 20, 64 << 10
				failed := make(chan error, 1)
				s := start(t, listener, serve.Options{Dashboard: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					for range pieces {
						if _, err := w.Write(make([]byte, size)); err != nil {
							failed <- err
							return
						}
					}
					failed <- nil
				})})
				defer func() { _ = s.end() }()
				conn := listener.dial()
				defer conn.Close()
				if _, err := io.WriteString(conn, pipeRequest); err != nil {
					t.Fatal(err)
				}
				r, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Body.Close()
				piece := make([]byte, size)
				for err == nil {
					_, err = io.ReadFull(r.Body, piece)
					time.Sleep(test.pause)
				}
				if whole := errors.Is(err, io.EOF) && <-failed == nil; whole != test.whole {
					t.Errorf("whole: %t (%v), want %t", whole, err, test.whole)
				}
			})
		})
	}
}

// A request that does not end is cut, and its handler is waited for.
func TestEndCutsWhatNeverEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		listener := newPipes()
		left := false
		s := start(t, listener, serve.Options{Dashboard: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			time.Sleep(time.Second)
			left = true
		})})
		conn := listener.dial()
		defer conn.Close()
		if _, err := io.WriteString(conn, pipeRequest); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		began := time.Now()
		if err := s.end(); err != nil || !left {
			t.Errorf("%v, and the handler ended: %t", err, left)
		}
		if took := time.Since(began); took < 15*time.Second || took > 17*time.Second {
			t.Errorf("it took %s, want 15 s and what the handler needs", took)
		}
	})
}

// As many requests as there may be at once are answered, and one more is not.
func TestRequestsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		listener := newPipes()
		leave := make(chan struct{})
		s := start(t, listener, serve.Options{Dashboard: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-leave })})
		defer func() { _ = s.end() }()
		var conns []net.Conn
		for range 257 {
			conn := listener.dial()
			defer conn.Close()
			if _, err := io.WriteString(conn, pipeRequest); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			conns = append(conns, conn)
		}
		status := func(conn net.Conn) int {
			r, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			_, _ = io.Copy(io.Discard, r.Body)
			if r.StatusCode == 503 && r.Header.Get("Retry-After") != "1" {
				t.Error("503 without Retry-After")
			}
			return r.StatusCode
		}
		if got := status(conns[256]); got != 503 {
			t.Errorf("%d for one too many, want 503", got)
		}
		close(leave)
		for _, conn := range conns[:256] {
			if got := status(conn); got != 200 {
				t.Errorf("%d for one of those that may be, want 200", got)
			}
		}
	})
}
