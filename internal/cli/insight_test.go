package cli

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// insightBooks are ten weeks of work in two currencies, of which the price of one
// SKU changed in June, a price was on offer for a day, and one has two tiers.
func insightBooks(t *testing.T) *ledgertest.Memory {
	t.Helper()
	reading := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: noon}, ReadAt: noon}
	begin := noon.AddDate(0, 0, -70)
	use := func(at time.Time, sku, price, units string, currency venice.Currency) {
		reading.Entries = append(reading.Entries, venice.UsageEntry{Timestamp: at, SKU: sku, PricePerUnitUSD: dec(price), Units: dec(units),
			Amount: dec(price).Mul(dec(units)).Neg(), Currency: currency})
	}
	for at := begin; at.Before(noon); at = at.Add(20 * time.Minute) {
		currency, price, day := venice.DIEM, "2.8", at.Day()
		if at.Hour() >= 18 {
			currency = venice.USD
		}
		if at.Month() == time.June && day >= 8 {
			price = "2.5"
		}
		use(at, "zai-org-glm-5-1-llm-output-mtoken", price, []string{"0.4", "0.5", "0.7"}[at.Minute()/20], currency)
		switch {
		case at.Minute() > 0:
		case at.Month() == time.May && day == 20:
			use(at, "flux-2-pro-image-unit", "0.02", "3", currency)
		case day%5 == 0 && at.Month() < time.June:
			use(at, "flux-2-pro-image-unit", "0.03", "3", currency)
		case at.Hour() == 9:
			use(at, "tts-kokoro", []string{"3.5", "2.8"}[day%2], "0.1", "STARDUST")
		}
	}
	store := new(ledgertest.Memory)
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
		t.Fatal(err)
	}
	balance := ledger.BalanceAt{At: noon, Balance: venice.Balance{Balances: venice.Balances{DIEM: decimal.NewNullDecimal(dec("20"))}}}
	if err := store.SaveBalance(t.Context(), "home", balance); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestInsightTables(t *testing.T) {
	t.Parallel()
	store, fresh := insightBooks(t), keptInMemory(t)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	foresee := func(books ledger.Books, s report.Scope) *report.Forecast {
		f, err := report.Foresee(t.Context(), books, s)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	compare := func(a, b string, by ledger.Dimension) *report.Comparison {
		q := report.ComparisonQuestion{By: by, Scope: report.Scope{Now: noon}}
		var errs [3]error
		q.A, errs[0] = report.Period(a, noon, time.UTC)
		q.B, errs[1] = report.Period(b, noon, time.UTC)
		c, err := report.Compare(t.Context(), store, q)
		if errs[2] = err; slices.ContainsFunc(errs[:], func(err error) bool { return err != nil }) {
			t.Fatal(errs)
		}
		return c
	}
	prices, err := report.AskPrices(t.Context(), store, report.Question{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	many := insightBooks(t) // home, and twelve accounts that are a day behind
	for n := range 12 {
		w := ledger.Window{Start: ledger.Beginning, End: noon.AddDate(0, 0, -1)}
		if _, err := many.Replace(t.Context(), fmt.Sprintf("team-%02d", n+1), []ledger.Reading{{Window: w, ReadAt: w.End}}); err != nil {
			t.Fatal(err)
		}
	}
	for name, got := range map[string]string{
		"forecast-many":       forecastTable(plainTTY, foresee(many, report.Scope{Now: noon})),
		"forecast-pipe":       forecastTable(pipe, foresee(store, report.Scope{Now: noon})),
		"forecast-terminal":   forecastTable(terminal, foresee(store, report.Scope{Now: noon.Add(3 * time.Minute), Zone: berlin})),
		"forecast-currency":   forecastTable(narrow, foresee(store, report.Scope{Now: noon, Currencies: []venice.Currency{venice.USD}})),
		"forecast-stale":      forecastTable(plainTTY, foresee(store, report.Scope{Now: noon.AddDate(0, 0, 1)})),
		"forecast-incomplete": forecastTable(plainTTY, foresee(fresh, report.Scope{Now: noon})),
		"forecast-nothing":    forecastTable(plainTTY, foresee(new(ledgertest.Memory), report.Scope{Now: noon, Accounts: []string{"new"}})),
		"compare-pipe":        comparisonTable(pipe, compare("2026-05", "2026-06", ledger.BySKU), noon),
		"compare-terminal":    comparisonTable(terminal, compare("14d/7d", "7d/", ledger.ByModel), noon),
		"compare-currency":    comparisonTable(plainTTY, compare("2026-06-13", "2026-06-14", ledger.ByCurrency), noon),
		"prices-pipe":         pricesTable(pipe, prices, noon),
		"prices-terminal":     pricesTable(terminal, prices, noon),
	} {
		golden(t, name, got)
	}
}
