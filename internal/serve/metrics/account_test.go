package metrics_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/metrics"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
	"github.com/ducat-ledger/ducat/venice"
)

func left(text string) decimal.NullDecimal {
	return decimal.NewNullDecimal(decimal.RequireFromString(text))
}

func TestBalance(t *testing.T) {
	t.Parallel()
	const (
		diem, usd, earned = `ducat_balance{account="a",currency="DIEM"}`, `ducat_balance{account="a",currency="USD"}`,
			`ducat_balance{account="a",currency="EARNED_CREDITS"}`
		allocation, used = `ducat_diem_epoch_allocation{account="a"}`, `ducat_diem_epoch_used_ratio{account="a"}`
	)
	for name, test := range map[string]struct {
		ago        time.Duration
		balances   venice.Balances
		allocation string
		had        []venice.Currency // in entries
		want       map[string]float64
	}{
		"staker": {time.Minute, venice.Balances{DIEM: left("90.5"), USD: left("25")}, "100", nil,
			map[string]float64{diem: 90.5, usd: 25, allocation: 100, used: 0.095}},
		"overdrawn": {time.Minute, venice.Balances{DIEM: left("-0.5")}, "100", nil,
			map[string]float64{diem: -0.5, allocation: 100, used: 1.005}},
		"used up":               {time.Minute, venice.Balances{}, "100", nil, map[string]float64{diem: 0, allocation: 100, used: 1}},
		"without stake":         {time.Minute, venice.Balances{USD: left("3")}, "0", nil, map[string]float64{usd: 3, allocation: 0}},
		"dollars used up":       {time.Minute, venice.Balances{}, "0", []venice.Currency{venice.USD}, map[string]float64{usd: 0, allocation: 0}},
		"earned":                {time.Minute, venice.Balances{EarnedCredits: left("1.25")}, "0", nil, map[string]float64{earned: 1.25, allocation: 0}},
		"unknown currency":      {time.Minute, venice.Balances{}, "0", []venice.Currency{"VCU"}, map[string]float64{allocation: 0}},
		"at the day's start":    {15*time.Hour + 30*time.Minute, venice.Balances{DIEM: left("75")}, "100", nil, map[string]float64{diem: 75, allocation: 100, used: 0.25}},
		"of the day before":     {15*time.Hour + 31*time.Minute, venice.Balances{DIEM: left("5")}, "100", nil, map[string]float64{diem: 5, allocation: 100}},
		"same time a day later": {24 * time.Hour, venice.Balances{DIEM: left("5")}, "100", nil, map[string]float64{diem: 5, allocation: 100}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var store ledgertest.Memory
			for _, c := range test.had {
				put(t, &store, "a", entry(time.Hour, "m-image-unit", "1", "-1", c))
			}
			b := ledger.BalanceAt{At: now.Add(-test.ago), Balance: venice.Balance{CanConsume: true, Balances: test.balances,
				DIEMEpochAllocation: decimal.RequireFromString(test.allocation)}}
			if err := store.SaveBalance(t.Context(), "a", b); err != nil {
				t.Fatal(err)
			}
			all, got := samples(t, scrape(t, books(&store), everybody)), map[string]float64{}
			for _, metric := range []string{"ducat_balance", "ducat_diem_epoch_allocation", "ducat_diem_epoch_used_ratio"} {
				for name, value := range of(all, metric) {
					got[name] = value
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			want(t, all, map[string]float64{
				`ducat_balance_timestamp_seconds{account="a"}`: float64(now.Add(-test.ago).Unix()),
				`ducat_balance_can_consume{account="a"}`:       1,
			})
		})
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	for account, windows := range map[string][]ledger.Window{
		"whole": {{Start: ledger.Beginning, End: now.Add(-90 * time.Second)}},
		"holed": {{Start: now.Add(-100 * time.Hour), End: now.Add(-90 * time.Hour)}, {Start: now.Add(-89 * time.Hour), End: now.Add(-50 * time.Hour)},
			{Start: now.Add(-50*time.Hour + 1500*time.Millisecond), End: now.Add(-10 * time.Hour)}},
	} {
		for _, w := range windows {
			e := entry(0, "m-image-unit", "1", "-1", venice.USD)
			e.Timestamp = w.End.Add(-1500 * time.Millisecond)
			if _, err := store.Replace(t.Context(), account, []ledger.Reading{{Window: w, Entries: []venice.UsageEntry{e}, ReadAt: now}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := store.SaveBalance(t.Context(), "new", ledger.BalanceAt{At: now}); err != nil {
		t.Fatal(err)
	}
	// The clock moves; the books do not.
	at := now
	m := metrics.New(metrics.Options{Books: &store, Now: func() time.Time { return at }})
	for _, at = range []time.Time{now, now.Add(time.Minute)} {
		moved, all, got := at.Sub(now).Seconds(), samples(t, scrape(t, m, everybody)), map[string]float64{}
		for _, metric := range []string{"start_timestamp_seconds", "end_timestamp_seconds", "lag_seconds", "gap_seconds"} {
			for name, value := range of(all, "ducat_coverage_"+metric) {
				got[name] = value
			}
		}
		unix := float64(now.Unix())
		if diff := cmp.Diff(map[string]float64{
			`ducat_coverage_start_timestamp_seconds{account="whole"}`: 0,
			`ducat_coverage_end_timestamp_seconds{account="whole"}`:   unix - 90,
			`ducat_coverage_lag_seconds{account="whole"}`:             90 + moved,
			`ducat_coverage_gap_seconds{account="whole"}`:             0,
			`ducat_coverage_start_timestamp_seconds{account="holed"}`: unix - 100*3600,
			`ducat_coverage_end_timestamp_seconds{account="holed"}`:   unix - 10*3600,
			`ducat_coverage_lag_seconds{account="holed"}`:             10*3600 + moved,
			`ducat_coverage_gap_seconds{account="holed"}`:             3600 + 1.5,
		}, got); diff != "" {
			t.Errorf("%v later (-want +got):\n%s", moved, diff)
		}
		if diff := cmp.Diff(map[string]float64{
			`ducat_newest_entry_timestamp_seconds{account="whole"}`: unix - 91.5,
			`ducat_newest_entry_timestamp_seconds{account="holed"}`: unix - 10*3600 - 1.5,
		}, of(all, "ducat_newest_entry_timestamp_seconds")); diff != "" {
			t.Errorf("newest entries (-want +got):\n%s", diff)
		}
	}
}

func TestSyncs(t *testing.T) {
	t.Parallel()
	unix := float64(now.Unix())
	for name, test := range map[string]struct {
		state syncing.State
		want  map[string]float64
	}{
		"none": {syncing.State{}, map[string]float64{}},
		"first is running": {syncing.State{Every: 5 * time.Minute, Running: true, Began: now}, map[string]float64{
			"ducat_sync_interval_seconds": 300, "ducat_sync_running": 1, "ducat_sync_rounds_total": 0,
			"ducat_sync_failures_total": 0, "ducat_sync_failed": 0}},
		"last failed": {syncing.State{Every: time.Second, Rounds: 7, Failures: 2, Failure: "timeout", Began: now.Add(time.Hour),
			Ended: now.Add(2 * time.Hour), Succeeded: now}, map[string]float64{
			"ducat_sync_interval_seconds": 1, "ducat_sync_running": 0, "ducat_sync_rounds_total": 7,
			"ducat_sync_failures_total": 2, "ducat_sync_failed": 1,
			"ducat_sync_last_end_timestamp_seconds": unix + 7200, "ducat_sync_last_success_timestamp_seconds": unix}},
	} {
		m := metrics.New(metrics.Options{Books: &ledgertest.Memory{}, Sync: func() syncing.State { return test.state }})
		got := map[string]float64{}
		for _, metric := range []string{"interval_seconds", "running", "rounds_total", "failures_total", "failed",
			"last_end_timestamp_seconds", "last_success_timestamp_seconds"} {
			for name, value := range of(samples(t, scrape(t, m, everybody)), "ducat_sync_"+metric) {
				got[name] = value
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
