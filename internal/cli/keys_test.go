package cli

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

// some is a number that Venice named; "" is none.
func some(text string) decimal.NullDecimal {
	if text == "" {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(dec(text))
}

func goldenKeys() []venice.APIKey {
	return []venice.APIKey{
		{ID: "1", Type: venice.InferenceKey, Description: "\x1b[2Jprod", Last6Chars: "2V2jNW", LastUsedAt: noon.Add(-time.Minute), LimitPeriod: venice.LimitMonth,
			ConsumptionLimits: venice.KeyAmounts{USD: some("12500")}, CurrentPeriodUsage: venice.KeyAmounts{USD: some("12499.99"), DIEM: some("3")},
			TrailingSevenDays: venice.KeyAmounts{USD: some("1234.5678"), DIEM: some("3")}},
		{ID: "2", Type: venice.AdminKey, Description: "=cmd()", Last6Chars: "abc123", ExpiresAt: noon.Add(time.Hour), LimitPeriod: "FORTNIGHT",
			ConsumptionLimits: venice.KeyAmounts{DIEM: some("2")}, CurrentPeriodUsage: venice.KeyAmounts{DIEM: some("2.0000001")}},
		{ID: "3", Type: "AUDIT", Last6Chars: "zzzzzz", LastUsedAt: noon.AddDate(0, -3, 0), ExpiresAt: noon.AddDate(1, 0, 0), LimitPeriod: venice.LimitEpoch},
		{ID: "4", Type: venice.InferenceKey, LimitPeriod: venice.LimitLifetime, ConsumptionLimits: venice.KeyAmounts{USD: some("5"), DIEM: some("5")}},
	}
}

func TestKeyTables(t *testing.T) {
	t.Parallel()
	rings := []keyRing{{"home", noon, goldenKeys()}, {"work", noon, goldenKeys()[1:2]}}
	golden(t, "keys-pipe", keysTable(pipe, rings[:1]))
	golden(t, "keys-terminal", keysTable(terminal, rings))
	golden(t, "keys-nothing", keysTable(pipe, []keyRing{{"home", noon, nil}}))
}

// A description is anybody's text, and a spreadsheet must not run it.
func TestKeysCSVIsSafe(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	if err := writeKeysCSV(&text, []keyRing{{"home", noon, goldenKeys()}}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if got := rows[2][3]; got != "'=cmd()" {
		t.Errorf("the description is %q", got)
	}
	if got := strings.Join(rows[1][8:], ","); got != "MONTH,12500,,12499.99,3,1234.5678,3,near,99.9" {
		t.Errorf("the figures are %s", got)
	}
}

func TestLimitsOfAKey(t *testing.T) {
	t.Parallel()
	limits := &venice.RateLimits{AccessPermitted: true, Balances: map[venice.Currency]decimal.Decimal{
		venice.USD: dec("12.5"), venice.DIEM: dec("0.0000001"), "STARDUST": dec("3"),
	}}
	golden(t, "balance-key", limitsTable(pipe, limits, noon))
	golden(t, "balance-key-refused", limitsTable(terminal, &venice.RateLimits{NextEpochBegins: noon}, noon))
	if j := newLimitsJSON(limits, noon); j.OtherBalances["STARDUST"] != "3" || *j.Balances.USD != "12.5" || j.Balances.EarnedCredits != nil ||
		j.DIEMEpochEnds != "2026-06-16T00:00:00.000Z" {
		t.Errorf("JSON is %+v", j)
	}
}
