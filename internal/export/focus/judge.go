package focus

import (
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Reasons why an entry makes no row, as manifests and results give them.
const (
	SkippedGrant = "free grant: nothing was used or paid"
	SkippedZero  = "neither an amount nor units"
	SkippedTopUp = "top-up: the consumption basis has no purchases"

	RejectedCurrency = "currency of unknown value in US dollars"
	RejectedNumber   = "number of more than 24 decimals or 14 digits before the point"
	RejectedPrice    = "negative price"
	RejectedSKU      = "SKU: "        // and what is wrong with its text
	RejectedRequest  = "request id: " // likewise
)

// Reasons why a row that was written deserves a look.
const (
	ReportedAmount   = "amount differs from units times price"
	ReportedVCU      = "VCU amount is neither units times price nor ten times that: taken as VCU"
	ReportedTokens   = "output units differ from the request's completionTokens"
	ReportedCredit   = "USD credit of no known purchase SKU: taken as a top-up"
	ReportedNegative = "units are negative on what is not a credit: taken as positive"
)

// A verdict is what becomes of an entry. At most one of skipped and rejected is
// set, and then it has no charge.
type verdict struct {
	charge
	skipped, rejected string
	reported          []string
}

func (v *verdict) report(reason string) { v.reported = append(v.reported, reason) }

// A judge turns entries into charges.
type judge struct {
	used     map[string]bool     // SKUs with debits, ever
	products map[string]*product // by SKU, those met so far
	topUps   bool                // are wanted
}

func (j *judge) product(sku string) *product {
	p := j.products[sku]
	if p == nil {
		p = newProduct(sku)
		j.products[sku] = p
	}
	return p
}

// isRefund says whether an entry gives back what was paid for usage: a credit
// with a request behind it, or of a SKU whose form or debits tell of usage.
func (j *judge) isRefund(e *ledger.Entry) bool {
	p := j.product(e.SKU)
	return e.Amount.IsPositive() && !p.purchase && (p.known || j.used[e.SKU] || e.InferenceDetails != nil)
}

func (j *judge) judge(e *ledger.Entry, correction bool) verdict {
	p := j.product(e.SKU)
	v := verdict{charge: charge{
		correction: correction, at: e.Timestamp.UTC(), account: e.Account, product: p, currency: e.Currency,
		price: e.PricePerUnitUSD, sums: sums{entries: 1, amount: e.Amount},
	}}
	if e.InferenceDetails != nil {
		v.inference = *e.InferenceDetails
	}
	credit := e.Amount.IsPositive() || p.purchase
	switch _, known := perUSD[e.Currency]; {
	case !known:
		v.rejected = RejectedCurrency
		return v
	case e.Amount.IsZero() && (p.purchase || e.Units.IsZero()):
		v.skipped = SkippedZero
		return v
	case j.isRefund(e):
		v.kind = refund
	case credit && e.Currency != venice.USD:
		v.skipped = SkippedGrant
		return v
	case credit && !j.topUps:
		v.skipped = SkippedTopUp
		return v
	case credit:
		v.kind = topUp
	}
	v.check(e)
	if v.rejected == "" {
		v.fill(e)
	}
	if v.rejected == "" && !v.fits() {
		v.rejected = RejectedNumber
	}
	return v
}

// check rejects what cannot be written as it is.
func (v *verdict) check(e *ledger.Entry) {
	request := v.inference.RequestID
	switch reason := unfit(e.SKU); {
	case reason != "":
		v.rejected = RejectedSKU + reason
	case request != "" && unfit(request) != "":
		v.rejected = RejectedRequest + unfit(request)
	case e.PricePerUnitUSD.IsNegative():
		v.rejected = RejectedPrice
	// What is too large is not even multiplied.
	case !fits(e.Amount) || !fits(e.Units) || !fits(e.PricePerUnitUSD):
		v.rejected = RejectedNumber
	}
}

// fill reckons the sums of a charge.
func (v *verdict) fill(e *ledger.Entry) {
	if v.kind == topUp {
		if !v.purchase {
			v.report(ReportedCredit)
		}
		v.product, v.price = &prepaidBalance, one
		v.quantity, v.list = e.Amount, e.Amount
		return
	}
	// Nobody knows which sign the units of a refund have, so the amount decides.
	v.quantity = e.Units.Abs()
	if v.kind == refund {
		v.quantity = v.quantity.Neg()
	} else if e.Units.IsNegative() {
		v.report(ReportedNegative)
	}
	v.list = v.quantity.Mul(e.PricePerUnitUSD)
	v.spent = e.Amount.Neg()
	v.value()
	if tokens := v.inference.CompletionTokens; v.output && tokens != nil && v.kind == usage &&
		!v.consumed().Equal(decimal.NewFromInt(*tokens)) {
		v.report(ReportedTokens)
	}
}

// value finds what was spent in the ledger's currency and what that is worth.
// Old entries in VCU come with amounts in VCU and, it seems, in US dollars: what
// the product of price and units is within a hundredth of tells which.
func (v *verdict) value() {
	v.usd = v.spent.Mul(perUSD[v.currency])
	if v.currency == venice.VCU {
		about := v.list.Abs().Shift(-2)
		switch {
		case near(v.usd, v.list, about):
		case near(v.spent, v.list, about):
			v.usd, v.spent = v.spent, v.spent.Mul(ten)
		default:
			v.report(ReportedVCU)
			return
		}
	}
	if !near(v.usd, v.list, decimal.Max(one, v.usd.Abs()).Mul(billionth)) {
		v.report(ReportedAmount)
	}
}

// near says whether two numbers are at most so far apart.
func near(a, b, most decimal.Decimal) bool { return a.Sub(b).Abs().LessThanOrEqual(most) }
