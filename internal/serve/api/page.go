package api

import (
	"context"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A stretch is the entries of an account, or those in one currency, by their rank
// in time.
type stretch struct {
	*call
	selection ledger.Selection // without a window
	timeline  *timeline
}

func (c *call) stretch(ctx context.Context, account string, currency venice.Currency) (stretch, error) {
	x, err := c.index(ctx, account)
	if err != nil {
		return stretch{}, err
	}
	s := stretch{c, ledger.Selection{Accounts: []string{account}}, x.of(currency)}
	if currency != "" {
		s.selection.Currencies = []venice.Currency{currency}
	}
	return s, nil
}

// rank is how many entries are before an instant.
func (s stretch) rank(ctx context.Context, instant time.Time) (int, error) {
	entries, within := s.timeline.through(instant)
	hour := instant.Truncate(time.Hour)
	if within == 0 || instant.Equal(hour) {
		return entries - within, nil
	}
	first, err := s.count(ctx, ledger.Window{Start: hour, End: instant})
	return entries - within + first, err
}

// count asks the books how many entries there are in a window.
func (s stretch) count(ctx context.Context, w ledger.Window) (int, error) {
	selection := s.selection
	selection.Window = w
	sums, err := s.books.Sums(ctx, ledger.Query{Selection: selection})
	n := 0
	for _, sum := range sums {
		n += int(sum.Entries)
	}
	return n, err
}

// fewSkipped is how many entries are rather read and thrown away than counted.
// With a page after them they are what a store reads in one go.
const fewSkipped = 512

// read gives n entries from a rank on, which must all be there. It reads few
// others: at most fewSkipped of the first one's hour, unless more than that share
// a millisecond.
func (s stretch) read(ctx context.Context, from, n int) ([]venice.UsageEntry, error) {
	if n <= 0 {
		return nil, nil
	}
	hour, skip := s.timeline.at(from)
	w, end := ledger.Window{Start: hour, End: hour.Add(time.Hour)}, s.timeline.until(from+n)
	for skip > fewSkipped && w.Length() > time.Millisecond {
		half := ledger.Window{Start: w.Start, End: w.Start.Add((w.Length() / 2).Truncate(time.Millisecond))}
		first, err := s.count(ctx, half)
		if err != nil {
			return nil, err
		}
		if first <= skip {
			w.Start, skip = half.End, skip-first
		} else {
			w.End = half.End
		}
	}
	selection := s.selection
	selection.Window = ledger.Window{Start: w.Start, End: end}
	rows := make([]venice.UsageEntry, 0, n)
	for e, err := range s.books.Entries(ctx, selection) {
		if err != nil {
			return nil, err
		}
		if skip--; skip >= 0 {
			continue
		}
		if rows = append(rows, e.UsageEntry); len(rows) == n {
			return rows, nil
		}
	}
	return nil, errUnsteady // there were more when they were counted
}
