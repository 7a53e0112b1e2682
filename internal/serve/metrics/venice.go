package metrics

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type veniceMetrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newVeniceMetrics() veniceMetrics {
	return veniceMetrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ducat_venice_requests_total",
			Help: "Requests to Venice, retries too; the code is \"none\" where the answer did not come, or not whole.",
		}, []string{"route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "ducat_venice_request_duration_seconds",
			Help:    "How long Venice took, from the request to the end of the answer or to its failure.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20, 40},
		}, []string{"route"}),
	}
}

// Transport measures the requests to Venice that next sends. It belongs below
// the retries, into the client's HTTP client.
func (m *Metrics) Transport(next http.RoundTripper) http.RoundTripper {
	return measured{next, m.upstream, m.now}
}

type measured struct {
	next http.RoundTripper
	veniceMetrics
	now func() time.Time
}

// RoundTrip sends the request. It is counted when the answer's body has ended or
// is closed: a page of entries takes Venice its time.
func (t measured) RoundTrip(r *http.Request) (*http.Response, error) {
	route, began := veniceRoute(r.URL.Path), t.now()
	end := func(code string) {
		t.requests.WithLabelValues(route, code).Inc()
		t.duration.WithLabelValues(route).Observe(t.now().Sub(began).Seconds())
	}
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		end("none")
		return nil, err
	}
	resp.Body = &measuredBody{ReadCloser: resp.Body, code: codeOf(resp.StatusCode), end: end}
	return resp, nil
}

func codeOf(status int) string {
	if status < 100 || status > 599 {
		return "unknown"
	}
	return strconv.Itoa(status)
}

// veniceRoutes are the billing routes, as Venice names them.
var veniceRoutes = []string{"/billing/balance", "/billing/usage", "/billing/usage-analytics", "/billing/usage-history"}

// veniceRoute is the route of a path, whatever base it is under.
func veniceRoute(path string) string {
	i := slices.IndexFunc(veniceRoutes, func(route string) bool { return strings.HasSuffix(path, route) })
	if i < 0 {
		return other
	}
	return veniceRoutes[i]
}

// A measuredBody ends its request's measurement once.
type measuredBody struct {
	io.ReadCloser
	code string
	end  func(code string)
	once sync.Once
}

// Read ends the measurement with the body.
func (b *measuredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		b.once.Do(func() { b.end(b.code) })
	case err != nil:
		b.once.Do(func() { b.end("none") })
	}
	return n, err
}

// Close ends the measurement of a body that was not read to its end.
func (b *measuredBody) Close() error {
	b.once.Do(func() { b.end(b.code) })
	return b.ReadCloser.Close()
}
