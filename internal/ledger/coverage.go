package ledger

import (
	"slices"
	"time"
)

// A Covered window is known to be complete, as of the instant when it was read.
type Covered struct {
	Window
	ReadAt time.Time
}

// Secondhand is a window as covered by what did not come from Venice now, such as
// a file, of which nobody knows when it was read. What is old counts as read just
// when it settled. What is young, of now less the time that settling takes and
// later, counts as read before it happened, so that the next sync reads it again.
func (w Window) Secondhand(now time.Time) Coverage {
	settles := truncate(now.Add(-settling))
	var c Coverage
	if old := w.Intersect(Window{w.Start, settles}); !old.Empty() {
		c = append(c, Covered{old, old.End.Add(settling)})
	}
	if young := w.Intersect(Window{settles, w.End}); !young.Empty() {
		c = append(c, Covered{young, settles})
	}
	return c
}

// Coverage is what is known to be complete: windows in order, without overlap.
type Coverage []Covered

// Add covers a window as read at an instant. Where it overlaps others, it takes
// their place. The receiver is left as it is.
func (c Coverage) Add(w Window, readAt time.Time) Coverage {
	if w.Empty() {
		return c
	}
	next := make(Coverage, 0, len(c)+2)
	for _, old := range c {
		for _, rest := range old.Window.Minus(w) {
			next = append(next, Covered{rest, old.ReadAt})
		}
	}
	next = append(next, Covered{w, readAt})
	slices.SortFunc(next, func(a, b Covered) int { return a.Start.Compare(b.Start) })
	return next
}

// settling is how long after its end a window must have been read to be joined
// with others: entries are rarely posted later.
const settling = 48 * time.Hour

// Settled says whether the window was read so long after its end that it is
// joined with others.
func (c Covered) Settled() bool { return !c.ReadAt.Before(c.End.Add(settling)) }

// Settle joins windows that touch and were read long after they ended, so that
// coverage does not grow with the number of syncs. The joined window counts as
// read when the last of its parts was.
func (c Coverage) Settle() Coverage {
	var next Coverage
	for _, w := range c {
		last := len(next) - 1
		if last >= 0 && next[last].End.Equal(w.Start) && next[last].Settled() && w.Settled() {
			next[last].End = w.End
			if w.ReadAt.After(next[last].ReadAt) {
				next[last].ReadAt = w.ReadAt
			}
			continue
		}
		next = append(next, w)
	}
	return next
}

// Unsettled is what of the coverage was read less than overlap after it
// happened, and may have grown since.
func (c Coverage) Unsettled(overlap time.Duration) Coverage {
	var open Coverage
	for _, w := range c {
		if since := w.ReadAt.Add(-overlap); w.Start.Before(since) {
			w.Start = since
		}
		if !w.Empty() {
			open = append(open, w)
		}
	}
	return open
}

// Missing is what of w is not covered, in order.
func (c Coverage) Missing(w Window) []Window {
	if w.Empty() {
		return nil
	}
	rest := []Window{w}
	for _, old := range c {
		var next []Window
		for _, part := range rest {
			next = append(next, part.Minus(old.Window)...)
		}
		rest = next
	}
	return rest
}

// Windows are the covered windows without their dates, joined where they touch.
func (c Coverage) Windows() []Window {
	var joined []Window
	for _, w := range c {
		if last := len(joined) - 1; last >= 0 && joined[last].End.Equal(w.Start) {
			joined[last].End = w.End
			continue
		}
		joined = append(joined, w.Window)
	}
	return joined
}

// End is the end of the last covered window, or the zero time.
func (c Coverage) End() time.Time {
	if len(c) == 0 {
		return time.Time{}
	}
	return c[len(c)-1].End
}
