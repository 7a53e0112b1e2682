// Package serve answers people and programs over HTTP, from the books, and says
// who may ask. docs/serve.md is the contract.
//
// A request passes small handlers, each in a file of its own, before it reaches
// a route:
//
//	slow → headers → identify → instrument → log, recover → plain → host → busy → rate → mux
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ducat-ledger/ducat/internal/serve/access"
)

// ErrUnsafe is that of options with which secrets or books would be open to
// others; test with errors.Is.
var ErrUnsafe = errors.New("refused to serve")

// grace is how long requests may go on after the server was told to end.
const grace = 15 * time.Second

// Options are what is served, and to whom.
type Options struct {
	// API answers below /api/v1/ and at /openapi.json, Metrics at /metrics, and
	// Dashboard everywhere else. They find who asks with [access.Of].
	API, Dashboard, Metrics http.Handler
	// Instrument is put around everything, with the mux that knows the routes;
	// may be nil.
	Instrument func(*http.ServeMux, http.Handler) http.Handler
	// Sync goes on beside, until its context ends; it is waited for. May be nil.
	Sync func(context.Context)

	// Tokens is the file of tokens. RequireToken wants one from everybody, even on
	// loopback and while there is none; elsewhere this is always so.
	Tokens       access.File
	RequireToken bool
	// Hosts are names, without port, that the server is asked by, beside the
	// addresses where requests arrive.
	Hosts []string
	// CertFile and KeyFile have certificate and key for TLS, in PEM; both or none.
	// They are read again when they change.
	CertFile, KeyFile string
	// TLSInFront says that TLS is done by something in front of this server.
	TLSInFront bool
	// Rate is how many requests a second one viewer may make over time, with five
	// seconds' worth at once; 0 is no limit.
	Rate float64

	// Log is told of each request, without secrets; nil is nobody.
	Log *slog.Logger
	// Now is the clock of tokens and rates; nil means time.Now.
	Now func() time.Time
}

// A Server is ready to serve.
type Server struct {
	o        Options
	listener net.Listener
	guard    *access.Guard
	places   chan struct{} // holds one for each request under way
	http     *http.Server
}

// New refuses with ErrUnsafe what must not be served on the listener: where
// others than this machine can reach it, tokens and TLS are needed. The listener
// stays the caller's if there is an error, and is the server's otherwise.
func New(listener net.Listener, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	var err error
	if o.Hosts, err = hostNames(o.Hosts); err != nil {
		return nil, err
	}
	local := isLoopback(listener.Addr())
	secure := o.CertFile != "" || o.TLSInFront
	guard, err := access.NewGuard(access.Options{
		Tokens: o.Tokens, Required: !local || o.RequireToken, Secure: secure, Now: o.Now, Log: o.Log,
	})
	switch {
	case err != nil:
		return nil, err
	case (o.CertFile == "") != (o.KeyFile == ""):
		return nil, errors.New("TLS needs a certificate and its key: one of the two files is missing")
	case !local && !guard.Usable():
		return nil, fmt.Errorf("%w: others can reach %s, and there is no valid token yet: make one with 'ducat token add NAME'",
			ErrUnsafe, listener.Addr())
	case !local && !secure:
		return nil, fmt.Errorf("%w: others can reach %s, and tokens must not cross a network in the clear: give a certificate for TLS, or say that something in front of it does TLS",
			ErrUnsafe, listener.Addr())
	case o.RequireToken && !guard.Usable():
		return nil, fmt.Errorf("%w: tokens are required, and there is no valid one yet: make one with 'ducat token add NAME'", ErrUnsafe)
	}
	s := &Server{o: o, listener: listener, guard: guard, places: make(chan struct{}, maxAtOnce)}
	s.http = &http.Server{
		Handler:           s.handler(secure),
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	if o.CertFile != "" {
		if s.http.TLSConfig, err = tlsConfig(o.CertFile, o.KeyFile); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// handler is the way of a request.
func (s *Server) handler(secure bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	tries := newRates(signInRate, signInBurst, s.o.Now)
	s.guard.Register(mux, tries.limit)
	mux.Handle("/api/v1/", s.guard.Require(s.o.API))
	mux.Handle("/openapi.json", s.guard.Require(s.o.API))
	mux.Handle("/metrics", s.guard.Require(s.o.Metrics))
	mux.Handle("/", s.guard.Require(s.o.Dashboard))

	h := http.Handler(mux)
	if s.o.Rate > 0 {
		h = newRates(s.o.Rate, max(1, int(5*s.o.Rate)), s.o.Now).limit(h)
	}
	h = s.busy(h)
	h = knownHost(s.o.Hosts, h)
	h = plain(h)
	h = logged(s.o.Log, h)
	if s.o.Instrument != nil {
		h = s.o.Instrument(mux, h)
	}
	h = s.guard.Identify(h)
	h = headers(secure, h)
	return slow(h)
}

// URL is where people on this machine find the server.
func (s *Server) URL() string {
	scheme := "http"
	if s.o.CertFile != "" {
		scheme = "https"
	}
	address := s.listener.Addr().String()
	if tcp, ok := s.listener.Addr().(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		address = net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
	}
	return scheme + "://" + address + "/"
}

// Closed says whether a token is wanted from those who ask.
func (s *Server) Closed() bool { return s.guard.Closed() }

// Serve answers until ctx ends, and returns nil then: requests under way go on
// for some seconds, and what Sync has begun to put into the books gets there.
func (s *Server) Serve(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	s.http.BaseContext = func(net.Listener) context.Context { return requests }

	var beside sync.WaitGroup
	if s.o.Sync != nil {
		beside.Go(func() { s.o.Sync(ctx) })
	}
	var failed error
	beside.Go(func() {
		failed = s.listen()
		end() // also when it failed
	})
	<-ctx.Done()

	patience, giveUp := context.WithTimeout(requests, grace)
	defer giveUp()
	if err := s.http.Shutdown(patience); err != nil {
		s.o.Log.Warn("requests were cut, since they did not end in time", "after", grace)
		cut()
		_ = s.http.Close() // its connections are lost in any case
	}
	for range cap(s.places) { // whoever has all of them knows that no request is left
		s.places <- struct{}{}
	}
	beside.Wait()
	return failed
}

// listen answers requests until the server is shut down.
func (s *Server) listen() (err error) {
	if s.http.TLSConfig != nil {
		err = s.http.ServeTLS(s.listener, "", "")
	} else {
		err = s.http.Serve(s.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// isLoopback says whether only this machine can reach an address.
func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// hostNames checks and unifies names of hosts.
func hostNames(given []string) ([]string, error) {
	names := make([]string, len(given))
	for i, name := range given {
		names[i] = unifiedHost(name)
		if names[i] == "" || strings.ContainsAny(names[i], "/ @?#*") ||
			strings.Contains(names[i], ":") && net.ParseIP(names[i]) == nil {
			return nil, fmt.Errorf("%q is no name of a host: expected one like books.example.com, without port", name)
		}
	}
	return names, nil
}
