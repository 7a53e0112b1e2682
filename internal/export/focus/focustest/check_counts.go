package focustest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// checkCounts: every entry is in a row, skipped or rejected, and in one only.
func (v *validator) checkCounts() {
	entries, rejected, known := 0, 0, true
	for _, p := range v.folder.partitions {
		if p.manifest == nil {
			known = false
			continue
		}
		entries += p.manifest.Entries
		rejected += total(p.manifest.Rejected)
		v.checkManifestCounts(p)
	}
	if known && rejected != len(v.folder.rejects) {
		v.file(RowCounts, rejectsFile, "%d rows; the manifests count %d", len(v.folder.rejects), rejected)
	}
	v.checkAccounts()
	if v.want.Source == nil {
		return
	}
	for _, r := range v.folder.rejects {
		if !slices.ContainsFunc(v.want.Source, r.isOf) {
			v.file(RowCounts, rejectsFile, "the reject of %s %s at %s is of no entry in the ledger", r.Amount, r.Currency, r.Timestamp)
		}
	}
	if known && entries != len(v.want.Source) {
		v.file(RowCounts, dataFolder, "the manifests count %d entries; the ledger has %d", entries, len(v.want.Source))
	}
	if !v.unread {
		v.checkMultiplicity()
	}
}

func (v *validator) checkManifestCounts(p *partition) {
	if v.want.vantage() && v.want.Grain == "day" {
		return // it has no column that says how many entries a row has
	}
	var out int64
	for r := range p.rows() {
		n, ok := r.entries()
		if !ok {
			return
		}
		out += n
	}
	m := p.manifest
	accounted := int(out) + total(m.Skipped) + total(m.Rejected)
	if !slices.ContainsFunc(p.parts, func(part *part) bool { return part.unread }) && m.Entries != accounted {
		v.file(RowCounts, path.Join(p.dir, manifestName), "%d entries; %d are in rows, %d skipped, %d rejected",
			m.Entries, out, total(m.Skipped), total(m.Rejected))
	}
}

func (v *validator) checkAccounts() {
	ids := slices.Collect(maps.Values(v.want.BillingAccounts))
	for r := range v.folder.rows() {
		if id, ok := r.text("BillingAccountId"); ok && ids != nil && !slices.Contains(ids, id) {
			v.refuse(RowCounts, r, "BillingAccountId", "%q is no account of the export", id)
		}
	}
}

// A rowKey is by what a row is found in the ledger, without its amount.
type rowKey struct{ account, at, sku, currency, request, price, direction string }

// checkMultiplicity holds the rows to the entries that have the same key: not
// more of them, and equal ones only where the ledger has equal ones.
func (v *validator) checkMultiplicity() {
	ledger, equals := map[rowKey]int64{}, map[string]int64{}
	for _, b := range v.bookings() {
		if b.kind != skippedEntry {
			key := v.entryKey(b)
			ledger[key]++
			equals[fmt.Sprint(key, b.Amount)]++
		}
	}
	rows, twins := map[rowKey]int64{}, map[string]int64{}
	for r := range v.folder.rows() {
		key, ok := v.rowKey(r)
		entries, counted := r.entries()
		amount, known := r.number("x_LedgerAmount")
		if !ok || !counted || !known {
			continue
		}
		twin := fmt.Sprint(key, amount)
		rows[key] += entries
		twins[twin]++
		switch {
		case rows[key] > ledger[key]:
			v.row(RowCounts, r, "", "makes %d entries of %+v; the ledger has %d", rows[key], key, ledger[key])
		case v.want.Grain == "entry" && twins[twin] > 1 && twins[twin] > equals[twin]:
			v.row(RowCounts, r, "", "is there %d times; the ledger has %d such entries", twins[twin], equals[twin])
		}
	}
}

func (v *validator) entryKey(b booking) rowKey {
	key := rowKey{currency: string(b.Currency), direction: direction(b.Amount)}
	if v.want.BillingAccounts != nil {
		key.account = v.want.BillingAccounts[b.Account]
	}
	if b.kind == usageEntry { // others have SKUs and prices that FOCUS does not know
		key.sku = b.SKU
		key.price = b.PricePerUnitUSD.String()
	}
	if v.want.Grain == "day" {
		key.at = b.Timestamp.UTC().Format(time.DateOnly)
		return key
	}
	key.at = b.Timestamp.UTC().Format(time.RFC3339Nano)
	key.request = requestID(b.Entry)
	return key
}

// rowKey gives the same of a row, if it has all of it.
func (v *validator) rowKey(r *row) (rowKey, bool) {
	var key rowKey
	amount, ok := r.number("x_LedgerAmount")
	key.direction = direction(amount)
	text := func(column string) string {
		value, given := r.text(column)
		ok = ok && (given || r.null(column))
		return value
	}
	key.currency = text("x_LedgerCurrency")
	if v.want.BillingAccounts != nil {
		key.account = text("BillingAccountId")
	}
	if r.usage() {
		key.sku = text("SkuId")
		price, priced := r.number("ListUnitPrice")
		key.price = price.String()
		ok = ok && priced
	}
	column, layout := "x_LedgerTimestamp", time.RFC3339Nano
	if v.want.Grain == "day" {
		column, layout = "ChargePeriodStart", time.DateOnly
	} else {
		key.request = text("x_RequestId")
	}
	at, timed := r.time(column)
	key.at = at.UTC().Format(layout)
	return key, ok && timed && r.given("ChargeCategory")
}

func direction(amount decimal.Decimal) string {
	if amount.IsPositive() {
		return "in"
	}
	return "out"
}
