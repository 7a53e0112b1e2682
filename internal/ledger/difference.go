package ledger

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

// A Line is an entry that is read, and who it is in the books.
type Line struct {
	Entry    *venice.UsageEntry
	Identity Identity
	Ordinal  int
}

// A Surplus says that the books had more of equal entries than were read: those
// with ordinals from Stay on go.
type Surplus struct{ Had, Stay int }

// A Difference is what a store has to do, so that a window holds what was read.
type Difference struct {
	// Change is complete when Goes was called of each entry that goes.
	Change Change
	// Come are the entries that the books lack, in the order in which they were read.
	Come []Line
	// Gone are those of which they have too many.
	Gone map[Identity]Surplus

	uncovered []Window
}

// NewDifference compares a reading with the entries that the books have in its
// window, counted by identity, and with what was covered before.
func NewDifference(r Reading, had map[Identity]int, covered Coverage) *Difference {
	d := &Difference{
		Change: NewChange(r.Window), Come: make([]Line, 0, len(r.Entries)), Gone: map[Identity]Surplus{},
		uncovered: covered.Missing(r.Window),
	}
	d.Change.Entries = len(r.Entries)
	has := make(map[Identity]int, len(r.Entries))
	for i := range r.Entries {
		e := &r.Entries[i]
		id := IdentityOf(e)
		ordinal := has[id]
		has[id]++
		fresh := within(d.uncovered, e.Timestamp)
		if fresh {
			d.Change.Fresh++
		}
		if ordinal < had[id] {
			continue
		}
		d.Come = append(d.Come, Line{e, id, ordinal})
		if !fresh {
			d.Change.Added++
			d.Change.AddedAmount[e.Currency] = d.Change.AddedAmount[e.Currency].Add(e.Amount)
		}
	}
	for id, n := range had {
		if has[id] < n {
			d.Gone[id] = Surplus{n, has[id]}
		}
	}
	return d
}

// Goes counts an entry that goes.
func (d *Difference) Goes(at time.Time, c venice.Currency, amount decimal.Decimal) {
	if !within(d.uncovered, at) {
		d.Change.Removed++
		d.Change.RemovedAmount[c] = d.Change.RemovedAmount[c].Add(amount)
	}
}

// within says whether one of some windows in order holds t.
func within(windows []Window, t time.Time) bool {
	i, _ := slices.BinarySearchFunc(windows, t, func(w Window, t time.Time) int {
		if t.Before(w.End) {
			return 1
		}
		return -1
	})
	return i < len(windows) && windows[i].Contains(t)
}
