package ledger

import (
	"slices"
	"time"
)

// Overlap says what a sync reads again, since Venice can post entries late.
type Overlap struct {
	// Short is read again by every sync. Default an hour, which is also the least:
	// Venice hangs on tiny ranges.
	Short time.Duration
	// Long is read again at most once every LongEvery. Defaults: 48 hours, six
	// hours.
	Long, LongEvery time.Duration
}

// DefaultOverlap is the overlap where nothing else is asked for.
var DefaultOverlap = Overlap{Short: time.Hour, Long: 48 * time.Hour, LongEvery: 6 * time.Hour}

// plan chooses the windows of a sync, in order and apart: what of want is
// missing, the short overlap, and the long one where it is due. newest is the
// account's newest entry, if there is one: the last window begins there at the
// latest, so that it is never empty, because Venice hangs on what is empty.
func plan(c Coverage, want Window, newest time.Time, overlap Overlap) []Window {
	windows := c.Missing(want)
	if !newest.IsZero() {
		start := want.End.Add(-overlap.Short)
		if newest.Before(start) {
			start = newest
		}
		windows = append(windows, Window{start, want.End})
	}
	open := c.Unsettled(overlap.Long)
	due := want.End.Add(-overlap.LongEvery)
	if slices.ContainsFunc(open, func(w Covered) bool { return w.ReadAt.Before(due) }) {
		for _, w := range open {
			windows = append(windows, w.Window)
		}
	}
	return join(windows, want)
}

// join puts windows in order, cuts them to the bounds, and makes one of those
// that overlap or touch.
func join(windows []Window, bounds Window) []Window {
	slices.SortFunc(windows, func(a, b Window) int { return a.Start.Compare(b.Start) })
	var joined []Window
	for _, w := range windows {
		w = w.Intersect(bounds)
		if w.Empty() {
			continue
		}
		if last := len(joined) - 1; last >= 0 && !w.Start.After(joined[last].End) {
			if w.End.After(joined[last].End) {
				joined[last].End = w.End
			}
			continue
		}
		joined = append(joined, w)
	}
	return joined
}
