package clickhouse_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

// TestSumsBeyondTheColumns adds up more than a column of the journal can hold.
func TestSumsBeyondTheColumns(t *testing.T) {
	t.Parallel()
	s, reference := open(t, chdbtest.Database(t)), &ledgertest.Memory{}
	most := decimal.RequireFromString("99999999999999.999999999999999999999999")
	r := ledger.Reading{Window: ledgertest.Day, ReadAt: ledgertest.Day.End}
	for i := range 40 {
		e := venice.UsageEntry{Timestamp: ledgertest.Day.Start.Add(time.Duration(i) * time.Minute), SKU: "sku", Currency: venice.USD, Amount: most, Units: most, PricePerUnitUSD: most}
		if i%2 == 0 {
			e.Amount = most.Neg()
		}
		r.Entries = append(r.Entries, e)
	}
	half := r
	half.Entries = half.Entries[:20]
	for _, r := range []ledger.Reading{r, half} {
		for _, store := range []ledger.Store{s, reference} {
			if err := ledgertest.Put(t.Context(), store, r); err != nil {
				t.Fatal(err)
			}
		}
		if diff := differ(everything(t, reference, "default"), everything(t, s, "default")); diff != "" {
			t.Errorf("%d entries: %s", len(r.Entries), diff)
		}
	}
}

// TestStrangeTexts has texts in every place that mean something to SQL, or nothing
// to anybody.
func TestStrangeTexts(t *testing.T) {
	t.Parallel()
	s, reference := open(t, chdbtest.Database(t)), &ledgertest.Memory{}
	texts := []string{"", "'", `"`, "`", `\`, `\'`, `\\`, "?", "??", "$1", "@name", "{a:String}", "{{", "}", "%s", "--", "/*", ";", "\n", "\r\n", "\t", "\x00", "a\x00b",
		"\xff\xfe", "é", "e\u0301", "日本", "\U0001F600", "NULL", " ", "a ", "a", "A", strings.Repeat("x", 70_000)}
	var balances []ledger.BalanceAt
	keyDay, keys := ledger.KeyDay{Day: ledgertest.Day.Start, ReadAt: ledgertest.Day.Start}, ledger.KeysAt{At: ledgertest.Day.Start}
	for i, text := range texts {
		at := ledgertest.Day.Start.Add(time.Duration(i) * time.Minute)
		e := venice.UsageEntry{Timestamp: at, SKU: text, Currency: venice.Currency(text), Notes: text, Amount: decimal.New(-1, 0),
			InferenceDetails: &venice.InferenceDetails{RequestID: text}}
		plain := e
		plain.InferenceDetails = nil
		r := ledger.Reading{Window: ledgertest.Day, ReadAt: at, Entries: []venice.UsageEntry{e, plain}}
		for range 2 {
			for _, store := range []ledger.Store{s, reference} {
				if _, err := store.Replace(t.Context(), text, []ledger.Reading{r}); err != nil {
					t.Fatalf("%q: %v", text, err)
				}
			}
			if r.Entries = r.Entries[:1]; i > 0 { // of the first, an entry is removed
				break
			}
		}
		balances = append(balances, ledger.BalanceAt{At: at, Balance: venice.Balance{ConsumptionCurrency: venice.Currency(text)}})
		keyDay.Keys = append(keyDay.Keys, venice.KeySpend{APIKeyID: text, Description: text})
		keys.Keys = append(keys.Keys, venice.APIKey{ID: text, Type: venice.KeyType(text), Description: text, Last6Chars: text,
			LimitPeriod: venice.LimitPeriod(text), ModelPrivacy: text})
	}
	const beside = "it's\\\x00?"
	for _, store := range []ledger.Store{s, reference} {
		if err := errors.Join(store.SaveBalance(t.Context(), beside, balances...), store.SaveKeyDay(t.Context(), beside, keyDay), store.SaveKeys(t.Context(), beside, keys)); err != nil {
			t.Fatal(err)
		}
	}
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string]ledger.Books{"store": s, "snapshot": snapshot} {
		if diff := differ(everything(t, reference, texts...), everything(t, b, texts...)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		if diff := differ(everything(t, reference, beside), everything(t, b, beside)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	for _, text := range texts[:6] {
		one := ledger.Selection{SKUs: []string{text}, Currencies: []venice.Currency{venice.Currency(text)}, Models: []string{venice.ParseSKU(text).Model}, Requests: []string{text}}
		if found := slices.Collect(accountsOf(t, s, one)); len(found) != 1 || found[0] != text {
			t.Errorf("%q is found in the accounts %q", text, found)
		}
	}
}

// accountsOf are the accounts of the selected entries.
func accountsOf(t *testing.T, b ledger.Books, s ledger.Selection) func(func(string) bool) {
	return func(yield func(string) bool) {
		for e, err := range b.Entries(t.Context(), s) {
			if err != nil {
				t.Fatal(err)
			}
			if !yield(e.Account) {
				return
			}
		}
	}
}

// TestManyAccountsInAQuestion names ten thousand accounts, of which two are there.
func TestManyAccountsInAQuestion(t *testing.T) {
	t.Parallel()
	s := open(t, chdbtest.Database(t))
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprintf("it's account %d?", i)
	}
	for _, account := range []string{names[7], names[9_999], "another"} {
		for _, n := range []int{5, 3} { // entries are removed
			if _, err := s.Replace(t.Context(), account, []ledger.Reading{ledgertest.Version(n)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	selection := ledger.Selection{Accounts: names}
	q := ledger.Query{Selection: selection, By: []ledger.Dimension{ledger.ByAccount}}
	for what, b := range map[string]ledger.Books{"store": s, "snapshot": snapshot} {
		sums, err := b.Sums(t.Context(), q)
		if err != nil || len(sums) != 2 || sums[0].Entries != 3 {
			t.Errorf("%s: sums are %v, %v", what, sums, err)
		}
		counts, err := b.Requests(t.Context(), q)
		if err != nil || len(counts) != 2 || counts[0].Requests != 3 {
			t.Errorf("%s: requests are %v, %v", what, counts, err)
		}
		prices, err := b.Prices(t.Context(), selection)
		if err != nil || len(prices) != 1 || prices[0].Entries != 6 {
			t.Errorf("%s: prices are %v, %v", what, prices, err)
		}
		if found := slices.Collect(accountsOf(t, b, selection)); len(found) != 6 {
			t.Errorf("%s: entries are of the accounts %q", what, found)
		}
		known, err := b.Coverage(t.Context(), names...)
		if err != nil || len(known) != 2 {
			t.Errorf("%s: coverage is %v, %v", what, known, err)
		}
	}
}
