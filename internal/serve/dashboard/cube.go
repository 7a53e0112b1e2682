package dashboard

import (
	"context"
	"reflect"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A cube is books that have been asked for one selection's sums by period and
// SKU. It adds up the coarser sums of the same selection from these, so that all
// the parts of a view cost one question. Everything else is asked of the books.
type cube struct {
	ledger.Books
	query    ledger.Query // by one period and SKU
	sums     []ledger.Sum
	coverage map[string]ledger.Coverage // by account
}

// Coverage is what was known when the cube was made.
func (c *cube) Coverage(ctx context.Context, accounts ...string) (map[string]ledger.Coverage, error) {
	if slices.Equal(accounts, c.query.Accounts) {
		return c.coverage, nil
	}
	return c.Books.Coverage(ctx, accounts...)
}

// Sums adds up the cube where that gives the answer.
func (c *cube) Sums(ctx context.Context, q ledger.Query) ([]ledger.Sum, error) {
	if !c.answers(q) {
		return c.Books.Sums(ctx, q)
	}
	type part struct {
		group    [2]string
		currency venice.Currency
		meter    string
		unit     venice.Unit
	}
	places := map[part]int{}
	models := map[string]string{} // by SKU
	var sums []ledger.Sum
	for _, s := range c.sums {
		p := part{currency: s.Currency, meter: s.Meter, unit: s.Unit}
		for i, d := range q.By {
			p.group[i] = c.value(s, d, models)
		}
		at, known := places[p]
		if !known {
			at = len(sums)
			places[p] = at
			sums = append(sums, ledger.Sum{Group: slices.Clone(p.group[:len(q.By)]), Currency: s.Currency, Meter: s.Meter, Unit: s.Unit})
		}
		sum := &sums[at]
		sum.Entries += s.Entries
		sum.Spend = plus(sum.Spend, s.Spend)
		sum.Credit = plus(sum.Credit, s.Credit)
		sum.Units = plus(sum.Units, s.Units)
	}
	return sums, nil
}

// plus leaves out the work for nothing.
func plus(a, b decimal.Decimal) decimal.Decimal {
	if b.IsZero() {
		return a
	}
	return a.Add(b)
}

// answers says whether a query is a coarser one of the same selection.
func (c *cube) answers(q ledger.Query) bool {
	if len(q.By) > 2 || q.Zone != c.query.Zone || !reflect.DeepEqual(q.Selection, c.query.Selection) {
		return false
	}
	for _, d := range q.By {
		if d == ledger.ByAccount || d.OfTime() && d != c.query.By[0] {
			return false
		}
	}
	return true
}

// value is what a sum of the cube has in a dimension.
func (c *cube) value(s ledger.Sum, d ledger.Dimension, models map[string]string) string {
	period, sku := s.Group[0], s.Group[1]
	switch d {
	case c.query.By[0]:
		return period
	case ledger.BySKU:
		return sku
	case ledger.ByMeter:
		return s.Meter
	case ledger.ByCurrency:
		return string(s.Currency)
	}
	model, known := models[sku]
	if !known {
		model = venice.ParseSKU(sku).Model
		models[sku] = model
	}
	return model
}
