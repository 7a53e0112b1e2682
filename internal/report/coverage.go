package report

import (
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Coverage says what the books know of an account, within a report's window.
type Coverage struct {
	Account string
	// AsOf is where the books end, at most the end of the window. It is zero for
	// an account of which nothing is known.
	AsOf time.Time
	// Missing is what is not in the books, in order. Where it begins at
	// ledger.Beginning, nothing is known from before its end.
	Missing []ledger.Window
}

// cover finds what is known of the window that was asked for.
func (r *Report) cover(q *Question, known map[string]ledger.Coverage) {
	start := q.start()
	r.Window = q.Window
	if q.open() {
		r.Window.End = time.Time{}
	}
	for _, account := range q.Accounts {
		c, asked := known[account], ledger.Window{Start: start, End: q.Window.End}
		if q.open() {
			asked.End = c.End()
			if !asked.End.After(start) {
				asked.End = q.Now
			}
			if asked.End.After(r.Window.End) {
				r.Window.End = asked.End
			}
		}
		found := Coverage{Account: account, AsOf: c.End(), Missing: c.Missing(asked)}
		if found.AsOf.After(asked.End) {
			found.AsOf = asked.End
		}
		r.Coverage = append(r.Coverage, found)
	}
	if r.Window.End.IsZero() {
		r.Window.End = q.Now
	}
	r.Complete = len(r.Coverage) > 0
	for _, c := range r.Coverage {
		r.Complete = r.Complete && len(c.Missing) == 0
	}
}

// start is the first instant that is asked for.
func (q *Question) start() time.Time {
	if q.Window.Start.Before(ledger.Beginning) {
		return ledger.Beginning
	}
	return q.Window.Start
}

// unknown says whether nothing of a window is known of any account, so that a
// group without entries would be a claim.
func (r *Report) unknown(w ledger.Window) bool {
	w = w.Intersect(r.Window)
	for _, c := range r.Coverage {
		var holes ledger.Coverage
		for _, missing := range c.Missing {
			holes = append(holes, ledger.Covered{Window: missing})
		}
		if len(holes.Missing(w)) > 0 {
			return false
		}
	}
	return true
}
