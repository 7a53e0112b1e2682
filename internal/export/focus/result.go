package focus

import (
	"maps"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A Result tells what became of the entries.
type Result struct {
	// Months are the UTC months that were written, in order.
	Months []Month
	// Rejects are the first rejected entries, at most MaxRejects. A folder has all
	// of them in metadata/rejects.csv.
	Rejects []Reject
}

// MaxRejects is how many rejected entries a result holds.
const MaxRejects = 100

// A Month counts what became of the entries of a UTC month.
type Month struct {
	Start time.Time
	Counts
}

func (m *Month) window() ledger.Window {
	return ledger.Window{Start: m.Start, End: m.Start.AddDate(0, 1, 0)}
}

// Counts say what became of entries. Each is in a row, or skipped, or rejected;
// a row of the grain "day" can stand for many.
type Counts struct {
	Entries int64
	Rows    int64
	// Skipped entries are no costs in this basis, Rejected ones cannot be written
	// in FOCUS, Reported ones were written and deserve a look; by reason. An entry
	// can be reported for several reasons.
	Skipped, Rejected, Reported map[string]int64
}

func newCounts() Counts {
	return Counts{Skipped: map[string]int64{}, Rejected: map[string]int64{}, Reported: map[string]int64{}}
}

func (c *Counts) add(other Counts) {
	c.Entries += other.Entries
	c.Rows += other.Rows
	for _, pair := range []struct{ to, from map[string]int64 }{
		{c.Skipped, other.Skipped}, {c.Rejected, other.Rejected}, {c.Reported, other.Reported},
	} {
		for reason, n := range maps.All(pair.from) {
			pair.to[reason] += n
		}
	}
}

// Totals are the counts of all months together.
func (r *Result) Totals() Counts {
	total := newCounts()
	for _, m := range r.Months {
		total.add(m.Counts)
	}
	return total
}

// A Reject is an entry that cannot be written in FOCUS, and why.
type Reject struct {
	Reason string
	ledger.Entry
}
