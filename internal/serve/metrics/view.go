package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/shopspring/decimal"
)

// booksMetrics are all that a view may show.
var booksMetrics = struct {
	up                                             *prometheus.Desc
	spend, credit, entries, tokens                 *prometheus.Desc
	requests, modelRequests                        *prometheus.Desc
	recent                                         *prometheus.Desc
	balance, balanceAt, canConsume                 *prometheus.Desc
	allocation, epochUsed                          *prometheus.Desc
	coverageStart, coverageEnd, lag, gap, newestAt *prometheus.Desc
}{
	up: desc("ducat_books_up", "Whether the books could be read; if 0, nothing of them is shown."),

	spend:   desc("ducat_spend_total", "What was billed, in units of the currency.", "account", "model", "meter", "currency"),
	credit:  desc("ducat_credit_total", "Purchases and refunds, in units of the currency.", "account", "model", "meter", "currency"),
	entries: desc("ducat_entries_total", "Entries of the usage ledger.", "account", "model", "meter", "currency"),
	tokens:  desc("ducat_tokens_total", "Tokens that were used, without those of refunds.", "account", "model", "meter", "currency"),

	requests:      desc("ducat_requests_total", "Distinct requests.", "account"),
	modelRequests: desc("ducat_model_requests_total", "Distinct requests of each model; one that has entries of two models is in both.", "account", "model"),

	recent: desc("ducat_recent_spend", "What was billed within the time before the end of the coverage, by the times of the entries, in units of the currency.", "account", "currency", "window"),

	balance:    desc("ducat_balance", "What was left at the last look, in units of the currency.", "account", "currency"),
	balanceAt:  desc("ducat_balance_timestamp_seconds", "When the balance was looked at.", "account"),
	canConsume: desc("ducat_balance_can_consume", "Whether Venice would have served a request at the last look.", "account"),
	allocation: desc("ducat_diem_epoch_allocation", "The DIEM allowance of a UTC day.", "account"),
	epochUsed:  desc("ducat_diem_epoch_used_ratio", "The used part of today's DIEM allowance; missing where the last look was before today.", "account"),

	coverageStart: desc("ducat_coverage_start_timestamp_seconds", "Where the covered time starts; 0 is the beginning of the account.", "account"),
	coverageEnd:   desc("ducat_coverage_end_timestamp_seconds", "Where the covered time ends.", "account"),
	lag:           desc("ducat_coverage_lag_seconds", "How long ago the covered time ended.", "account"),
	gap:           desc("ducat_coverage_gap_seconds", "Time between the start and the end of the coverage that is not covered.", "account"),
	newestAt:      desc("ducat_newest_entry_timestamp_seconds", "When the newest entry was recorded.", "account"),
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// A view shows figures of the books at an instant, once.
type view struct {
	figures *figures // nil where the books could not be read
	account string   // the only one to be shown; "" is all
	now     time.Time
}

// Describe says nothing: what is collected is checked as it comes.
func (v view) Describe(chan<- *prometheus.Desc) {}

// Collect gives all series of the figures.
func (v view) Collect(out chan<- prometheus.Metric) {
	shown := samples(out)
	shown.gauge(booksMetrics.up, truth(v.figures != nil))
	if v.figures == nil {
		return
	}
	for i := range v.figures.accounts {
		if a := &v.figures.accounts[i]; v.account == "" || v.account == a.name {
			shown.usage(a)
			shown.balance(a, v.now)
			shown.coverage(a, v.now)
		}
	}
}

// samples is where series go.
type samples chan<- prometheus.Metric

func (s samples) counter(d *prometheus.Desc, value float64, labels ...string) {
	s <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
}

func (s samples) gauge(d *prometheus.Desc, value float64, labels ...string) {
	s <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (s samples) usage(a *accountFigures) {
	name := label(a.name)
	for at, t := range a.totals {
		labels := []string{name, at.model, at.meter, string(at.currency)}
		s.counter(booksMetrics.spend, float(t.spend), labels...)
		s.counter(booksMetrics.credit, float(t.credit), labels...)
		s.counter(booksMetrics.entries, float64(t.entries), labels...)
		if t.counted {
			s.counter(booksMetrics.tokens, float(t.tokens), labels...)
		}
	}
	s.counter(booksMetrics.requests, float64(a.requests), name)
	for model, n := range a.byModel {
		s.counter(booksMetrics.modelRequests, float64(n), name, model)
	}
	for _, r := range a.recent {
		s.gauge(booksMetrics.recent, float(r.spend), name, string(r.currency), r.window)
	}
}

func (s samples) balance(a *accountFigures, now time.Time) {
	if a.balance == nil {
		return
	}
	name := label(a.name)
	for _, b := range a.balances() {
		s.gauge(booksMetrics.balance, float(b.left), name, string(b.currency))
	}
	s.gauge(booksMetrics.balanceAt, unix(a.balance.At), name)
	s.gauge(booksMetrics.canConsume, truth(a.balance.CanConsume), name)
	s.gauge(booksMetrics.allocation, float(a.balance.DIEMEpochAllocation), name)
	if used, known := a.epochUsed(now); known {
		s.gauge(booksMetrics.epochUsed, float(used), name)
	}
}

func (s samples) coverage(a *accountFigures, now time.Time) {
	name := label(a.name)
	if !a.newest.IsZero() {
		s.gauge(booksMetrics.newestAt, unix(a.newest), name)
	}
	if len(a.coverage) == 0 {
		return
	}
	s.gauge(booksMetrics.coverageStart, unix(a.coverage[0].Start), name)
	s.gauge(booksMetrics.coverageEnd, unix(a.coverage.End()), name)
	s.gauge(booksMetrics.lag, now.Sub(a.coverage.End()).Seconds(), name)
	s.gauge(booksMetrics.gap, a.gap().Seconds(), name)
}

// float is the float64 next to an exact sum. Nothing is added to it afterwards.
func float(d decimal.Decimal) float64 { return d.InexactFloat64() }

// unix is an instant in Unix seconds, to the millisecond.
func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
