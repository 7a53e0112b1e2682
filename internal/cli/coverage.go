package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
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

// missingShown is how many missing windows of an account are told.
const missingShown = 3

// missingText says what is missing of each account.
func missingText(coverage []report.Coverage) string {
	if len(coverage) == 0 {
		return "the books are empty"
	}
	var accounts []string
	for _, c := range coverage {
		if len(c.Missing) > 0 {
			accounts = append(accounts, printable(c.Account)+" lacks "+strings.Join(missingParts(c), ", "))
		}
	}
	return strings.Join(accounts, "; ")
}

// missingParts spells the first windows that are missing, and counts the others.
func missingParts(c report.Coverage) []string {
	var parts []string
	for i, w := range c.Missing {
		if i == missingShown {
			return append(parts, plural(len(c.Missing)-i, "more window", "more windows"))
		}
		parts = append(parts, windowText(w))
	}
	return parts
}

// windowText spells a window in UTC, in days where it is made of whole ones.
func windowText(w ledger.Window) string {
	start, end := w.Start.UTC(), w.End.UTC()
	layout := time.DateOnly
	if !start.Equal(day(start)) || !end.Equal(day(end)) {
		layout = "2006-01-02 15:04"
	}
	switch {
	case !start.After(ledger.Beginning):
		return "all before " + end.Format(layout)
	case layout == time.DateOnly && w.Length() == 24*time.Hour:
		return start.Format(layout)
	case layout == time.DateOnly:
		return start.Format(layout) + " to " + end.AddDate(0, 0, -1).Format(layout)
	}
	return start.Format(layout) + " to " + end.Format(layout)
}

// remedy names the command that reads what is missing.
func remedy(r *report.Report) string {
	var first time.Time
	inside := false // something is missing before the end of an account's books
	for _, c := range r.Coverage {
		for _, w := range c.Missing {
			inside = inside || !c.AsOf.IsZero() && w.Start.Before(c.AsOf)
			if first.IsZero() || w.Start.Before(first) {
				first = w.Start
			}
		}
	}
	if !inside || !first.After(ledger.Beginning) {
		return "run 'ducat sync'"
	}
	return "run 'ducat sync --since " + day(first).Format(time.DateOnly) + "'"
}

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
