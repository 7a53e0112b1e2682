package ledger

import (
	"fmt"
	"time"
)

// Beginning is before everything that Venice ever recorded. A window that starts
// there was read without a lower bound.
var Beginning = time.Unix(0, 0).UTC()

// A Window is a half-open range of UTC time, [Start, End), to the millisecond.
// Two windows that share an instant have no gap and no overlap.
type Window struct {
	Start, End time.Time
}

// Empty says whether the window holds no instant.
func (w Window) Empty() bool { return !w.Start.Before(w.End) }

// Length is how long the window is.
func (w Window) Length() time.Duration { return w.End.Sub(w.Start) }

// Contains says whether t is in the window.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.Start) && t.Before(w.End) }

// Intersect is what both windows hold; it may be empty.
func (w Window) Intersect(v Window) Window {
	if v.Start.After(w.Start) {
		w.Start = v.Start
	}
	if v.End.Before(w.End) {
		w.End = v.End
	}
	return w
}

// Minus is what of w is outside v: up to two windows, in order.
func (w Window) Minus(v Window) []Window {
	if w.Intersect(v).Empty() {
		return []Window{w}
	}
	var rest []Window
	if before := (Window{w.Start, v.Start}); !before.Empty() {
		rest = append(rest, before)
	}
	if after := (Window{v.End, w.End}); !after.Empty() {
		rest = append(rest, after)
	}
	return rest
}

// String spells the window as in "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z".
func (w Window) String() string {
	return fmt.Sprintf("%s/%s", w.Start.UTC().Format(time.RFC3339Nano), w.End.UTC().Format(time.RFC3339Nano))
}
