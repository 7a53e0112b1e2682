package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// What is told of what is missing: so many windows of an account, and so many
// accounts.
const (
	missingShown = 3
	lackingShown = 10
)

// Lacking are the first accounts of which something is missing, and how many others
// there are.
func Lacking(coverage []Coverage) (first []Coverage, others int) {
	for _, c := range coverage {
		switch {
		case len(c.Missing) == 0:
		case len(first) < lackingShown:
			first = append(first, c)
		default:
			others++
		}
	}
	return first, others
}

// MissingText says in words what is missing of the accounts.
func MissingText(coverage []Coverage) string {
	if len(coverage) == 0 {
		return "the books are empty"
	}
	first, others := Lacking(coverage)
	var accounts []string
	for _, c := range first {
		accounts = append(accounts, c.Account+" lacks "+strings.Join(c.MissingParts(), ", "))
	}
	switch others {
	case 0:
	case 1:
		accounts = append(accounts, "1 more account lacks something")
	default:
		accounts = append(accounts, fmt.Sprintf("%d more accounts lack something", others))
	}
	return strings.Join(accounts, "; ")
}

// MissingParts spells the first windows that are missing, in UTC, and counts the
// others.
func (c Coverage) MissingParts() []string {
	var parts []string
	for i, w := range c.Missing {
		switch left := len(c.Missing) - i; {
		case i < missingShown:
			parts = append(parts, WindowText(w))
			continue
		case left == 1:
			return append(parts, "1 more window")
		default:
			return append(parts, fmt.Sprintf("%d more windows", left))
		}
	}
	return parts
}

// WindowText spells a window in UTC, in days where it is made of whole ones.
func WindowText(w ledger.Window) string {
	start, end := w.Start.UTC(), w.End.UTC()
	layout := time.DateOnly
	if !start.Equal(utcDay(start)) || !end.Equal(utcDay(end)) {
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

// Remedy names the command that reads what is missing of the accounts.
func Remedy(coverage []Coverage) string {
	var first time.Time
	inside := false // something is missing before the end of an account's books
	for _, c := range coverage {
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
	return "run 'ducat sync --since " + utcDay(first).Format(time.DateOnly) + "'"
}

func utcDay(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
