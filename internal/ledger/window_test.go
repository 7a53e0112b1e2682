package ledger_test

import (
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

func TestWindowAroundOthers(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 6, n, 0, 0, 0, 0, time.UTC) }
	days := func(from, to int) ledger.Window { return ledger.Window{Start: day(from), End: day(to)} }
	for name, test := range map[string]struct {
		windows ledger.AccountWindows
		want    ledger.Window
	}{
		"none":              {nil, ledger.Window{}},
		"one":               {ledger.AccountWindows{"a": days(3, 5)}, days(3, 5)},
		"apart":             {ledger.AccountWindows{"a": days(3, 5), "b": days(7, 9), "c": days(6, 7)}, days(3, 9)},
		"open at the start": {ledger.AccountWindows{"a": days(3, 5), "b": {End: day(4)}, "c": days(2, 3)}, ledger.Window{End: day(5)}},
		"open at the end":   {ledger.AccountWindows{"a": days(3, 5), "b": {Start: day(4)}, "c": days(7, 9)}, ledger.Window{Start: day(3)}},
		"open":              {ledger.AccountWindows{"a": days(3, 5), "b": {}}, ledger.Window{}},
	} {
		for range 10 { // maps have no order
			if got := test.windows.Around(); got != test.want {
				t.Errorf("%s: %s, want %s", name, got, test.want)
			}
		}
	}
}

func TestNotBefore(t *testing.T) {
	t.Parallel()
	whole := time.Date(2026, 6, 26, 10, 0, 0, 1000, time.UTC)
	for offset, want := range map[time.Duration]time.Time{-999: whole, -1: whole, 0: whole, 1: whole.Add(time.Microsecond)} {
		if got := ledger.NotBefore(whole.Add(offset).In(time.FixedZone("", 3600))); got != want {
			t.Errorf("%d ns: %s, want %s", offset, got, want)
		}
	}
}
