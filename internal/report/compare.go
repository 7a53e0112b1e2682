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

// A ComparisonQuestion asks how the spend of one window differs from that of
// another.
type ComparisonQuestion struct {
	Scope
	A, B ledger.Window
	By   ledger.Dimension // one of [Comparable]
}

// Comparable are the dimensions that two windows can be compared by.
func Comparable() []ledger.Dimension {
	return []ledger.Dimension{ledger.ByModel, ledger.ByMeter, ledger.BySKU, ledger.ByCurrency}
}

// A Comparison is the answer.
type Comparison struct {
	By   ledger.Dimension
	A, B Side
	// Rows are the groups with spend in either window, the largest change in
	// dollar equivalents first, then by name.
	Rows   []Difference
	Totals Difference
	// Complete says that both sides are.
	Complete bool
}

// A Side is one of the windows. One without an end, or with one in the future,
// ends where the books do.
type Side struct {
	Window   ledger.Window
	Complete bool
	Coverage []Coverage
	Dollars  decimal.Decimal
	// PerDay is the dollar equivalent by 24 hours, to 12 decimals. It is not Valid
	// where the window has no start.
	PerDay decimal.NullDecimal
}

// A Difference is how the spend of a group changed from A to B.
type Difference struct {
	Group string // "" for the totals
	// Currencies are those with spend in either, as Venice debits them.
	Currencies []CurrencyDifference
	// A, B and Change are dollar equivalents, which leave out Unpriced.
	A, B, Change decimal.Decimal
	Unpriced     []venice.Currency
	Effects
}

// A CurrencyDifference is the spend in one currency.
type CurrencyDifference struct {
	Currency     venice.Currency
	A, B, Change decimal.Decimal
}

// Compare compares two windows. Errors: [ErrQuestion], and those of the books.
func Compare(ctx context.Context, books ledger.Books, q ComparisonQuestion) (*Comparison, error) {
	if !slices.Contains(Comparable(), q.By) {
		return nil, refuse("cannot compare by %q: expected one of %q", q.By, Comparable())
	}
	c := &Comparison{By: q.By}
	cells := map[string]map[cellKey]*cell{}
	for i, side := range []*Side{&c.A, &c.B} {
		sums, err := q.side(ctx, books, []ledger.Window{q.A, q.B}[i], side)
		if err != nil {
			return nil, fmt.Errorf("window %s: %w", []string{"A", "B"}[i], err)
		}
		for _, s := range sums {
			group := q.groupOf(s)
			if cells[group] == nil {
				cells[group] = map[cellKey]*cell{}
			}
			key := cellKey{s.Group[0], s.Currency}
			if cells[group][key] == nil {
				cells[group][key] = &cell{}
			}
			cells[group][key].add(i, s)
		}
	}
	c.Complete = c.A.Complete && c.B.Complete
	var effects exactEffects
	totals := map[venice.Currency][2]decimal.Decimal{}
	for group, parts := range cells {
		row, exact := difference(group, parts, totals)
		effects.add(exact)
		if len(row.Currencies) > 0 {
			c.Rows = append(c.Rows, row)
		}
	}
	c.Totals.spend(totals)
	c.Totals.Effects = effects.round(c.Totals.Change)
	c.A.finish(c.Totals.A)
	c.B.finish(c.Totals.B)
	slices.SortFunc(c.Rows, func(a, b Difference) int {
		return cmp.Or(b.Change.Abs().Cmp(a.Change.Abs()), cmp.Compare(a.Group, b.Group))
	})
	return c, nil
}

// Coverage joins what the books know of both windows: what is missing of either,
// and the later end.
func (c *Comparison) Coverage() []Coverage {
	var joined []Coverage
	for _, side := range [][]Coverage{c.A.Coverage, c.B.Coverage} {
		for _, of := range side {
			i := slices.IndexFunc(joined, func(j Coverage) bool { return j.Account == of.Account })
			if i < 0 {
				joined = append(joined, Coverage{Account: of.Account})
				i = len(joined) - 1
			}
			if of.AsOf.After(joined[i].AsOf) {
				joined[i].AsOf = of.AsOf
			}
			joined[i].Missing = append(joined[i].Missing, of.Missing...)
		}
	}
	for i := range joined {
		slices.SortFunc(joined[i].Missing, func(a, b ledger.Window) int { return a.Start.Compare(b.Start) })
	}
	return joined
}

// side asks for what was spent in a window by SKU.
func (q *ComparisonQuestion) side(ctx context.Context, books ledger.Books, w ledger.Window, side *Side) ([]ledger.Sum, error) {
	question := Question{Now: q.Now, Query: ledger.Query{By: []ledger.Dimension{ledger.BySKU}, Zone: q.Zone, Selection: ledger.Selection{
		Accounts: q.Accounts, Models: q.Models, Currencies: q.Currencies, Window: w}}}
	if err := question.settle(ctx, books); err != nil {
		return nil, err
	}
	covered, err := Cover(ctx, books, question)
	if err != nil {
		return nil, err
	}
	side.Window, side.Complete, side.Coverage = covered.Window, covered.Complete, covered.Coverage
	if len(question.Accounts) == 0 {
		return nil, nil
	}
	sums, err := books.Sums(ctx, question.Query)
	if err != nil {
		return nil, fmt.Errorf("sums by SKU: %w", err)
	}
	return sums, nil
}

func (q *ComparisonQuestion) groupOf(s ledger.Sum) string {
	switch q.By {
	case ledger.ByModel:
		return venice.ParseSKU(s.Group[0]).Model
	case ledger.ByMeter:
		return s.Meter
	case ledger.ByCurrency:
		return string(s.Currency)
	}
	return s.Group[0]
}

// finish reckons what the window had by day.
func (s *Side) finish(dollars decimal.Decimal) {
	s.Dollars = dollars
	if s.Window.Start.After(ledger.Beginning) {
		day := decimal.NewFromInt(int64(24 * time.Hour))
		s.PerDay = decimal.NewNullDecimal(dollars.Mul(day).DivRound(decimal.NewFromInt(int64(s.Window.Length())), estimatePlaces))
	}
}

type cellKey struct {
	sku      string
	currency venice.Currency
}

// A cell is what a SKU cost in a currency, in A and in B.
type cell struct {
	spend, units [2]decimal.Decimal
	entries      [2]int64
}

func (c *cell) add(side int, s ledger.Sum) {
	c.spend[side] = c.spend[side].Add(s.Spend)
	c.units[side] = c.units[side].Add(s.Units)
	c.entries[side] += s.Entries
}

// difference is the row of a group, and its effects before they are rounded. The
// spend is added to the totals.
func difference(group string, parts map[cellKey]*cell, totals map[venice.Currency][2]decimal.Decimal) (Difference, exactEffects) {
	row := Difference{Group: group}
	spend := map[venice.Currency][2]decimal.Decimal{}
	skus := map[string]*cell{} // spend in dollar equivalents
	for key, part := range parts {
		for _, sums := range []map[venice.Currency][2]decimal.Decimal{spend, totals} {
			sums[key.currency] = [2]decimal.Decimal{sums[key.currency][0].Add(part.spend[0]), sums[key.currency][1].Add(part.spend[1])}
		}
		if !priced(key.currency) {
			continue
		}
		if skus[key.sku] == nil {
			skus[key.sku] = &cell{}
		}
		for side := range 2 {
			dollars, _ := InDollars(key.currency, part.spend[side])
			skus[key.sku].add(side, ledger.Sum{Spend: dollars, Units: part.units[side], Entries: part.entries[side]})
		}
	}
	row.spend(spend)
	var effects exactEffects
	for _, sku := range skus {
		effects.of(sku)
	}
	row.Effects = effects.round(row.Change)
	return row, effects
}

// spend fills in what was spent.
func (d *Difference) spend(of map[venice.Currency][2]decimal.Decimal) {
	for currency, s := range of {
		if s[0].IsZero() && s[1].IsZero() {
			continue
		}
		d.Currencies = append(d.Currencies, CurrencyDifference{currency, s[0], s[1], s[1].Sub(s[0])})
		a, ok := InDollars(currency, s[0])
		b, _ := InDollars(currency, s[1])
		if d.A, d.B = d.A.Add(a), d.B.Add(b); !ok {
			d.Unpriced = append(d.Unpriced, currency)
		}
	}
	d.Change = d.B.Sub(d.A)
	slices.SortFunc(d.Currencies, func(a, b CurrencyDifference) int { return compareCurrencies(a.Currency, b.Currency) })
	slices.SortFunc(d.Unpriced, compareCurrencies)
}
