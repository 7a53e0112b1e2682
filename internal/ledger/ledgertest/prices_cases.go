package ledgertest

import (
	"testing"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// testPrices has a price that comes back, two at once, one of nothing, and a
// refund at a price of its own.
func testPrices(t *testing.T, s ledger.Store) {
	priced := func(when, sku, price, amount string, currency venice.Currency) venice.UsageEntry {
		e := debit(when, sku, amount, currency, "")
		e.PricePerUnitUSD = dec(price)
		return e
	}
	entries := []venice.UsageEntry{
		priced("2026-06-26T01:00:00Z", outputSKU, "2.8", "-1", venice.DIEM),
		priced("2026-06-26T02:00:00Z", outputSKU, "2.80", "-1", venice.USD), // the same number
		priced("2026-06-26T03:00:00Z", outputSKU, "2.5", "-1", venice.USD),
		priced("2026-06-26T04:00:00Z", outputSKU, "2.8", "0", venice.USD),
		priced("2026-06-26T05:00:00Z", outputSKU, "0.26666667", "1", venice.USD), // a refund
		priced("2026-06-26T05:00:00Z", inputSKU, "0", "0", venice.DIEM),
		priced("2026-06-26T05:00:00.001Z", inputSKU, "0.0000001", "-0.1", venice.DIEM),
	}
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon, Entries: entries})
	put(t, s, "yours", ledger.Reading{Window: daytime, ReadAt: noon, Entries: entries[:1]})
	use := func(sku, price, first, last string, n int64) ledger.PriceUse {
		return ledger.PriceUse{SKU: sku, Price: dec(price), First: at(first), Last: at(last), Entries: n}
	}
	for name, test := range map[string]struct {
		selection ledger.Selection
		want      []ledger.PriceUse
	}{
		"all": {ledger.Selection{}, []ledger.PriceUse{
			use(inputSKU, "0", "2026-06-26T05:00:00Z", "2026-06-26T05:00:00Z", 1),
			use(inputSKU, "0.0000001", "2026-06-26T05:00:00.001Z", "2026-06-26T05:00:00.001Z", 1),
			use(outputSKU, "2.5", "2026-06-26T03:00:00Z", "2026-06-26T03:00:00Z", 1),
			use(outputSKU, "2.8", "2026-06-26T01:00:00Z", "2026-06-26T04:00:00Z", 4),
		}},
		"a window of an account": {ledger.Selection{Accounts: []string{"mine"}, SKUs: []string{outputSKU}, Window: during("2026-06-26T02:00:00Z", "2026-06-26T04:00:00Z")}, []ledger.PriceUse{
			use(outputSKU, "2.5", "2026-06-26T03:00:00Z", "2026-06-26T03:00:00Z", 1),
			use(outputSKU, "2.8", "2026-06-26T02:00:00Z", "2026-06-26T02:00:00Z", 1),
		}},
		"nothing": {ledger.Selection{Accounts: []string{"nobody"}}, nil},
	} {
		samePrices(t, name, test.want, must(s.Prices(t.Context(), test.selection))(t))
	}
}
