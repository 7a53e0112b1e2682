package report

import (
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Periods follow each other without gap or overlap, and each instant is in the
// one that its local date and hour name, also where clocks jump at midnight, by
// half an hour, or over a whole day.
func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ zone, change string }{
		{"America/New_York", "2026-03-08"}, {"America/New_York", "2026-11-01"},
		{"Europe/Berlin", "2026-03-29"}, {"Europe/Berlin", "2026-10-25"},
		{"Australia/Lord_Howe", "2026-04-05"}, {"Australia/Lord_Howe", "2026-10-04"},
		{"America/Santiago", "2026-04-05"}, {"America/Santiago", "2026-09-06"},
		{"America/Havana", "2026-03-08"}, {"America/Havana", "2026-11-01"},
		{"Africa/Cairo", "2026-04-24"}, {"Africa/Cairo", "2026-10-30"},
		{"Pacific/Apia", "2011-12-30"}, {"Asia/Kathmandu", "2026-01-01"},
	} {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		date, err := time.Parse(time.DateOnly, test.change)
		if err != nil {
			t.Fatal(err)
		}
		w := ledger.Window{Start: date.AddDate(0, 0, -3), End: date.AddDate(0, 0, 3)}
		names := map[ledger.Dimension]func(local time.Time) string{
			ledger.ByHour:  func(local time.Time) string { return local.Format("2006-01-02T15:00:00Z07:00") },
			ledger.ByDay:   func(local time.Time) string { return local.Format("2006-01-02") },
			ledger.ByMonth: func(local time.Time) string { return local.Format("2006-01") },
			ledger.ByWeek: func(local time.Time) string {
				for local.Weekday() != time.Monday {
					local = time.Date(local.Year(), local.Month(), local.Day()-1, 12, 0, 0, 0, time.UTC)
				}
				return local.Format("2006-01-02")
			},
		}
		for d, name := range names {
			var list []period
			for p := range periods(d, zone, w) {
				if n := len(list); n > 0 && !p.Start.Equal(list[n-1].End) {
					t.Errorf("%s %s: %s begins at %s, the one before ends at %s", test.zone, test.change, p.name, p.Start, list[n-1].End)
				}
				list = append(list, p)
			}
			if len(list) == 0 || list[0].Start.After(w.Start) || list[len(list)-1].End.Before(w.End) {
				t.Errorf("%s %s by %s: the window is not covered", test.zone, test.change, d)
				continue
			}
			i := 0
			for at := w.Start; at.Before(w.End); at = at.Add(5 * time.Minute) {
				for !list[i].Contains(at) && i < len(list)-1 {
					i++
				}
				if want := name(at.In(zone)); list[i].name != want {
					t.Errorf("%s %s: %s is in %s, want %s", test.zone, test.change, at, list[i].name, want)
					break
				}
			}
		}
	}
}
