package api

import (
	"context"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// An index counts the entries of an account by hour, so that a page can be found
// by its number without reading what is before it. It takes some 32 bytes for each
// hour with entries, once for all and once for each currency.
type index struct {
	all        *timeline
	byCurrency map[venice.Currency]*timeline
}

// index is that of an account in the present version of the books.
func (c *call) index(ctx context.Context, account string) (*index, error) {
	return c.indexes.get(ctx, stateOf{c.version, account}, func(ctx context.Context) (*index, error) {
		return readIndex(ctx, c.books, ledger.Selection{Accounts: []string{account}}, ledger.ByHour, time.Hour)
	})
}

// hourOf names an hour of an account in a version of the books.
type hourOf struct {
	stateOf
	hour time.Time
}

// minutes is the index of one hour by minute, for hours that are crowded.
func (c *call) minutes(ctx context.Context, account string, hour time.Time) (*index, error) {
	return c.crowded.get(ctx, hourOf{stateOf{c.version, account}, hour}, func(ctx context.Context) (*index, error) {
		within := ledger.Window{Start: hour, End: hour.Add(time.Hour)}
		return readIndex(ctx, c.books, ledger.Selection{Accounts: []string{account}, Window: within}, ledger.ByMinute, time.Minute)
	})
}

func readIndex(ctx context.Context, books ledger.Books, s ledger.Selection, by ledger.Dimension, step time.Duration) (*index, error) {
	sums, err := books.Sums(ctx, ledger.Query{Selection: s, By: []ledger.Dimension{by}})
	if err != nil {
		return nil, err
	}
	all, byCurrency := map[time.Time]int{}, map[venice.Currency]map[time.Time]int{}
	for _, sum := range sums {
		start, err := time.Parse(time.RFC3339, sum.Group[0])
		if err != nil {
			return nil, fmt.Errorf("a period of the books: %w", err)
		}
		start = start.UTC()
		all[start] += int(sum.Entries)
		if byCurrency[sum.Currency] == nil {
			byCurrency[sum.Currency] = map[time.Time]int{}
		}
		byCurrency[sum.Currency][start] += int(sum.Entries)
	}
	x := &index{newTimeline(step, all), map[venice.Currency]*timeline{}}
	for currency, counts := range byCurrency {
		x.byCurrency[currency] = newTimeline(step, counts)
	}
	return x, nil
}

// of is the timeline of one currency, or of all for "".
func (x *index) of(currency venice.Currency) *timeline {
	if currency == "" {
		return x.all
	}
	if t := x.byCurrency[currency]; t != nil {
		return t
	}
	return newTimeline(x.all.step, nil)
}
