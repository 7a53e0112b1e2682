package focus_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/venice"
)

// mixed are entries of all kinds in any combination, however little sense it makes.
func mixed(r *rand.Rand, n int) []venice.UsageEntry {
	skus := []string{outputSKU, imageSKU, "credit-purchase", "aurora", "search-augmentation", "=1", "", "ünknown"}
	currencies := []venice.Currency{venice.USD, venice.DIEM, venice.BundledCredits, venice.EarnedCredits, venice.VCU, "STARDUST"}
	var entries []venice.UsageEntry
	for range n {
		e := venice.UsageEntry{
			Timestamp:       at("2026-09-20T00:00:00Z").Add(time.Duration(r.IntN(24*40)) * time.Hour),
			SKU:             skus[r.IntN(len(skus))],
			Currency:        currencies[r.IntN(len(currencies))],
			PricePerUnitUSD: decimal.New(r.Int64N(5)-1, -int32(r.IntN(20))),
			Units:           decimal.New(r.Int64N(200)-50, -int32(r.IntN(8))),
			Amount:          decimal.New(r.Int64N(200)-150, -int32(r.IntN(26))),
		}
		if r.IntN(3) == 0 {
			e.Amount = e.Units.Mul(e.PricePerUnitUSD).Neg()
		}
		if r.IntN(2) == 0 {
			e = of(e, fmt.Sprint("r", r.IntN(n)))
		}
		entries = append(entries, e)
	}
	return entries
}

// TestEveryEntryIsAccountedFor counts entries in and out, and compares the grains
// on books that hold anything.
func TestEveryEntryIsAccountedFor(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		store := home(t, mixed(rand.New(rand.NewPCG(seed, 1)), 300)...)
		for _, basis := range []string{focus.BasisPrepaid, focus.BasisConsumption} {
			sums := map[string]map[string]string{}
			for _, grain := range []string{focus.GrainEntry, focus.GrainDay} {
				rows, result := streamed(t, store, focus.Options{Basis: basis, Grain: grain})
				s, within := tally{}, decimal.Decimal{}
				for _, row := range rows {
					count := decimal.NewFromInt(1)
					if grain == focus.GrainDay {
						count = row.number(t, "x_LedgerRowCount")
					}
					within = within.Add(count)
					key := row["ChargePeriodStart"] + row["SkuId"] + row["x_LedgerCurrency"] + row["ChargeClass"]
					for _, column := range []string{"BilledCost", "EffectiveCost", "ListCost", "PricingQuantity", "x_LedgerAmount"} {
						s.add(key+column, row.number(t, column))
					}
					if sign := row.number(t, "PricingQuantity").Sign() * row.number(t, "x_LedgerAmount").Sign(); sign > 0 && row["ChargeCategory"] == "Usage" {
						t.Fatalf("quantity and amount have the same sign: %v", row)
					}
				}
				sums[grain] = s.texts()
				totals := result.Totals()
				out := within.IntPart()
				for _, counts := range []map[string]int64{totals.Skipped, totals.Rejected} {
					for _, n := range counts {
						out += n
					}
				}
				if totals.Entries != 300 || out != 300 || totals.Rows != int64(len(rows)) {
					t.Errorf("seed %d, %s, by %s: %d of 300 entries are accounted for; %d rows and %+v", seed, basis, grain, out, len(rows), totals)
				}
			}
			if diff := cmp.Diff(sums[focus.GrainEntry], sums[focus.GrainDay]); diff != "" {
				t.Errorf("seed %d, %s: sums (-entries +days):\n%s", seed, basis, diff)
			}
		}
	}
}
