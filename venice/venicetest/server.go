package venicetest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a Venice billing server in memory. Its methods may be called from
// several goroutines.
type Server struct {
	// BaseURL is what a client takes as its base URL: http://127.0.0.1:PORT/api/v1.
	// It is empty for a server made by New.
	BaseURL string
	// AdminKey may read billing, InferenceKey is valid but may not, and RevokedKey
	// is no longer valid. AdminKey is the secret of the first ADMIN key of the
	// account, InferenceKey that of the first INFERENCE key; where there is none, the
	// list of keys has one more.
	AdminKey, InferenceKey, RevokedKey string

	cfg      Config
	keys     []Key // those that usage can come from
	secrets  secretKeys
	ledger   *ledger
	sealer   sealer
	walks    atomic.Uint64
	rays     atomic.Uint64
	ahead    atomic.Int64 // what Advance added to the clock
	faults   faults
	log      requestLog
	breaches breaches
	budget   limiter
	gone     limiter
	legacy   limiter
	balances balances
	reports  reports
	pages    sync.Pool // of *[]byte

	http     *http.Server // nil for New
	running  sync.WaitGroup
	mu       sync.Mutex
	closed   bool
	closing  chan struct{}
	closeOne sync.Once
}

// TB is the part of testing.TB that NewServer needs, so that package testing is
// not linked into programs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// NewServer starts a server for a test and closes it when the test ends.
func NewServer(tb TB, cfg Config) *Server {
	tb.Helper()
	s, err := Start(cfg)
	if err != nil {
		tb.Fatalf("start venicetest server: %v", err)
		return nil
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts a server on loopback. The caller closes it.
func Start(cfg Config) (*Server, error) {
	s, err := New(cfg)
	if err != nil {
		return nil, err
	}
	if err := loopback(s.cfg.Addr); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", s.cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("start venicetest server: %w", err)
	}
	s.BaseURL = "http://" + listener.Addr().String() + strings.TrimSuffix(apiRoot, "/")
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 30 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.running.Add(1)
			case http.StateClosed, http.StateHijacked:
				s.running.Done()
			}
		},
	}
	s.running.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			listener.Close()
		}
	})
	return s, nil
}

// New makes a server that does not listen: an http.Handler. Transport brings
// requests to it without a network. The caller closes it too.
func New(cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg:          cfg,
		keys:         slices.Clone(cfg.Keys),
		AdminKey:     "VENICE_ADMIN_KEY_" + secretText(cfg.Seed, "admin key"),
		InferenceKey: "VENICE_INFERENCE_KEY_" + secretText(cfg.Seed, "inference key"),
		RevokedKey:   "VENICE_ADMIN_KEY_" + secretText(cfg.Seed, "revoked key"),
		ledger:       newLedger(),
		sealer: sealer{
			secret: secret(cfg.Seed, "cursor"),
			user:   binary.BigEndian.Uint64(secret(cfg.Seed, "user")),
		},
		closing: make(chan struct{}),
	}
	if cfg.Keys == nil {
		s.keys = accountKeys(cfg.Seed)
	}
	s.faults.replace(cfg.Faults)
	s.ledger.post(cfg.Ledger)
	allocation := defaultAllocation
	if cfg.Entries > 0 {
		allocation = generate(s.ledger, cfg, s.keys)
	}
	s.balances.open(s.ledger, allocation)
	if cfg.Keys == nil && cfg.Entries > 0 {
		s.limitKeys(cfg.Now())
	}
	s.secrets = s.findSecretKeys()
	return s, nil
}

// secret derives 32 bytes from the seed.
func secret(seed uint64, purpose string) []byte {
	sum := sha256.Sum256([]byte("venicetest/" + strconv.FormatUint(seed, 10) + "/" + purpose))
	return sum[:]
}

func secretText(seed uint64, purpose string) string {
	return hex.EncodeToString(secret(seed, purpose)[:16])
}

// Close ends hanging answers, stops listening and waits until every goroutine of
// the server has ended. It may be called again.
func (s *Server) Close() {
	s.closeOne.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		if s.http != nil {
			s.http.Close()
		}
		close(s.closing)
	})
	s.running.Wait()
}

// enter keeps Close waiting until the caller leaves; it says false once the
// server is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

// now is the server's clock.
func (s *Server) now() time.Time {
	return s.cfg.Now().Add(time.Duration(s.ahead.Load()))
}

// Advance moves the server's clock: cursors expire, cached analytics go stale,
// the DIEM of a new day arrives. The rows stay where they are.
func (s *Server) Advance(d time.Duration) { s.ahead.Add(int64(d)) }

// Entries returns a copy of the whole ledger in its order (Timestamp, Seq): the
// truth that a client should arrive at.
func (s *Server) Entries() []Entry { return s.ledger.entries() }

// WriteNDJSON writes the whole ledger in its order, a row a line, with the fields
// of the wire only.
func (s *Server) WriteNDJSON(w io.Writer) error { return s.ledger.write(w, false) }

// Post adds rows to the ledger. A row older than others takes its place among
// them, as when a charge is posted late; it follows rows of the same timestamp.
// A row without a timestamp is posted at the server's present instant. Number texts
// are sent as they are, so that a malformed one can be tried out.
func (s *Server) Post(entries ...Entry) {
	entries = slices.Clone(entries)
	for i := range entries {
		if entries[i].Timestamp.IsZero() {
			entries[i].Timestamp = s.now()
		}
	}
	s.ledger.post(entries)
}

// Correct puts another row in the place of the row with that Seq. It says whether
// there was one.
func (s *Server) Correct(seq uint64, with Entry) bool { return s.ledger.correct(seq, with) }

// Remove takes a row out of the ledger. It says whether there was one.
func (s *Server) Remove(seq uint64) bool { return s.ledger.remove(seq) }

// SetFaults replaces all faults and starts their counting anew. Unknown kinds
// have no effect.
func (s *Server) SetFaults(faults ...Fault) { s.faults.replace(faults) }

// ServeHTTP answers the API below /api/v1 and the control routes below /control.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		abort(w)
		return
	}
	defer s.running.Done()
	if strings.HasPrefix(r.URL.Path, "/control/") {
		s.control(w, r)
		return
	}
	kind := s.keyKind(r)
	number := s.log.begin(Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Key: kind})
	if !s.pause(r, s.cfg.Latency) {
		abort(w)
		return
	}
	a := s.answer(r, kind)
	s.log.end(number, a.status)
	s.deliver(w, r, a)
}
