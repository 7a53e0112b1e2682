package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/report"
)

var errIncomplete = errors.New("the answer is incomplete")

// An incompleteError is an answer that was printed, of books that lack a part of
// what was asked for.
type incompleteError struct {
	missing, remedy string
	told            bool // the person has just read it below the table
}

func (e *incompleteError) Error() string {
	return fmt.Sprintf("%v: %s; %s", errIncomplete, e.missing, e.remedy)
}

func (e *incompleteError) Unwrap() error { return errIncomplete }

// asOfText says up to when the books know each account: the one that is most
// behind counts.
func asOfText(coverage []report.Coverage, now time.Time) string {
	var oldest report.Coverage
	for i, c := range coverage {
		if i == 0 || c.AsOf.Before(oldest.AsOf) {
			oldest = c
		}
	}
	if oldest.AsOf.IsZero() {
		return "nothing read yet"
	}
	return fmt.Sprintf("as of %s UTC (%s)", oldest.AsOf.UTC().Format("2006-01-02 15:04"), ago(now.Sub(oldest.AsOf)))
}

// ago says how long something is past.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", d/time.Hour)
	}
	return plural(int(d/(24*time.Hour)), "day", "days") + " ago"
}
