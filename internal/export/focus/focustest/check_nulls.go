package focustest

import "slices"

var unitPrices = []string{
	"ListUnitPrice", "ContractedUnitPrice", "PricingCurrencyListUnitPrice", "PricingCurrencyContractedUnitPrice",
}

// priced are the columns that usage and purchases must have.
var priced = slices.Concat(unitPrices, []string{"PricingQuantity", "PricingCategory", "SkuId", "SkuPriceId"})

// checkNulls judges which cells are null by what others say.
func (v *validator) checkNulls(r *row) {
	v.checkConsumed(r)
	for quantity, unit := range map[string]string{"ConsumedQuantity": "ConsumedUnit", "PricingQuantity": "PricingUnit"} {
		if r.null(quantity) && r.given(unit) || r.given(quantity) && r.null(unit) {
			v.row(UnitsOfQuantities, r, unit, "%s and %s should be null together", quantity, unit)
		}
	}
	v.checkPriced(r)
	v.checkSKU(r)
	for _, column := range []string{"PricingCurrency", "PricingCurrencyEffectiveCost"} {
		if r.null(column) {
			v.refuse(PricingCurrencies, r, column, "is null, and must not be")
		}
	}
	frequency, ok := r.text("ChargeFrequency")
	if ok && (r.usage() && frequency != "Usage-Based" || r.purchase() && frequency == "Usage-Based") {
		v.row(UsageFrequency, r, "ChargeFrequency", "%s in a row of this ChargeCategory", frequency)
	}
}

func (v *validator) checkConsumed(r *row) {
	switch {
	case r.usage() && r.null("ConsumedQuantity") && !r.correction():
		v.row(ConsumedOfUsage, r, "ConsumedQuantity", "is null in usage")
	case r.given("ChargeCategory") && !r.usage() && r.given("ConsumedQuantity"):
		v.row(ConsumedOfUsage, r, "ConsumedQuantity", "is not null, in what is no usage")
	}
}

// mustBePriced says whether the row has to have prices, quantity and SKU.
func mustBePriced(r *row) bool { return (r.usage() || r.purchase()) && !r.correction() }

func (v *validator) checkPriced(r *row) {
	for _, column := range priced {
		switch {
		case mustBePriced(r) && r.null(column):
			v.row(PricedCharges, r, column, "is null in usage or a purchase")
		case r.is("ChargeCategory", "Tax") && r.given(column):
			v.row(PricedCharges, r, column, "is not null in a tax")
		}
	}
}

// checkSKU judges what depends on a SKU. Since FOCUS 1.3 that includes prices
// and quantities, in rows that checkPriced leaves free to have a SKU or none.
func (v *validator) checkSKU(r *row) {
	for column, key := range map[string]string{"SkuMeter": "SkuId", "SkuPriceDetails": "SkuPriceId"} {
		if r.given(column) && r.null(key) {
			v.row(SKUDetails, r, column, "is not null without %s", key)
		}
	}
	if v.want.Version < "1.3" || mustBePriced(r) || r.is("ChargeCategory", "Tax") {
		return
	}
	for _, column := range slices.Concat(unitPrices, []string{"PricingQuantity", "PricingCategory", "ConsumedQuantity"}) {
		if r.null("SkuPriceId") && r.given(column) {
			v.row(SKUDetails, r, column, "is not null without SkuPriceId")
		}
	}
	for _, column := range unitPrices {
		if r.given("SkuPriceId") && r.null(column) {
			v.row(SKUDetails, r, column, "is null with SkuPriceId")
		}
	}
}
