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
	currency  venice.Currency  // "" for all
	timeline  *timeline
}

func (c *call) stretch(ctx context.Context, account string, currency venice.Currency) (stretch, error) {
	x, err := c.index(ctx, account)
	if err != nil {
		return stretch{}, err
	}
	s := stretch{c, ledger.Selection{Accounts: []string{account}}, currency, x.of(currency)}
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
	part := s.selection
	part.Window = ledger.Window{Start: hour, End: instant}
	sums, err := s.books.Sums(ctx, ledger.Query{Selection: part})
	rank := entries - within
	for _, sum := range sums {
		rank += int(sum.Entries)
	}
	return rank, err
}

// fewSkipped is how many entries are rather read and thrown away than looked for.
// With a page after them they are what a store reads in one go.
const fewSkipped = 512

// read gives n entries from a rank on. It is errUnsteady when they are not there:
// they were, when they were counted. What it reads
// before them is of the same hour, and of the same minute where the hour has many.
func (s stretch) read(ctx context.Context, from, n int) ([]venice.UsageEntry, error) {
	if n <= 0 {
		return nil, nil
	}
	start, skip := s.timeline.at(from)
	if skip > fewSkipped {
		x, err := s.minutes(ctx, s.selection.Accounts[0], start)
		if err != nil {
			return nil, err
		}
		minutes := x.of(s.currency)
		if skip >= minutes.total() {
			return nil, errUnsteady
		}
		start, skip = minutes.at(skip)
	}
	selection := s.selection
	selection.Window = ledger.Window{Start: start, End: s.timeline.until(from + n)}
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
	return nil, errUnsteady
}
