package report_test

import (
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/report"
)

// The windows of the rows' periods follow each other without a gap, also over
// changes of the clock, and hold the range that was asked for.
func TestWindowOf(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu"} {
		for _, by := range []ledger.Dimension{ledger.ByHour, ledger.ByDay, ledger.ByWeek, ledger.ByMonth} {
			store, asked := new(ledgertest.Memory), ledger.Window{Start: at(t, "2026-03-20T00:00:00Z"), End: at(t, "2026-05-05T00:00:00Z")}
			booked(t, store, nil, asked)
			q := report.Question{Now: at(t, "2026-06-01T00:00:00Z"), Uncounted: true}
			q.Window, q.By, q.Zone = asked, []ledger.Dimension{by}, zone(t, name)
			r := ask(t, store, q)
			var end time.Time
			for i, row := range r.Rows {
				w := r.WindowOf(row.Group[0])
				if i == 0 && w.Start.After(asked.Start) || i > 0 && !w.Start.Equal(end) || w.Empty() {
					t.Errorf("%s in %s: %s has the window %s after %s", by, name, row.Group[0], w, end)
				}
				end = w.End
			}
			if end.Before(asked.End) {
				t.Errorf("%s in %s: the last window ends at %s", by, name, end)
			}
			if w := r.WindowOf("nonsense"); !w.Empty() {
				t.Errorf("%s: nonsense has the window %s", by, w)
			}
			if r.Totals.Requests != nil {
				t.Errorf("%d requests, left uncounted", *r.Totals.Requests)
			}
		}
	}
}
