package metrics

import (
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type serverMetrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newServerMetrics() serverMetrics {
	return serverMetrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ducat_http_requests_total",
			Help: "Requests that this server answered.",
		}, []string{"route", "method", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "ducat_http_request_duration_seconds",
			Help:    "How long this server took to answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "method"}),
	}
}

// noRoute stands for requests that no route is for.
const noRoute = "(none)"

// Instrument counts and times the requests that next answers. The routes are
// the patterns of mux, wherever in next it is: what is refused before the mux is
// reached counts for the route that was asked for. So labels are bounded by the
// patterns, whatever is asked; methods and codes that HTTP does not know are
// "unknown".
func (m *Metrics) Instrument(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := prometheus.Labels{"route": routeOf(mux, r)}
		promhttp.InstrumentHandlerCounter(m.server.requests.MustCurryWith(route),
			promhttp.InstrumentHandlerDuration(m.server.duration.MustCurryWith(route), next)).ServeHTTP(w, r)
	})
}

// routeOf is the pattern that a request matches, without its method.
func routeOf(mux *http.ServeMux, r *http.Request) string {
	_, pattern := mux.Handler(r)
	if pattern == "" {
		return noRoute
	}
	if _, path, found := strings.Cut(pattern, " "); found {
		return strings.TrimLeft(path, " \t")
	}
	return pattern
}
