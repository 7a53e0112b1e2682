package focustest

import (
	"maps"
	"path"
	"slices"

	"github.com/shopspring/decimal"
)

// A sum is unknown when one of its numbers is.
type sum struct {
	value   decimal.Decimal
	unknown bool
}

// sums are by month, and by what else they are kept apart.
type sums map[[2]string]sum

func (s sums) add(month, part string, value decimal.Decimal, known bool) {
	key := [2]string{month, part}
	s[key] = sum{value: s[key].value.Add(value), unknown: s[key].unknown || !known}
}

// compare reports each sum of the rows that is not what it should be.
func (v *validator) compare(check Check, column string, got, want sums) {
	all := maps.Clone(got)
	maps.Copy(all, want)
	for key := range all {
		g, w := got[key], want[key]
		if !g.unknown && !w.unknown && !g.value.Equal(w.value) {
			v.findings = append(v.findings, Finding{
				Check: check, File: path.Join(dataFolder, "BILLING_PERIOD="+key[0]), Column: column,
				Text: "the sum " + key[1] + " is " + g.value.String() + "; want " + w.value.String(),
			})
		}
	}
}

// checkTotals holds the sums of each month to the ledger.
func (v *validator) checkTotals() {
	if v.unread || !v.dated() {
		return
	}
	cash := sums{}
	if v.want.Source != nil {
		amounts, effective, list := sums{}, sums{}, sums{}
		split := v.hasColumn("x_LedgerCurrency")
		for _, b := range v.bookings() {
			month, currency := b.Timestamp.UTC().Format("2006-01"), ""
			if split {
				currency = string(b.Currency)
			}
			switch b.kind {
			case usageEntry:
				cost, ok := b.usdCost()
				if b.Currency != "USD" && v.want.AllowanceCost == "zero" {
					cost, ok = decimal.Zero, true
				}
				effective.add(month, "", cost, ok)
				list.add(month, currency, b.listCost(), true)
			case topUpEntry:
				cash.add(month, "", b.Amount, true)
			}
			if b.kind != skippedEntry {
				amounts.add(month, currency, b.Amount, true)
			}
		}
		if split {
			v.compare(LedgerTotals, "x_LedgerAmount", v.sum("x_LedgerAmount", "x_LedgerCurrency", (*row).booked), amounts)
		}
		v.compare(LedgerTotals, "EffectiveCost", v.sum("EffectiveCost", "", (*row).usage), effective)
		v.compare(LedgerTotals, "ListCost", v.sum("ListCost", "x_LedgerCurrency", (*row).usage), list)
	} else if v.hasColumn("x_LedgerAmount") {
		cash = v.sum("x_LedgerAmount", "", func(r *row) bool { return r.purchase() && r.is("x_LedgerCurrency", "USD") })
	}
	if v.want.Basis == "prepaid" && !v.want.vantage() {
		v.compare(CashTotals, "BilledCost", v.sum("BilledCost", "", func(r *row) bool { return r.usage() || r.purchase() }), cash)
	}
}

// dated says whether every row has a month, a category and a currency, without
// which no sum is known.
func (v *validator) dated() bool {
	for r := range v.folder.rows() {
		_, ok := r.month()
		if !ok || !r.given("ChargeCategory") || v.hasColumn("x_LedgerCurrency") && !r.given("x_LedgerCurrency") {
			return false
		}
	}
	return true
}

// hasColumn says whether the export should have a column.
func (v *validator) hasColumn(name string) bool {
	return slices.Contains(v.folder.columns.header, name)
}

// sum adds up a column of the rows that count, by month and another column.
func (v *validator) sum(column, by string, counts func(*row) bool) sums {
	s := sums{}
	for r := range v.folder.rows() {
		if !counts(r) {
			continue
		}
		start, _ := r.month()
		part, _ := r.text(by)
		value, ok := r.number(column)
		s.add(start.Format("2006-01"), part, value, ok)
	}
	return s
}

// booked rows are those that ledger entries make.
func (r *row) booked() bool { return r.usage() || r.purchase() }
