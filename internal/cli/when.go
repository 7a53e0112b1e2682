package cli

import (
	"errors"
	"time"

	"github.com/ducat-ledger/ducat/internal/report"
)

// parseWhen is report.When where a date is its 00:00 UTC.
func parseWhen(s string, now time.Time) (time.Time, error) { return report.When(s, now, time.UTC) }

// parseDay reads a UTC day.
func parseDay(s string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, errors.New("must be a date (2026-01-31)")
	}
	return t, nil
}

// day is the UTC day of an instant, at 00:00.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
