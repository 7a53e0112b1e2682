package api

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// An index counts the entries of an account by hour, so that a page can be found
// by its number without reading what is before it. It takes 16 bytes for each
// hour with entries, once for all and once for each currency.
type index struct {
	all        *timeline
	byCurrency map[venice.Currency]*timeline
}

// A timeline has the hours that have entries, in order, and how many entries there
// are before each; before has one more element, the number of all.
type timeline struct {
	hours  []time.Time
	before []int
}

// index is that of an account in the present version of the books.
func (c *call) index(ctx context.Context, account string) (*index, error) {
	return c.indexes.get(ctx, stateOf{c.version, account}, func(ctx context.Context) (*index, error) {
		sums, err := c.books.Sums(ctx, ledger.Query{
			Selection: ledger.Selection{Accounts: []string{account}},
			By:        []ledger.Dimension{ledger.ByHour},
		})
		if err != nil {
			return nil, err
		}
		return newIndex(sums)
	})
}

func newIndex(sums []ledger.Sum) (*index, error) {
	all, byCurrency := map[time.Time]int{}, map[venice.Currency]map[time.Time]int{}
	for _, s := range sums {
		hour, err := time.Parse(time.RFC3339, s.Group[0])
		if err != nil {
			return nil, fmt.Errorf("an hour of the books: %w", err)
		}
		hour = hour.UTC()
		all[hour] += int(s.Entries)
		if byCurrency[s.Currency] == nil {
			byCurrency[s.Currency] = map[time.Time]int{}
		}
		byCurrency[s.Currency][hour] += int(s.Entries)
	}
	x := &index{newTimeline(all), map[venice.Currency]*timeline{}}
	for currency, counts := range byCurrency {
		x.byCurrency[currency] = newTimeline(counts)
	}
	return x, nil
}

func newTimeline(counts map[time.Time]int) *timeline {
	t := &timeline{hours: make([]time.Time, 0, len(counts)), before: make([]int, 1, len(counts)+1)}
	for hour := range counts {
		t.hours = append(t.hours, hour)
	}
	slices.SortFunc(t.hours, time.Time.Compare)
	for i, hour := range t.hours {
		t.before = append(t.before, t.before[i]+counts[hour])
	}
	return t
}

// of is the timeline of one currency, or of all for "".
func (x *index) of(currency venice.Currency) *timeline {
	if currency == "" {
		return x.all
	}
	if t := x.byCurrency[currency]; t != nil {
		return t
	}
	return newTimeline(nil)
}

func (t *timeline) total() int { return t.before[len(t.hours)] }

// at is the hour of the entry with a rank, counted from 0, and how many entries
// of that hour are before it. The rank must be less than the total.
func (t *timeline) at(rank int) (hour time.Time, before int) {
	i := sort.Search(len(t.hours), func(i int) bool { return t.before[i+1] > rank })
	return t.hours[i], rank - t.before[i]
}

// until is an instant before which there are so many entries at least, or the zero
// time where there are not so many.
func (t *timeline) until(entries int) time.Time {
	if entries > t.total() {
		return time.Time{}
	}
	i := sort.Search(len(t.hours), func(i int) bool { return t.before[i+1] >= entries })
	return t.hours[i].Add(time.Hour)
}

// through counts the entries up to the end of the hour that an instant is in, and
// those of them that are in that hour.
func (t *timeline) through(instant time.Time) (entries, within int) {
	hour := instant.Truncate(time.Hour)
	i := sort.Search(len(t.hours), func(i int) bool { return t.hours[i].After(hour) })
	if i > 0 && t.hours[i-1].Equal(hour) {
		within = t.before[i] - t.before[i-1]
	}
	return t.before[i], within
}
