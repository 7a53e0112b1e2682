package clickhouse_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// A toll looks at a piece of what one side of a connection sends, before the other
// gets it. It may wait; it gives what goes on, and whether the connection does.
type toll func(piece []byte) (pass []byte, on bool)

// A fate is what becomes of a connection. Tolls that are nil let everything pass.
type fate struct {
	sent, answered toll
	// behind leaves the server its side of the connection when it breaks: to it,
	// the client is there and silent.
	behind bool
}

// through is a store's address by way of a proxy on loopback that gives the nth
// connection its fate.
func through(t *testing.T, address string, fateOf func(n int) fate) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	ended := false
	keep := func(c net.Conn) {
		mu.Lock()
		defer mu.Unlock()
		if open = append(open, c); ended {
			c.Close()
		}
	}
	server := u.Host
	all.Go(func() {
		for n := 0; ; n++ {
			client, err := listener.Accept()
			if err != nil {
				return // the listener was closed
			}
			behind, err := net.Dial("tcp", server)
			if err != nil {
				t.Error(err)
				client.Close()
				continue
			}
			keep(client)
			keep(behind)
			f := fateOf(n)
			part := sync.OnceFunc(func() {
				client.Close()
				if !f.behind {
					behind.Close()
				}
			})
			all.Go(func() { carry(behind, client, f.sent); part() })
			all.Go(func() { carry(client, behind, f.answered); part() })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		ended = true
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	u.Host = listener.Addr().String()
	return u.String()
}

// carry brings what one side sends to the other, until either ends.
func carry(to io.Writer, from io.Reader, pass toll) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		piece, on := buffer[:n], true
		if pass != nil && n > 0 {
			piece, on = pass(piece)
		}
		if len(piece) > 0 {
			if _, err := to.Write(piece); err != nil {
				return
			}
		}
		if err != nil || !on {
			return
		}
	}
}

// A hold stops the first query that holds the words, until it is let go.
type hold struct {
	words  string
	once   sync.Once
	held   chan struct{} // closed when the query has come
	letGo  chan struct{} // closed by the test
	broken bool          // the connection breaks then
}

func holding(words string) *hold {
	return &hold{words: words, held: make(chan struct{}), letGo: make(chan struct{})}
}

// fate is that of every connection. One that breaks answers no more, however quick
// the server is.
func (h *hold) fate(int) fate {
	var cut atomic.Bool
	return fate{
		sent: func(piece []byte) ([]byte, bool) {
			if bytes.Contains(piece, []byte(h.words)) {
				h.once.Do(func() {
					close(h.held)
					<-h.letGo
					cut.Store(h.broken)
				})
			}
			return piece, !cut.Load()
		},
		answered: func(piece []byte) ([]byte, bool) {
			if cut.Load() {
				return nil, false
			}
			return piece, true
		},
	}
}
