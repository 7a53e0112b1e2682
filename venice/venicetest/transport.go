package venicetest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// Transport returns a RoundTripper that hands requests to the server without a
// network, whatever host they name. Faults, latency and cancellation behave as
// over a connection. In a testing/synctest bubble, make the server inside it: time
// spent waiting for an answer then passes at once.
func (s *Server) Transport() http.RoundTripper { return memory{s} }

type memory struct{ server *Server }

var errServerClosed = errors.New("venicetest server is closed")

// RoundTrip implements http.RoundTripper. The handler runs until it has answered,
// the request's context ends, or the body is closed; Close waits for it.
func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	if !m.server.enter() {
		return nil, errServerClosed
	}
	ctx, cancel := context.WithCancel(r.Context())
	reader, pipe := io.Pipe()
	w := &memoryWriter{header: make(http.Header), pipe: pipe, started: make(chan struct{}), headOnly: r.Method == http.MethodHead}
	inner := r.Clone(ctx)
	inner.RemoteAddr = "127.0.0.1:1"
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	go func() {
		defer m.server.running.Done()
		defer cancel()
		// A client that leaves must not leave the handler writing.
		stop := context.AfterFunc(ctx, func() { pipe.CloseWithError(context.Cause(ctx)) })
		m.server.ServeHTTP(w, inner)
		stop()
		w.finish(ctx.Err())
	}()
	select {
	case <-w.started:
	case <-r.Context().Done():
		cancel()
		return nil, r.Context().Err()
	}
	if w.status == 0 {
		return nil, &net.OpError{Op: "read", Net: "memory", Err: syscall.ECONNRESET}
	}
	length, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64)
	if err != nil {
		length = -1
	}
	return &http.Response{
		Status:     strconv.Itoa(w.status) + " " + http.StatusText(w.status),
		StatusCode: w.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        w.sent,
		Body:          memoryBody{reader, cancel},
		ContentLength: length,
		Request:       r,
	}, nil
}

type memoryBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close tells the handler that nobody reads on.
func (b memoryBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

// memoryWriter is the handler's end. What RoundTrip reads of it is written before
// started is closed.
type memoryWriter struct {
	header   http.Header
	pipe     *io.PipeWriter
	headOnly bool
	started  chan struct{}
	hijacked bool
	status   int
	sent     http.Header
	written  int64
}

func (w *memoryWriter) Header() http.Header { return w.header }

// Flush does nothing: headers and every byte are there as soon as they are written.
func (w *memoryWriter) Flush() {}

func (w *memoryWriter) WriteHeader(status int) {
	if w.status == 0 && !w.hijacked {
		w.status, w.sent = status, w.header.Clone()
		close(w.started)
	}
}

func (w *memoryWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.headOnly {
		return len(b), nil
	}
	n, err := w.pipe.Write(b)
	w.written += int64(n)
	return n, err
}

// Hijack gives a connection that is good for closing it: the request then fails as
// by a reset.
func (w *memoryWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.status != 0 || w.hijacked {
		return nil, nil, http.ErrHijacked
	}
	w.hijacked = true
	near, far := net.Pipe()
	return near, nil, far.Close()
}

// finish ends the body: as it should, or as broken where less was written than
// declared.
func (w *memoryWriter) finish(ended error) {
	if w.hijacked {
		close(w.started)
		return
	}
	w.WriteHeader(http.StatusOK)
	length, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64)
	switch {
	case err != nil || w.headOnly || w.written == length:
		w.pipe.Close()
	case ended != nil:
		w.pipe.CloseWithError(ended)
	default:
		w.pipe.CloseWithError(io.ErrUnexpectedEOF)
	}
}
