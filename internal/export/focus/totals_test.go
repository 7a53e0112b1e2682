package focus_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export/focus"
)

// A tally adds decimals up by a key, and compares as text.
type tally map[string]decimal.Decimal

func (s tally) add(key string, d decimal.Decimal) { s[key] = s[key].Add(d) }

func (s tally) texts() map[string]string {
	texts := map[string]string{}
	for key, d := range s {
		texts[key] = d.String()
	}
	return texts
}

// TestTotalsAreThoseOfTheLedger compares exports with the simulator's own list,
// which is added up here with no more knowledge than the signs of its amounts.
func TestTotalsAreThoseOfTheLedger(t *testing.T) {
	t.Parallel()
	store, truth, err := generated(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	amounts, worth, topUps, paid := tally{}, tally{}, decimal.Decimal{}, tally{}
	for _, e := range truth {
		amount := dec(e.Amount)
		month := e.Timestamp.Format("2006-01-02")[:7] + " "
		amounts.add(month+e.Currency, amount)
		if e.SKU == "credit-purchase" {
			topUps = topUps.Add(amount)
			continue
		}
		value := amount.Neg()
		if e.Currency == "VCU" {
			value = value.Div(dec("10"))
		}
		worth.add(month+e.Currency, value)
		if e.Currency == "USD" {
			paid.add(month+"USD", value)
		}
	}
	for _, grain := range []string{focus.GrainEntry, focus.GrainDay} {
		for _, basis := range []string{focus.BasisPrepaid, focus.BasisConsumption} {
			rows, result := streamed(t, store, focus.Options{Grain: grain, Basis: basis})
			gotAmounts, gotWorth, gotList, gotPaid, billed := tally{}, tally{}, tally{}, tally{}, decimal.Decimal{}
			entries := int64(0)
			for _, row := range rows {
				key := row["BillingPeriodStart"][:7] + " " + row["x_LedgerCurrency"]
				gotAmounts.add(key, row.number(t, "x_LedgerAmount"))
				billed = billed.Add(row.number(t, "BilledCost"))
				if row["ChargeCategory"] == "Usage" {
					gotWorth.add(key, row.number(t, "x_UsdEquivalentCost"))
					gotList.add(key, row.number(t, "ListCost"))
					if row["x_LedgerCurrency"] == "USD" {
						gotPaid.add(key, row.number(t, "EffectiveCost"))
					} else if row["EffectiveCost"] != "0" {
						t.Errorf("an allowance costs something: %v", row)
					}
				}
				if grain == focus.GrainDay {
					entries += row.number(t, "x_LedgerRowCount").IntPart()
				} else {
					entries++
				}
			}
			what := grain + ", " + basis + ": "
			wantBilled := topUps
			if basis == focus.BasisConsumption {
				wantBilled = decimal.Decimal{}
				for _, d := range paid {
					wantBilled = wantBilled.Add(d)
				}
				for month := range gotAmounts { // top-ups are left out
					delete(gotAmounts, month[:7]+" USD")
				}
			} else if diff := cmp.Diff(amounts.texts(), gotAmounts.texts()); diff != "" {
				t.Errorf("%samounts (-want +got):\n%s", what, diff)
			}
			for name, pair := range map[string][2]tally{
				"worth": {worth, gotWorth}, "list costs": {worth, gotList}, "effective costs": {paid, gotPaid},
			} {
				if diff := cmp.Diff(pair[0].texts(), pair[1].texts()); diff != "" {
					t.Errorf("%s%s (-want +got):\n%s", what, name, diff)
				}
			}
			if !billed.Equal(wantBilled) {
				t.Errorf("%sbilled %s, want %s", what, billed, wantBilled)
			}
			totals, skipped := result.Totals(), int64(0)
			for _, n := range totals.Skipped {
				skipped += n
			}
			if totals.Entries != int64(len(truth)) || entries+skipped != totals.Entries || len(totals.Rejected) > 0 || totals.Rows != int64(len(rows)) {
				t.Errorf("%s%d entries in, %d of them in %d rows; counts are %+v", what, len(truth), entries, len(rows), totals)
			}
		}
	}
}

// TestDaysAddUp compares the two grains by day, account, SKU and currency.
func TestDaysAddUp(t *testing.T) {
	t.Parallel()
	store, _, err := generated(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{"BilledCost", "EffectiveCost", "ListCost", "PricingQuantity", "ConsumedQuantity",
		"PricingCurrencyEffectiveCost", "x_LedgerAmount", "x_UsdEquivalentCost"}
	sums := func(grain string) map[string]string {
		rows, _ := streamed(t, store, focus.Options{Grain: grain, AllowanceCost: focus.AllowanceFace})
		s := tally{}
		for _, row := range rows {
			key := strings.Join([]string{row["ChargePeriodStart"], row["BillingAccountId"], row["SkuId"], row["x_LedgerCurrency"]}, " ")
			for _, column := range columns {
				if row[column] != "" {
					s.add(key+" "+column, row.number(t, column))
				}
			}
		}
		return s.texts()
	}
	if diff := cmp.Diff(sums(focus.GrainEntry), sums(focus.GrainDay)); diff != "" {
		t.Errorf("sums by day (-entries +days):\n%s", diff)
	}
}

// TestRowsFollowTheRules checks on each row what FOCUS says of any.
func TestRowsFollowTheRules(t *testing.T) {
	t.Parallel()
	store, _, err := generated(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	k := map[string]decimal.Decimal{"USD": dec("1"), "DIEM": dec("1"), "BUNDLED_CREDITS": dec("1"), "EARNED_CREDITS": dec("1"), "VCU": dec("0.1")}
	for _, grain := range []string{focus.GrainEntry, focus.GrainDay} {
		rows, _ := streamed(t, store, focus.Options{Grain: grain})
		seen := map[string]bool{}
		for _, row := range rows {
			n := func(column string) decimal.Decimal { return row.number(t, column) }
			seen[row["PricingCurrency"]] = true
			if !n("ListCost").Equal(n("ListUnitPrice").Mul(n("PricingQuantity"))) {
				t.Fatalf("the list cost is no product: %v", row)
			}
			if !n("PricingCurrencyListUnitPrice").Mul(k[row["PricingCurrency"]]).Equal(n("ListUnitPrice")) {
				t.Fatalf("the prices in two currencies differ: %v", row)
			}
			if row["ChargeCategory"] == "Usage" && !n("PricingCurrencyEffectiveCost").Mul(k[row["PricingCurrency"]]).Equal(n("x_UsdEquivalentCost")) {
				t.Fatalf("what was spent is not worth its value: %v", row)
			}
			start, end := at(row["ChargePeriodStart"]), at(row["ChargePeriodEnd"])
			if end.Sub(start) != 24*time.Hour || !start.Equal(start.Truncate(24*time.Hour)) {
				t.Fatalf("the charge period is no UTC day: %v", row)
			}
			if grain == focus.GrainEntry {
				if when := at(row["x_LedgerTimestamp"]); when.Before(start) || !when.Before(end) {
					t.Fatalf("the entry is not of its day: %v", row)
				}
			}
			if row["PricingUnit"] == "1000000 Tokens" && !n("ConsumedQuantity").IsInteger() {
				t.Fatalf("a part of a token: %v", row)
			}
		}
		for currency := range k {
			if !seen[currency] {
				t.Errorf("no row in %s: the simulated ledger is too small", currency)
			}
		}
	}
}

// TestStreamIsTheFolder compares the two forms.
func TestStreamIsTheFolder(t *testing.T) {
	t.Parallel()
	store, _, err := generated(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	streamResult, err := focus.WriteCSV(t.Context(), store, &whole, options(focus.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	dir, result := exported(t, store, focus.Options{})
	if diff := cmp.Diff(result, streamResult); diff != "" {
		t.Errorf("results (-folder +stream):\n%s", diff)
	}
	content := files(t, dir)
	var joined strings.Builder
	for i, m := range result.Months {
		part := content["data/BILLING_PERIOD="+m.Start.Format("2006-01")+"/part-00001.csv"]
		if header, rest, _ := strings.Cut(part, "\n"); i > 0 {
			part = rest
		} else if header != workedHeader {
			t.Errorf("the header is %q", header)
		}
		joined.WriteString(part)
	}
	if joined.String() != whole.String() {
		t.Error("the parts of the folder are not the stream")
	}
}
