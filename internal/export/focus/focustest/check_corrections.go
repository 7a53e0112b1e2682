package focustest

import (
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// checkCorrections: only a refund of an earlier month's entry is a Correction.
func (v *validator) checkCorrections() {
	for r := range v.folder.rows() {
		if !r.correction() {
			continue
		}
		amount, ok := r.number("x_LedgerAmount")
		switch {
		case r.given("ChargeCategory") && !r.usage() || ok && !amount.IsPositive():
			v.row(Corrections, r, "ChargeClass", "a Correction that is no refund of usage")
		case v.want.Source != nil:
			v.checkOriginal(r)
		case v.sameMonthOriginal(r):
			v.row(Corrections, r, "ChargeClass", "a Correction of what was used in the same month")
		}
	}
}

// checkOriginal looks in the ledger for what was refunded. Where the ledger does
// not reach back before the month, only an original in the month is a fault.
func (v *validator) checkOriginal(r *row) {
	start, ok := r.time("ChargePeriodStart")
	sku, skuOK := r.text("SkuId")
	if !ok || !skuOK {
		return
	}
	month := monthOf(start)
	reachesBack, here := false, false
	for _, e := range v.want.Source {
		reachesBack = reachesBack || e.Timestamp.Before(month)
		if e.SKU != sku || !e.Amount.IsNegative() || !v.refunds(r, e) {
			continue
		}
		if e.Timestamp.Before(month) {
			return
		}
		here = true
	}
	if here || reachesBack {
		v.row(Corrections, r, "ChargeClass", "the ledger has no original of an earlier month")
	}
}

// refunds says whether the row can be the refund of an entry of its SKU.
func (v *validator) refunds(r *row, e ledger.Entry) bool {
	if account, ok := r.text("BillingAccountId"); ok && v.want.BillingAccounts != nil && v.want.BillingAccounts[e.Account] != account {
		return false
	}
	if currency, ok := r.currency(); ok && currency != string(e.Currency) {
		return false
	}
	request, ok := r.text("x_RequestId")
	return !ok || request == requestID(e)
}

// sameMonthOriginal looks for it in the export: a debit of the same request.
func (v *validator) sameMonthOriginal(r *row) bool {
	request, ok := r.text("x_RequestId")
	start, startOK := r.time("ChargePeriodStart")
	sku, skuOK := r.text("SkuId")
	if !ok || !startOK || !skuOK {
		return false
	}
	here := false
	for other := range v.folder.rows() {
		amount, ok := other.number("x_LedgerAmount")
		at, atOK := other.time("ChargePeriodStart")
		if !ok || !atOK || !amount.IsNegative() || !other.is("x_RequestId", request) || !other.is("SkuId", sku) {
			continue
		}
		if at.Before(monthOf(start)) {
			return false
		}
		here = true
	}
	return here
}

func monthOf(t time.Time) time.Time {
	return time.Date(t.UTC().Year(), t.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
}

func requestID(e ledger.Entry) string {
	if e.InferenceDetails == nil {
		return ""
	}
	return e.InferenceDetails.RequestID
}
