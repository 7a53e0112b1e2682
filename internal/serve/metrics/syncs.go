package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

var syncMetrics = struct {
	interval, running, rounds, failures, failed, ended, succeeded *prometheus.Desc
}{
	interval:  desc("ducat_sync_interval_seconds", "Time between two rounds of syncs."),
	running:   desc("ducat_sync_running", "Whether a round is under way."),
	rounds:    desc("ducat_sync_rounds_total", "Rounds since the start of the process."),
	failures:  desc("ducat_sync_failures_total", "Rounds that failed, since the start of the process."),
	failed:    desc("ducat_sync_failed", "Whether the last round failed."),
	ended:     desc("ducat_sync_last_end_timestamp_seconds", "When the last round ended; missing before the first."),
	succeeded: desc("ducat_sync_last_success_timestamp_seconds", "When the last round without failure ended; missing before the first."),
}

// syncs show how the syncs of this process go. One that makes none shows nothing.
type syncs struct {
	state func() syncing.State
}

// Describe names all that may be shown.
func (s syncs) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{syncMetrics.interval, syncMetrics.running, syncMetrics.rounds,
		syncMetrics.failures, syncMetrics.failed, syncMetrics.ended, syncMetrics.succeeded} {
		out <- d
	}
}

// Collect shows the state.
func (s syncs) Collect(out chan<- prometheus.Metric) {
	shown, state := samples(out), s.state()
	if state.Every == 0 {
		return
	}
	shown.gauge(syncMetrics.interval, state.Every.Seconds())
	shown.gauge(syncMetrics.running, truth(state.Running))
	shown.counter(syncMetrics.rounds, float64(state.Rounds))
	shown.counter(syncMetrics.failures, float64(state.Failures))
	shown.gauge(syncMetrics.failed, truth(state.Failure != ""))
	if !state.Ended.IsZero() {
		shown.gauge(syncMetrics.ended, unix(state.Ended))
	}
	if !state.Succeeded.IsZero() {
		shown.gauge(syncMetrics.succeeded, unix(state.Succeeded))
	}
}
