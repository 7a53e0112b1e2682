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

// Settle joins windows that touch, as far as they lie before an instant. The
// joined window counts as read when the first of its parts was.
func (c Coverage) Settle(before time.Time) Coverage {
	var next Coverage
	for _, w := range c {
		last := len(next) - 1
		if last >= 0 && next[last].End.Equal(w.Start) && !w.End.After(before) {
			next[last].End = w.End
			if w.ReadAt.Before(next[last].ReadAt) {
				next[last].ReadAt = w.ReadAt
			}
			continue
		}
		next = append(next, w)
	}
	return next
}

// Missing is what of w is not covered, in order.
func (c Coverage) Missing(w Window) []Window {
	return c.missing(w, func(Covered) bool { return true })
}

// Stale is what of w is not covered, or was read before an instant, in order.
func (c Coverage) Stale(w Window, before time.Time) []Window {
	return c.missing(w, func(old Covered) bool { return !old.ReadAt.Before(before) })
}

func (c Coverage) missing(w Window, counts func(Covered) bool) []Window {
	if w.Empty() {
		return nil
	}
	rest := []Window{w}
	for _, old := range c {
		if !counts(old) {
			continue
		}
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
