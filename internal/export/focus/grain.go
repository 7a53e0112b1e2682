package focus

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/venice"
)

// A grain decides how many charges share a row.
type grain interface {
	// add takes a charge, in order of time, and gives what is whole to put.
	add(c *charge, put func(*charge) error) error
	// flush gives the rest.
	flush(put func(*charge) error) error
}

// byEntry makes a row of each charge.
type byEntry struct{}

func (byEntry) add(c *charge, put func(*charge) error) error { return put(c) }
func (byEntry) flush(func(*charge) error) error              { return nil }

// byDay adds up what differs only in its instant and its request. It holds one
// UTC day.
type byDay struct {
	day     time.Time
	charges map[dayKey]*charge
}

// A dayKey is what the charges of a row have in common. The price is among it, or
// FOCUS's product of price and quantity would not hold.
type dayKey struct {
	account, sku, price string
	currency            venice.Currency
	kind                kind
	correction          bool
}

func (g *byDay) add(c *charge, put func(*charge) error) error {
	if day := dayOf(c.at); !day.Equal(g.day) {
		if err := g.flush(put); err != nil {
			return err
		}
		g.day = day
	}
	key := dayKey{c.account, c.sku, c.price.String(), c.currency, c.kind, c.correction}
	sum := g.charges[key]
	if sum == nil {
		first := *c
		first.inference = venice.InferenceDetails{}
		g.charges[key] = &first
		return nil
	}
	sum.sums.add(c.sums)
	return nil
}

func (g *byDay) flush(put func(*charge) error) error {
	keys := slices.SortedFunc(maps.Keys(g.charges), dayKey.compare)
	for _, key := range keys {
		c := g.charges[key]
		if !c.fits() {
			return fmt.Errorf("focus: the sum of SKU %s on %s has more than %d digits before the point: export it by entry",
				c.sku, g.day.Format(time.DateOnly), precision-scale)
		}
		if err := put(c); err != nil {
			return err
		}
	}
	clear(g.charges)
	return nil
}

func (k dayKey) compare(other dayKey) int {
	order := cmp.Or(
		strings.Compare(k.account, other.account),
		strings.Compare(k.sku, other.sku),
		strings.Compare(k.price, other.price),
		cmp.Compare(k.currency, other.currency),
		cmp.Compare(k.kind, other.kind),
	)
	switch {
	case order != 0 || k.correction == other.correction:
		return order
	case k.correction:
		return 1
	}
	return -1
}
