package focustest

import (
	"slices"

	"github.com/shopspring/decimal"
)

var (
	million   = decimal.New(1, 6)
	ten       = decimal.New(1, 1)
	tolerance = decimal.New(1, -9)
)

// signed are the columns that carry the sign of a row.
var signed = []string{
	"BilledCost", "ConsumedQuantity", "ContractedCost", "EffectiveCost", "ListCost", "PricingCurrencyEffectiveCost",
	"PricingQuantity", "x_UsdEquivalentCost",
}

// checkArithmetic judges the numbers of a row by each other, exactly.
func (v *validator) checkArithmetic(r *row) {
	v.checkProduct(r, "ListCost", "ListUnitPrice")
	v.checkProduct(r, "ContractedCost", "ContractedUnitPrice")
	switch {
	case r.usage():
		v.checkSigns(r)
		v.checkConsumedTokens(r)
		v.checkUsage(r)
		v.checkPricingCurrency(r)
	case r.purchase():
		v.checkPurchase(r)
	case r.is("ChargeCategory", "Credit"), r.is("ChargeCategory", "Adjustment"):
		v.checkCredit(r)
	}
}

func (v *validator) checkProduct(r *row, cost, price string) {
	n, ok := r.numbers(cost, price, "PricingQuantity")
	if ok && !n[0].Equal(n[1].Mul(n[2])) {
		v.refuse(CostProducts, r, cost, "%s; %s * PricingQuantity is %s", n[0], price, n[1].Mul(n[2]))
	}
}

// checkSigns: what was used is positive, what was given back is negative. Where
// the ledger's amount is not there to tell, the row must at least agree with itself.
func (v *validator) checkSigns(r *row) {
	amount, known := r.number("x_LedgerAmount")
	refund := amount.IsPositive()
	if price, ok := r.number("ListUnitPrice"); ok && refund && !price.IsPositive() {
		v.refuse(Signs, r, "ListUnitPrice", "%s in a refund; want a positive price", price)
	}
	for _, column := range signed {
		value, ok := r.number(column)
		if !ok || value.IsZero() {
			continue
		}
		if !known {
			known, refund = !r.has("x_LedgerAmount"), value.IsNegative()
		}
		if known && value.IsNegative() != refund {
			v.refuse(Signs, r, column, "%s has the sign of a refund in a debit, or of a debit in a refund", value)
		}
	}
}

func (v *validator) checkConsumedTokens(r *row) {
	n, ok := r.numbers("ConsumedQuantity", "PricingQuantity")
	if !ok {
		return
	}
	priced, pricedOK := r.text("PricingUnit")
	consumed, consumedOK := r.text("ConsumedUnit")
	switch {
	case !pricedOK || !consumedOK:
	case priced == "1000000 "+consumed && !n[0].Equal(n[1].Mul(million)), priced == consumed && !n[0].Equal(n[1]):
		v.refuse(ConsumedTokens, r, "ConsumedQuantity", "%s %s, priced as %s times %s", n[0], consumed, n[1], priced)
	}
}

// spent gives what the row spent in the ledger's currency: minus the amount. A
// VCU amount may count VCU or US dollars, at ten VCU each; where it is near
// neither product, both are given.
func spent(r *row) []decimal.Decimal {
	amount, ok := r.number("x_LedgerAmount")
	currency, known := r.currency()
	if !ok || !known {
		return nil
	}
	cost := amount.Neg()
	if currency != "VCU" {
		return []decimal.Decimal{cost}
	}
	switch product, ok := priceProduct(r); {
	case ok && near(r, cost, product):
		return []decimal.Decimal{cost.Mul(ten)}
	case ok && near(r, cost, product.Mul(ten)):
		return []decimal.Decimal{cost}
	}
	return []decimal.Decimal{cost, cost.Mul(ten)}
}

// usdSpent gives the same in US dollars.
func usdSpent(r *row) []decimal.Decimal {
	values := spent(r)
	if currency, _ := r.currency(); currency == "VCU" {
		for i := range values {
			values[i] = values[i].Shift(-1)
		}
	}
	return values
}

func priceProduct(r *row) (decimal.Decimal, bool) {
	n, ok := r.numbers("ListUnitPrice", "PricingQuantity")
	if !ok {
		return decimal.Decimal{}, false
	}
	return n[0].Mul(n[1]), true
}

// near allows for what Venice rounds, once for each entry of the row.
func near(r *row, a, b decimal.Decimal) bool {
	entries, ok := r.entries()
	return !ok || within(a, b, entries)
}

func within(a, b decimal.Decimal, entries int64) bool {
	most := tolerance.Mul(decimal.Max(decimal.New(1, 0), a.Abs())).Mul(decimal.NewFromInt(entries))
	return a.Sub(b).Abs().LessThanOrEqual(most)
}

// anyOf refuses a number that is none of the values; no values say nothing.
func (v *validator) anyOf(check Check, r *row, column string, values ...decimal.Decimal) {
	got, ok := r.number(column)
	if ok && len(values) > 0 && !slices.ContainsFunc(values, got.Equal) {
		v.refuse(check, r, column, "%s; want one of %s", got, values)
	}
}

// checkUsage judges what usage bills and costs by basis and currency.
func (v *validator) checkUsage(r *row) {
	currency, known := r.currency()
	effective, costed := r.number("EffectiveCost")
	switch {
	case known && currency != "USD":
		v.anyOf(AllowanceCosts, r, "BilledCost", decimal.Zero)
		if v.want.AllowanceCost == "zero" {
			v.anyOf(AllowanceCosts, r, "EffectiveCost", decimal.Zero)
		} else {
			v.anyOf(AllowanceCosts, r, "EffectiveCost", usdSpent(r)...)
		}
		return
	case known:
		v.anyOf(UsageBasis, r, "EffectiveCost", spent(r)...)
		effective, costed = r.number("EffectiveCost")
	}
	switch {
	case v.want.Basis == "prepaid":
		v.anyOf(UsageBasis, r, "BilledCost", decimal.Zero)
	case costed && (known || v.want.AllowanceCost == "zero"):
		v.anyOf(UsageBasis, r, "BilledCost", effective)
	case costed: // it may be an allowance's, which is not billed
		v.anyOf(UsageBasis, r, "BilledCost", decimal.Zero, effective)
	}
}

// checkPricingCurrency judges the amounts in the ledger's currency.
func (v *validator) checkPricingCurrency(r *row) {
	for _, column := range []string{"ListUnitPrice", "ContractedUnitPrice"} {
		if price, ok := r.number(column); ok && r.given("PricingCurrency") {
			if r.is("PricingCurrency", "VCU") {
				price = price.Mul(ten)
			}
			v.anyOf(PricingCurrencyAmounts, r, "PricingCurrency"+column, price)
		}
	}
	v.anyOf(PricingCurrencyAmounts, r, "PricingCurrencyEffectiveCost", spent(r)...)
	if product, ok := priceProduct(r); ok {
		v.anyOf(PricingCurrencyAmounts, r, "x_UsdEquivalentCost", append(usdSpent(r), product)...)
	}
}

// checkPurchase judges top-ups, their refunds, and grants, which cost nothing.
func (v *validator) checkPurchase(r *row) {
	switch {
	case v.want.vantage():
		v.row(VantageLimits, r, "ChargeCategory", "Vantage knows no Purchase")
	case v.want.Basis == "consumption":
		v.row(UsageBasis, r, "ChargeCategory", "a Purchase, on the consumption basis")
	}
	for _, column := range []string{"EffectiveCost", "PricingCurrencyEffectiveCost", "x_UsdEquivalentCost"} {
		v.anyOf(PurchaseEffect, r, column, decimal.Zero)
	}
	amount, ok := r.number("x_LedgerAmount")
	currency, known := r.currency()
	billed, billedOK := r.number("BilledCost")
	if !ok || !known || !billedOK {
		return
	}
	sign := amount.Sign()
	if currency != "USD" {
		sign = 0
	}
	if billed.Sign() != sign {
		v.refuse(Signs, r, "BilledCost", "%s for an amount of %s %s", billed, amount, currency)
	}
}

func (v *validator) checkCredit(r *row) {
	billed, ok := r.number("BilledCost")
	for _, column := range []string{"ContractedCost", "EffectiveCost", "ListCost"} {
		if ok {
			v.anyOf(CreditCosts, r, column, billed)
		}
	}
	for _, column := range unitPrices {
		if r.given(column) {
			v.row(CreditCosts, r, column, "is not null in a credit or adjustment")
		}
	}
}

// checkReported: where the ledger's amount is not units times price, the
// manifest must have counted it.
func (v *validator) checkReported(p *partition) {
	var first *row
	differing := 0
	for r := range p.rows() {
		amount, ok := r.number("x_LedgerAmount")
		product, productOK := priceProduct(r)
		if !r.usage() || !ok || !productOK || near(r, amount.Neg(), product) ||
			r.is("x_LedgerCurrency", "VCU") && near(r, amount.Neg(), product.Mul(ten)) {
			continue
		}
		if differing++; first == nil {
			first = r
		}
	}
	if p.manifest == nil || differing <= total(p.manifest.Reported) {
		return
	}
	v.row(AmountProduct, first, "x_LedgerAmount", "it and %d others differ from units times price; the manifest reports %d",
		differing-1, total(p.manifest.Reported))
}

func total(counts map[string]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}
