package focustest

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// An entryKind is what becomes of an entry.
type entryKind int

const (
	usageEntry entryKind = iota // debits, their refunds, and what cost nothing
	topUpEntry                  // USD paid in, or paid back
	skippedEntry
)

// A booking is an entry that was not rejected, and what should become of it.
type booking struct {
	ledger.Entry
	kind entryKind
}

// bookings classes the ledger's entries, without those in rejects.csv.
func (v *validator) bookings() []booking {
	rejected := map[string]int{}
	for _, r := range v.folder.rejects {
		at, _ := time.Parse(time.RFC3339Nano, r.Timestamp) // of another time it matches nothing
		amount, _ := decimal.NewFromString(r.Amount)
		rejected[rejectKey(at, r.SKU, r.Currency, amount)]++
	}
	debited := map[string]bool{}
	for _, e := range v.want.Source {
		debited[e.SKU] = debited[e.SKU] || e.Amount.IsNegative()
	}
	var kept []booking
	for _, e := range v.want.Source {
		key := rejectKey(e.Timestamp, e.SKU, string(e.Currency), e.Amount)
		if rejected[key] > 0 {
			rejected[key]--
			continue
		}
		kept = append(kept, booking{Entry: e, kind: v.kindOf(e, debited[e.SKU])})
	}
	for key, n := range rejected {
		if n > 0 {
			v.file(RowCounts, rejectsFile, "%d rows are of no entry in the ledger: %s", n, key)
		}
	}
	return kept
}

func rejectKey(at time.Time, sku, currency string, amount decimal.Decimal) string {
	return fmt.Sprintf("%s %s %s %s", at.UTC().Format(time.RFC3339Nano), sku, amount, currency)
}

// kindOf: a positive amount gives back usage where it has a request, or a SKU
// that usage has; else it is money or credits that came in.
func (v *validator) kindOf(e ledger.Entry, debited bool) entryKind {
	sku := venice.ParseSKU(e.SKU)
	purchase := sku.Meter == "purchase"
	refund := e.InferenceDetails != nil || debited || sku.Meter != "other"
	switch {
	case !purchase && e.Amount.IsZero() && e.Units.IsZero():
		return skippedEntry
	case !purchase && (!e.Amount.IsPositive() || refund):
		return usageEntry
	case e.Currency != venice.USD || v.want.Basis == "consumption":
		return skippedEntry
	}
	return topUpEntry
}

// listCost is units times price, with the sign of a charge.
func (b booking) listCost() decimal.Decimal {
	product := b.Units.Abs().Mul(b.PricePerUnitUSD)
	if b.Amount.IsPositive() {
		return product.Neg()
	}
	return product
}

// usdCost is what the entry cost in US dollars. An amount in VCU that is near to
// neither ten times units times price nor that product itself has no known one.
func (b booking) usdCost() (decimal.Decimal, bool) {
	cost, product := b.Amount.Neg(), b.listCost()
	switch {
	case b.Currency != venice.VCU, within(cost, product, 1):
		return cost, true
	case within(cost, product.Mul(ten), 1):
		return cost.Shift(-1), true
	}
	return decimal.Decimal{}, false
}
