package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Prices are what each SKU cost over time.
type Prices struct {
	Window ledger.Window // as in a Report
	// SKUs are by name, those alone that were charged in the window.
	SKUs     []PriceHistory
	Complete bool
	Coverage []Coverage
}

// A PriceHistory is what a SKU cost over time: pricePerUnitUsd as Venice billed
// it, in whatever currency was paid. Refunds do not count.
type PriceHistory struct {
	SKU   string
	Parts venice.SKU  // what the name says
	Steps []PriceStep // in the order of time, one at least
}

// Changed says whether the SKU had more than one price.
func (h PriceHistory) Changed() bool { return len(h.Steps) > 1 || len(h.Steps[0].Prices) > 1 }

// A PriceStep is a time during which a SKU had a price, or several in turn or
// side by side, as where use at a discount has a price of its own.
type PriceStep struct {
	// First and Last are the timestamps of the first and the last entry.
	First, Last time.Time
	Prices      []StepPrice // ascending, more than one where they are mixed
	// Change is how much the price rose, in percent to a tenth. It is not Valid for
	// the first step, after a price of 0, and where either step has several prices.
	Change decimal.NullDecimal
}

// A StepPrice is one price of a step.
type StepPrice struct {
	Price   decimal.Decimal
	Entries int64
}

// AskPrices answers what SKUs cost in the question's range, which its Query.By
// and Top do not change. Errors: [ErrQuestion], and those of the books.
func AskPrices(ctx context.Context, books ledger.Books, q Question) (*Prices, error) {
	q.By, q.Top = nil, 0
	if err := q.settle(ctx, books); err != nil {
		return nil, err
	}
	covered, err := Cover(ctx, books, q)
	if err != nil {
		return nil, err
	}
	p := &Prices{Window: covered.Window, Complete: covered.Complete, Coverage: covered.Coverage}
	if len(q.Accounts) == 0 {
		return p, nil
	}
	uses, err := books.Prices(ctx, q.Selection)
	if err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	bySKU := map[string][]ledger.PriceUse{}
	for _, use := range uses {
		bySKU[use.SKU] = append(bySKU[use.SKU], use)
	}
	for sku, uses := range bySKU {
		w := pricing{books, q.Selection}
		w.of.SKUs = []string{sku}
		steps, err := w.steps(ctx, uses)
		if err != nil {
			return nil, err
		}
		for i := range steps[1:] {
			before, now := steps[i].Prices, steps[i+1].Prices
			if len(before) == 1 && len(now) == 1 {
				steps[i+1].Change = percentChange(before[0].Price, now[0].Price)
			}
		}
		p.SKUs = append(p.SKUs, PriceHistory{sku, venice.ParseSKU(sku), steps})
	}
	slices.SortFunc(p.SKUs, func(a, b PriceHistory) int { return cmp.Compare(a.SKU, b.SKU) })
	return p, nil
}

// A pricing asks for the prices of one SKU.
type pricing struct {
	books ledger.Books
	of    ledger.Selection
}

// steps puts the prices of a SKU in the order of time.
func (p pricing) steps(ctx context.Context, uses []ledger.PriceUse) (steps []PriceStep, err error) {
	for _, cluster := range clusters(uses) {
		mixed, err := p.mixed(ctx, cluster)
		if err != nil {
			return nil, err
		}
		steps = append(steps, mixed...)
	}
	return joinSteps(steps), nil
}

// A cluster is prices whose times overlap, and the window that holds them.
type cluster struct {
	uses []ledger.PriceUse
	ledger.Window
}

func clusters(uses []ledger.PriceUse) (list []cluster) {
	sorted := slices.SortedFunc(slices.Values(uses), func(a, b ledger.PriceUse) int {
		return cmp.Or(a.First.Compare(b.First), a.Last.Compare(b.Last), a.Price.Cmp(b.Price))
	})
	for _, use := range sorted {
		if last := len(list) - 1; last >= 0 && use.First.Before(list[last].End) {
			list[last].uses = append(list[last].uses, use)
			if end := after(use.Last); end.After(list[last].End) {
				list[last].End = end
			}
			continue
		}
		list = append(list, cluster{[]ledger.PriceUse{use}, ledger.Window{Start: use.First, End: after(use.Last)}})
	}
	return list
}

// mixed are the steps of prices whose times overlap. Others within the time of one
// may have taken its place for a while, rather than been beside it.
func (p pricing) mixed(ctx context.Context, c cluster) ([]PriceStep, error) {
	for i, outer := range c.uses {
		for _, inner := range clusters(slices.Concat(c.uses[:i], c.uses[i+1:])) {
			if !inner.Start.After(outer.First) || inner.End.After(outer.Last) {
				continue
			}
			found, err := p.within(ctx, inner.Window)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(found, func(u ledger.PriceUse) bool { return u.Price.Equal(outer.Price) }) {
				continue
			}
			return p.parts(ctx, ledger.Window{Start: c.Start, End: inner.Start}, inner.Window, ledger.Window{Start: inner.End, End: c.End})
		}
	}
	step := PriceStep{First: c.Start, Last: c.End.Add(-tick)}
	for _, use := range c.uses {
		step.Prices = append(step.Prices, StepPrice{use.Price, use.Entries})
	}
	slices.SortFunc(step.Prices, func(a, b StepPrice) int { return a.Price.Cmp(b.Price) })
	return []PriceStep{step}, nil
}

// parts are the steps of each of some windows.
func (p pricing) parts(ctx context.Context, windows ...ledger.Window) (steps []PriceStep, err error) {
	for _, w := range windows {
		found, err := p.within(ctx, w)
		if err != nil {
			return nil, err
		}
		more, err := p.steps(ctx, found)
		if err != nil {
			return nil, err
		}
		steps = append(steps, more...)
	}
	return steps, nil
}

func (p pricing) within(ctx context.Context, w ledger.Window) ([]ledger.PriceUse, error) {
	selection := p.of
	selection.Window = w
	uses, err := p.books.Prices(ctx, selection)
	if err != nil {
		return nil, fmt.Errorf("prices of %s: %w", p.of.SKUs[0], err)
	}
	return uses, nil
}

// joinSteps makes one of steps in a row that have the same prices.
func joinSteps(steps []PriceStep) (joined []PriceStep) {
	same := func(a, b StepPrice) bool { return a.Price.Equal(b.Price) }
	for _, step := range steps {
		if last := len(joined) - 1; last >= 0 && slices.EqualFunc(joined[last].Prices, step.Prices, same) {
			joined[last].Last = step.Last
			for i := range step.Prices {
				joined[last].Prices[i].Entries += step.Prices[i].Entries
			}
			continue
		}
		joined = append(joined, step)
	}
	return joined
}

// tick is what the books tell instants apart by.
const tick = time.Microsecond

func after(t time.Time) time.Time { return t.Add(tick) }
