package ledger

import (
	"fmt"
	"maps"
	"math"
	"slices"
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

// AccountWindows are windows of accounts by their names; a zero Start or End leaves
// that side open. The books of each account end elsewhere, so that "the last hour"
// is another one for each.
type AccountWindows map[string]Window

// Around is the smallest window that holds all of them, where a zero Start or End
// is an open side. Of none it is the zero window.
func (a AccountWindows) Around() (around Window) {
	first := true
	for _, w := range a {
		if first || w.Start.Before(around.Start) { // an open side is the zero instant
			around.Start = w.Start
		}
		if first || w.End.IsZero() || !around.End.IsZero() && w.End.After(around.End) {
			around.End = w.End
		}
		first = false
	}
	return around
}

// Columns are the windows as a store compares them with its timestamps: the names
// in order, and for each the first microsecond since 1970 that is within, and the
// first after it. Open sides are the least and the greatest number.
func (a AccountWindows) Columns() (accounts []string, starts, ends []int64) {
	accounts = slices.Sorted(maps.Keys(a))
	for _, account := range accounts {
		start, end := int64(math.MinInt64), int64(math.MaxInt64)
		if w := a[account]; !w.Start.IsZero() {
			start = NotBefore(w.Start).UnixMicro()
		}
		if w := a[account]; !w.End.IsZero() {
			end = NotBefore(w.End).UnixMicro()
		}
		starts, ends = append(starts, start), append(ends, end)
	}
	return accounts, starts, ends
}

// NotBefore is the first microsecond that is not before t. Stores keep whole
// microseconds.
func NotBefore(t time.Time) time.Time {
	whole := t.UTC().Truncate(time.Microsecond)
	if whole.Before(t) {
		whole = whole.Add(time.Microsecond)
	}
	return whole
}
