// Package metrics shows the books, the syncs and the server to Prometheus.
// docs/metrics.md is the contract of names, labels and units.
//
// Prometheus knows no number but float64. Here alone, apart from the pixels of
// charts, amounts become floats: each figure once, from its exact decimal sum.
// Floats are never added up here.
package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

// DefaultSeries is how many series a metric has at most for an account.
const DefaultSeries = 500

// Options say what is shown.
type Options struct {
	// Books are asked at each scrape whether they changed, and if so, read.
	Books ledger.Books
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Sync tells how the syncs go. Nil is a process that makes none.
	Sync func() syncing.State
	// Version is the program's.
	Version string
	// Series is how many series a metric may have for an account, before the
	// models with the fewest entries are added up as "(other)"; 0 means
	// DefaultSeries. The sum of "(other)" alone may exceed it, if an account has
	// more pairs of meter and currency than that.
	Series int
	// Logger is told why the books could not be read; nil is nobody.
	Logger *slog.Logger
}

// Metrics are what a process shows. All methods may be called at once.
type Metrics struct {
	now      func() time.Time
	logger   *slog.Logger
	books    *bookkeeper
	build    prometheus.Collector
	process  *prometheus.Registry // what is no account's
	server   serverMetrics
	upstream veniceMetrics
}

// New is ready to show the books, with a registry of its own.
func New(o Options) *Metrics {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Series == 0 {
		o.Series = DefaultSeries
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	m := &Metrics{
		now:      o.Now,
		logger:   o.Logger,
		books:    newBookkeeper(o.Books, o.Series),
		build:    buildInfo(o.Version),
		process:  prometheus.NewRegistry(),
		server:   newServerMetrics(),
		upstream: newVeniceMetrics(),
	}
	m.process.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.server.requests, m.server.duration,
		m.upstream.requests, m.upstream.duration,
	)
	if o.Sync != nil {
		m.process.MustRegister(syncs{o.Sync})
	}
	return m
}

func buildInfo(version string) prometheus.Collector {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "ducat_build_info",
		Help:        "Always 1; the labels say which program this is.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	info.Set(1)
	return info
}

// Handler answers a scrape. It shows a viewer of one account the books of that
// account and nothing of the process, whose figures tell of other accounts too.
// Without a viewer the answer is 403.
func (m *Metrics) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		viewer, ok := access.Of(r.Context())
		if !ok {
			http.Error(w, "not allowed: send a token made by 'ducat token add'", http.StatusForbidden)
			return
		}
		promhttp.HandlerFor(m.seenBy(r.Context(), viewer), promhttp.HandlerOpts{}).ServeHTTP(w, r)
	})
}

// seenBy is what a viewer may see now. Where the books cannot be read there are
// no figures of them, rather than some or old ones: what is shown in a scrape is
// taken for true at its time.
func (m *Metrics) seenBy(ctx context.Context, v access.Viewer) prometheus.Gatherer {
	figures, err := m.books.figures(ctx)
	if err != nil && ctx.Err() == nil {
		m.logger.WarnContext(ctx, "metrics: the books cannot be read", "error", err)
	}
	seen := prometheus.NewRegistry()
	seen.MustRegister(m.build, view{figures, v.Account, m.now()})
	if v.Account != "" {
		return seen
	}
	return prometheus.Gatherers{seen, m.process}
}
