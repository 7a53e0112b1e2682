package focustest

import (
	"slices"
	"strings"
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
	debited := map[string]bool{}
	for _, e := range v.want.Source {
		debited[e.SKU] = debited[e.SKU] || e.Amount.IsNegative()
	}
	var kept []booking
	for _, e := range v.accepted() {
		kept = append(kept, booking{Entry: e, kind: v.kindOf(e, debited[e.SKU])})
	}
	return kept
}

// accepted are the entries that rejects.csv does not name. A SKU may be spelled
// there in a safer way; then the time, the amount and the currency tell.
func (v *validator) accepted() []ledger.Entry {
	entries := slices.Clone(v.want.Source)
	var respelled []reject
	for _, r := range v.folder.rejects {
		at := slices.IndexFunc(entries, func(e ledger.Entry) bool { return r.isOf(e) && r.SKU == e.SKU })
		if at < 0 {
			respelled = append(respelled, r)
			continue
		}
		entries = slices.Delete(entries, at, at+1)
	}
	for _, r := range respelled {
		if at := slices.IndexFunc(entries, r.isOf); at >= 0 {
			entries = slices.Delete(entries, at, at+1)
		}
	}
	return entries
}

// isOf says whether a reject can be of an entry, its SKU left out. A currency may
// have an apostrophe before it, for spreadsheets.
func (r reject) isOf(e ledger.Entry) bool {
	at, err := time.Parse(time.RFC3339Nano, r.Timestamp)
	if err != nil || !at.Equal(e.Timestamp) || strings.TrimPrefix(r.Currency, "'") != string(e.Currency) {
		return false
	}
	amount, err := decimal.NewFromString(r.Amount)
	return err == nil && amount.Equal(e.Amount)
}

// kindOf: a positive amount gives back usage where it has a request, or a SKU
// that has been debited; else it is money or credits that came in.
func (v *validator) kindOf(e ledger.Entry, debited bool) entryKind {
	purchase := venice.ParseSKU(e.SKU).Meter == "purchase"
	refund := e.InferenceDetails != nil || debited
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
