// Package report asks the books and answers in plain data: what was spent, by
// time, model, meter, currency, account or key, and how much of the range that
// was asked for the books know.
package report

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// ByKey groups by API key. Entries carry no key, so it is answered from
// Venice's own sums, which the books keep for whole UTC days.
const ByKey ledger.Dimension = "key"

// Dimensions are all that a question can be grouped by.
func Dimensions() []ledger.Dimension {
	return []ledger.Dimension{ledger.ByDay, ledger.ByHour, ledger.ByWeek, ledger.ByMonth, ledger.ByModel,
		ledger.BySKU, ledger.ByMeter, ledger.ByCurrency, ledger.ByAccount, ByKey}
}

// MaxDimensions is how many of them go together.
const MaxDimensions = 2

// A Question is what one wants to know. Its zero value, with Now, asks for the
// totals of everything.
type Question struct {
	// Query has the selection, up to two dimensions, and the zone where days
	// begin. No accounts means those in the books. A window without a start
	// reaches back to the first entry; one without an end, or with one that is
	// not past yet, up to what the books know.
	ledger.Query
	// Top keeps only so many groups, those with the highest spend over the whole
	// range, and adds the others up as [Other]; 0 keeps all. Beside a period of
	// time it counts the other dimension.
	Top int
	// Uncounted leaves the requests unknown: to count them is most of the work.
	Uncounted bool
	// Now is the present.
	Now time.Time

	all bool // that no accounts were named
}

// ErrQuestion is a question that cannot be answered as it was put; test with
// errors.Is.
var ErrQuestion = errors.New("question cannot be answered")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrQuestion, fmt.Sprintf(format, args...))
}

// Check refuses, as an [ErrQuestion], what has no answer. [Ask] does it first;
// programs can do it before they open the books.
func (q *Question) Check() error {
	periods := 0
	for i, d := range q.By {
		if !slices.Contains(Dimensions(), d) {
			return refuse("unknown dimension %q: expected one of %q", d, Dimensions())
		}
		if slices.Contains(q.By[:i], d) {
			return refuse("%s is asked for twice", d)
		}
		if d.OfTime() {
			periods++
		}
	}
	start, end := q.Window.Start, q.Window.End
	switch {
	case len(q.By) > MaxDimensions:
		return refuse("%d dimensions: expected at most %d", len(q.By), MaxDimensions)
	case periods > 1:
		return refuse("%s and %s are both periods of time: choose one", q.By[0], q.By[1])
	case !start.IsZero() && !end.IsZero() && !start.Before(end):
		return refuse("the range ends before it begins")
	case !start.IsZero() && !start.Before(q.Now):
		return refuse("the range begins in the future")
	case slices.Contains(q.By, ByKey):
		return q.checkKeys()
	}
	return nil
}

// checkKeys refuses what Venice's sums by key cannot tell.
func (q *Question) checkKeys() error {
	for _, d := range q.By {
		switch d {
		case ByKey, ledger.ByDay, ledger.ByWeek, ledger.ByMonth, ledger.ByAccount:
		default:
			return refuse("by key goes with day, week, month and account, not with %s: "+
				"entries carry no key, and Venice's sums by key tell only the day and the spend", d)
		}
	}
	if zone := q.zone().String(); zone != "UTC" && zone != "Etc/UTC" {
		return refuse("by key knows UTC days only, which cannot be cut into days of %s: choose the zone UTC", zone)
	}
	if len(q.Models)+len(q.SKUs)+len(q.Currencies) > 0 {
		return refuse("by key takes no filter but accounts: Venice's sums by key do not say for which model or in which currency")
	}
	return nil
}

func (q *Question) zone() *time.Location {
	if q.Zone == nil {
		return time.UTC
	}
	return q.Zone
}

// open says whether the range has no end that is past.
func (q *Question) open() bool { return q.Window.End.IsZero() || !q.Window.End.Before(q.Now) }
