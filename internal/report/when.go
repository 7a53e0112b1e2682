package report

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// maxBack is how far back a relative time may reach: a century.
const maxBack = 100 * 366 * 24 * time.Hour

// When reads a point in time as people write it: a date, which is its first
// instant in a zone, an RFC 3339 instant, or days or hours back from now ("7d",
// "12h").
func When(s string, now time.Time, zone *time.Location) (time.Time, error) {
	if date, err := time.Parse(time.DateOnly, s); err == nil {
		return DayBegins(date, zone), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC(), nil
	}
	if back, ok := parseBack(s); ok {
		return now.UTC().Add(-back), nil
	}
	return time.Time{}, errors.New("must be a date (2026-01-31), an instant (2026-01-31T12:00:00Z), or days or hours back (7d, 12h)")
}

func parseBack(s string) (time.Duration, bool) {
	if len(s) < 2 {
		return 0, false
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 20)
	if err != nil {
		return 0, false
	}
	unit := time.Hour
	switch s[len(s)-1] {
	case 'h':
	case 'd':
		unit = 24 * time.Hour
	default:
		return 0, false
	}
	back := time.Duration(n) * unit
	return back, back <= maxBack
}

// DefaultDays is how many days a report has where nothing else is asked for.
const DefaultDays = 30

// DaysBack is the first instant in a zone of the last so many days, today included.
func DaysBack(days int, now time.Time, zone *time.Location) time.Time {
	year, month, day := now.In(zone).Date()
	return DayBegins(time.Date(year, month, day-days+1, 0, 0, 0, 0, time.UTC), zone)
}

// Period reads a period as people write it: a month (2026-05), a day (2026-05-17),
// or START/END, both as for [When]. Without END it has none.
func Period(s string, now time.Time, zone *time.Location) (w ledger.Window, err error) {
	for d, layout := range map[ledger.Dimension]string{ledger.ByMonth: "2006-01", ledger.ByDay: time.DateOnly} {
		if date, err := time.Parse(layout, s); err == nil {
			return calendarPeriod(d, zone, date).Window, nil
		}
	}
	start, end, ok := strings.Cut(s, "/")
	if !ok {
		return w, fmt.Errorf("invalid period %q: must be a month (2026-05), a day (2026-05-17), or START/END (2026-05-01/2026-05-15, 14d/7d, 7d/)", s)
	}
	if w.Start, err = When(start, now, zone); err == nil && end != "" {
		w.End, err = When(end, now, zone)
	}
	if err != nil {
		return ledger.Window{}, fmt.Errorf("invalid period %q: %w", s, err)
	}
	return w, nil
}
