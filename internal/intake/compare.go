package intake

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A Difference is what one side has and the other does not.
type Difference struct {
	Entries int
	Amounts map[venice.Currency]decimal.Decimal
	// First and Last are the timestamps between which they are.
	First, Last time.Time
}

// add counts an entry in.
func (d *Difference) add(e *venice.UsageEntry) {
	d.join(Difference{1, map[venice.Currency]decimal.Decimal{e.Currency: e.Amount}, e.Timestamp, e.Timestamp})
}

// join counts another difference in.
func (d *Difference) join(other Difference) {
	if other.Entries == 0 {
		return
	}
	if d.Entries == 0 {
		d.Amounts, d.First, d.Last = map[venice.Currency]decimal.Decimal{}, other.First, other.Last
	}
	d.Entries += other.Entries
	for currency, amount := range other.Amounts {
		d.Amounts[currency] = d.Amounts[currency].Add(amount)
	}
	if other.First.Before(d.First) {
		d.First = other.First
	}
	if other.Last.After(d.Last) {
		d.Last = other.Last
	}
}

// compare holds a part of a chunk, which the books cover, against them, both as
// multisets. Where they differ and the file is to take the books' place, it
// returns the readings that do that, and otherwise none.
func (p *putting) compare(ctx context.Context, r *Result, c *chunk, w ledger.Window) ([]ledger.Reading, error) {
	var onlyBooks, onlyFile Difference
	left := map[ledger.Identity]int{}
	mine := c.within(w)
	for i := range mine {
		left[p.identityOf(&mine[i])]++
	}
	for e, err := range p.store.Entries(ctx, ledger.Selection{Accounts: []string{c.account}, Window: w}) {
		if err != nil {
			return nil, err
		}
		if id := p.identityOf(&e.UsageEntry); left[id] > 0 {
			left[id]--
		} else {
			onlyBooks.add(&e.UsageEntry)
		}
	}
	for i := range mine {
		if id := p.identityOf(&mine[i]); left[id] > 0 {
			left[id]--
			onlyFile.add(&mine[i])
		}
	}
	r.Same += len(mine) - onlyFile.Entries
	if p.how.Replace && onlyBooks.Entries+onlyFile.Entries > 0 {
		return c.readings(w, p.options.Now), nil
	}
	r.OnlyBooks.join(onlyBooks)
	r.OnlyFile.join(onlyFile)
	return nil, nil
}

// identityOf is who an entry is, as far as the form of the file can tell: in CSV
// details without any value look like none.
func (p *putting) identityOf(e *venice.UsageEntry) ledger.Identity {
	if d := e.InferenceDetails; p.file.form == CSV && d != nil && *d == (venice.InferenceDetails{}) {
		bare := *e
		bare.InferenceDetails = nil
		e = &bare
	}
	return ledger.IdentityOf(e)
}

// within are the entries of the chunk in a window.
func (c *chunk) within(w ledger.Window) []venice.UsageEntry {
	if w == c.window {
		return c.entries
	}
	var some []venice.UsageEntry
	for i := range c.entries {
		if w.Contains(c.entries[i].Timestamp) {
			some = append(some, c.entries[i])
		}
	}
	return some
}

// readings are what the chunk has in a window, with the dates of what is known
// secondhand.
func (c *chunk) readings(w ledger.Window, now time.Time) []ledger.Reading {
	var list []ledger.Reading
	for _, part := range w.Secondhand(now) {
		list = append(list, ledger.Reading{Window: part.Window, Entries: c.within(part.Window), ReadAt: part.ReadAt})
	}
	return list
}

// remainder is what of a window is in none of some others.
func remainder(w ledger.Window, others []ledger.Window) []ledger.Window {
	return asCoverage(others).Missing(w)
}

// joined are the windows of two lists, in order, as one where they touch.
func joined(a, b []ledger.Window) []ledger.Window {
	return asCoverage(append(a, b...)).Windows()
}

func asCoverage(windows []ledger.Window) ledger.Coverage {
	var c ledger.Coverage
	for _, w := range windows {
		c = c.Add(w, time.Time{})
	}
	return c
}
