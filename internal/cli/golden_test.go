package cli

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/venice"
)

var update = flag.Bool("update", false, "write the golden files")

// The streams that tables are made for.
var (
	pipe     = stream{}
	terminal = stream{tty: true, color: true, width: 130}
	plainTTY = stream{tty: true, width: 130} // NO_COLOR
	narrow   = stream{tty: true, width: 80}
)

// Each table was read by a person when its golden file was written.
func TestTables(t *testing.T) {
	t.Parallel()
	staking := &venice.Balance{
		CanConsume:          true,
		ConsumptionCurrency: venice.DIEM,
		DIEMEpochAllocation: dec("100"),
		Balances: venice.Balances{
			DIEM:           decimal.NewNullDecimal(dec("27.0000004")),
			USD:            decimal.NewNullDecimal(dec("12345.5")),
			BundledCredits: decimal.NewNullDecimal(dec("0.0000001")),
		},
	}
	overdrawn := &venice.Balance{
		DIEMEpochAllocation: dec("2.5"),
		Balances:            venice.Balances{DIEM: decimal.NewNullDecimal(dec("-0.0125"))},
	}
	for name, got := range map[string]string{
		"balance-pipe":       balanceTable(pipe, staking, export.NewEpoch(staking, noon)),
		"balance-terminal":   balanceTable(terminal, staking, export.NewEpoch(staking, noon)),
		"balance-overdrawn":  balanceTable(pipe, overdrawn, export.NewEpoch(overdrawn, noon.Add(11*time.Hour+30*time.Minute))),
		"balance-nothing":    balanceTable(pipe, &venice.Balance{}, export.NewEpoch(&venice.Balance{}, noon)),
		"page-pipe":          pageTable(pipe, goldenPage()),
		"page-terminal":      pageTable(terminal, goldenPage()),
		"page-narrow":        pageTable(narrow, goldenPage()),
		"page-empty":         pageTable(pipe, &venice.UsagePage{Page: 3, Limit: 50, Totals: &venice.UsageTotals{Entries: 90, Pages: 2}}),
		"analytics-pipe":     analyticsTables(pipe, goldenAnalytics()),
		"analytics-terminal": analyticsTables(terminal, goldenAnalytics()),
		"analytics-no-color": analyticsTables(plainTTY, goldenAnalytics()),
		"analytics-nothing":  analyticsTables(terminal, &venice.UsageAnalytics{Lookback: "7d"}),
	} {
		golden(t, name, got)
	}
}

// golden compares a text with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func goldenPage() *venice.UsagePage {
	entry := func(at time.Duration, sku, units, price, amount string, currency venice.Currency) venice.UsageEntry {
		return venice.UsageEntry{Timestamp: noon.Add(at), SKU: sku, Units: dec(units),
			PricePerUnitUSD: dec(price), Amount: dec(amount), Currency: currency}
	}
	return &venice.UsagePage{
		Page: 2, Limit: 6, HasMore: true, Totals: &venice.UsageTotals{Entries: 12345, Pages: 2058},
		Data: []venice.UsageEntry{
			entry(0, "kimi-k2-7-code-llm-cache-input-mtoken", "0.084096", "0.2", "-0.0168192", venice.DIEM),
			entry(-504*time.Millisecond, "openai-gpt-56-luna-llm-output-mtoken", "0.000001", "0.26666667", "-0.00000026666667", venice.USD),
			entry(-time.Hour, "credit-purchase", "1000", "1", "1000", venice.USD),
			entry(-25*time.Hour, "wan-2.5-preview-text-to-video-duration-resolution-rate-10s-720p-audio", "1", "1.2", "-1.2", venice.BundledCredits),
			entry(-26*time.Hour, "stealth-ox-alpha-llm-input-mtoken", "12.345678", "0", "0", venice.DIEM),
			entry(-27*time.Hour, "evil\x1b[2Jsku", "1", "1", "-1234.5", "STAR\u202eDUST"),
		},
	}
}

func goldenAnalytics() *venice.UsageAnalytics {
	day := func(n int, usd, diem string) venice.DateSpend {
		return venice.DateSpend{Date: time.Date(2026, 6, n, 0, 0, 0, 0, time.UTC), USD: dec(usd), DIEM: dec(diem)}
	}
	return &venice.UsageAnalytics{
		Lookback: "4d",
		ByDate:   []venice.DateSpend{day(12, "1200.5", "0"), day(13, "0", "300.25"), day(14, "600", "600"), day(15, "0.0000001", "0")},
		ByModel: []venice.ModelSpend{
			{ModelName: "GLM 5.1", UnitType: "tokens", ModelType: "LLM", TotalUSD: dec("1800"), TotalDIEM: dec("900.25"), TotalUnits: dec("1234567890"),
				Breakdown: []venice.TokenSpend{
					{Type: "Input", USD: dec("1000.5"), DIEM: dec("900.25"), Units: dec("1200000000")},
					{Type: "Cache Read", USD: dec("799.5"), DIEM: dec("0"), Units: dec("34567890")},
				}},
			{ModelName: "Web \x1b[2JSearch", UnitType: "requests", TotalUSD: dec("0.5000001"), TotalDIEM: dec("0"), TotalUnits: dec("50")},
		},
		ByKey: []venice.KeySpend{
			{APIKeyID: "6f1c6f0e-5c1b-4f0e-9a53-0b8e1f0c2d3e", Description: "production", TotalUSD: dec("1800.5"), TotalDIEM: dec("900")},
			{Description: "Web App", TotalUSD: dec("0.0000001"), TotalDIEM: dec("0.25")},
		},
	}
}
