package report

import (
	"errors"
	"strconv"
	"time"
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
