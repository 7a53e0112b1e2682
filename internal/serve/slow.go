package serve

import (
	"context"
	"net/http"
	"time"
)

// How long a client may take: for the header of a request, for all of it, until
// the next one, and to read a piece of an answer. No answer takes longer than
// longestAnswer.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	writeTimeout  = time.Minute
	longestAnswer = 15 * time.Minute
)

// slow lets a client go that does not read its answer. A long answer, like an
// export, may take its time, as long as there is progress.
func slow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), longestAnswer)
		defer cancel()
		p := &patientWriter{ResponseWriter: w, control: http.NewResponseController(w), end: time.Now().Add(longestAnswer)}
		p.extend()
		next.ServeHTTP(p, r.WithContext(ctx))
		p.set = time.Time{}
		p.extend() // what is still buffered is sent after this
	})
}

// A patientWriter gives each write its own time.
type patientWriter struct {
	http.ResponseWriter
	control  *http.ResponseController
	set, end time.Time
}

func (p *patientWriter) extend() {
	now := time.Now()
	if now.Sub(p.set) < time.Second {
		return
	}
	p.set = now
	deadline := now.Add(writeTimeout)
	if deadline.After(p.end) {
		deadline = p.end
	}
	_ = p.control.SetWriteDeadline(deadline) // the connection is gone if this fails
}

func (p *patientWriter) Write(b []byte) (int, error) {
	p.extend()
	return p.ResponseWriter.Write(b)
}

func (p *patientWriter) FlushError() error {
	p.extend()
	return p.control.Flush()
}

// Unwrap is for [http.ResponseController].
func (p *patientWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }
