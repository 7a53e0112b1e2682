package focus_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

const noon = "2026-11-20T12:00:00Z"

func withTokens(e venice.UsageEntry, completion int64) venice.UsageEntry {
	return took(of(e, "req-1"), 1, completion, 1)
}

// TestCreditOfUnknownSKU tells refunds by debits of the SKU, which may lie outside
// of the selection.
func TestCreditOfUnknownSKU(t *testing.T) {
	t.Parallel()
	store := home(t, use("2026-01-01T00:00:00Z", "aurora", "1", "1", "-1", venice.DIEM), use(noon, "aurora", "1", "1", "1", venice.USD))
	rows, result := streamed(t, store, focus.Options{Selection: ledger.Selection{Window: ledger.Window{Start: at("2026-11-01T00:00:00Z")}}})
	if len(rows) != 1 || rows[0]["ChargeCategory"] != "Usage" || rows[0]["ListCost"] != "-1" || len(result.Totals().Reported) > 0 {
		t.Errorf("rows %v, counts %+v", rows, result.Totals())
	}
}

// TestWhatBecomesOfAnEntry exports one entry at a time. Rows are shown by some of
// their columns, which tests name.
func TestWhatBecomesOfAnEntry(t *testing.T) {
	t.Parallel()
	one := func(reason string) map[string]int64 { return map[string]int64{reason: 1} }
	for name, test := range map[string]struct {
		entry   venice.UsageEntry
		options focus.Options
		want    line // nil: no row
		counts  focus.Counts
	}{
		"the amount is what was billed, whatever the product": {
			entry:  use(noon, imageSKU, "0.275", "0.612379", "-0.16841", venice.USD),
			want:   line{"EffectiveCost": "0.16841", "PricingCurrencyEffectiveCost": "0.16841", "x_UsdEquivalentCost": "0.16841", "ListCost": "0.168404225"},
			counts: focus.Counts{Reported: one(focus.ReportedAmount)},
		},
		"a difference within the tolerance": {
			entry: use(noon, imageSKU, "1", "1", "-1.000000001", venice.USD),
			want:  line{"EffectiveCost": "1.000000001", "ListCost": "1"},
		},
		"VCU counted in VCU": {
			entry: use(noon, outputSKU, "4.8", "0.0005", "-0.024", venice.VCU),
			want: line{"PricingCurrencyEffectiveCost": "0.024", "x_UsdEquivalentCost": "0.0024", "ListCost": "0.0024",
				"PricingCurrencyListUnitPrice": "48", "ListUnitPrice": "4.8", "EffectiveCost": "0", "x_LedgerAmount": "-0.024"},
		},
		"VCU counted in US dollars": {
			entry: use(noon, outputSKU, "4.8", "0.0005", "-0.0024", venice.VCU),
			want:  line{"PricingCurrencyEffectiveCost": "0.024", "x_UsdEquivalentCost": "0.0024", "ListCost": "0.0024", "x_LedgerAmount": "-0.0024"},
		},
		"VCU not quite the product": {
			entry:  use(noon, outputSKU, "4.8", "0.0005", "-0.02401", venice.VCU),
			want:   line{"PricingCurrencyEffectiveCost": "0.02401", "x_UsdEquivalentCost": "0.002401", "ListCost": "0.0024"},
			counts: focus.Counts{Reported: one(focus.ReportedAmount)},
		},
		"VCU counted in who knows what": {
			entry:  use(noon, outputSKU, "4.8", "0.0005", "-0.012", venice.VCU),
			want:   line{"PricingCurrencyEffectiveCost": "0.012", "x_UsdEquivalentCost": "0.0012", "ListCost": "0.0024"},
			counts: focus.Counts{Reported: one(focus.ReportedVCU)},
		},
		"output tokens that differ from the request's": {
			entry:  withTokens(use(noon, outputSKU, "4.8", "0.0005", "-0.0024", venice.USD), 501),
			want:   line{"ConsumedQuantity": "500", "x_CompletionTokens": "501"},
			counts: focus.Counts{Reported: one(focus.ReportedTokens)},
		},
		"input tokens are not compared": {
			entry: withTokens(use(noon, "m-llm-input-mtoken", "4.8", "0.0005", "-0.0024", venice.USD), 501),
			want:  line{"ConsumedQuantity": "500", "SkuMeter": "Input Tokens"},
		},
		"a refund of a request, units negative": {
			entry: of(use(noon, outputSKU, "4.8", "-0.0005", "0.0024", venice.DIEM), "req-1"),
			want:  line{"ChargeCategory": "Usage", "PricingQuantity": "-0.0005", "ListCost": "-0.0024", "ListUnitPrice": "4.8", "ChargeClass": ""},
		},
		"a debit with negative units": {
			entry:  use(noon, imageSKU, "0.01", "-2", "-0.02", venice.USD),
			want:   line{"PricingQuantity": "2", "ListCost": "0.02"},
			counts: focus.Counts{Reported: one(focus.ReportedNegative)},
		},
		"a charge of nothing for something": {
			entry: use(noon, imageSKU, "0", "2", "0", venice.DIEM),
			want:  line{"ListCost": "0", "PricingQuantity": "2", "x_LedgerAmount": "0", "ChargeCategory": "Usage"},
		},
		"nothing for nothing": {
			entry:  use(noon, imageSKU, "0.01", "0", "0", venice.DIEM),
			counts: focus.Counts{Skipped: one(focus.SkippedZero)},
		},
		"a free grant": {
			entry:  use(noon, "earned-bonus", "1", "5", "5", venice.EarnedCredits),
			counts: focus.Counts{Skipped: one(focus.SkippedGrant)},
		},
		"a credit purchase of DIEM is a grant": {
			entry:  use(noon, "credit-purchase", "1", "5", "5", venice.DIEM),
			counts: focus.Counts{Skipped: one(focus.SkippedGrant)},
		},
		"a refund of images that were never debited": {
			entry: use(noon, imageSKU, "0.01", "2", "0.02", venice.USD),
			want:  line{"ChargeCategory": "Usage", "PricingQuantity": "-2", "EffectiveCost": "-0.02"},
		},
		"a credit in USD of an unknown SKU that was never debited": {
			entry:  use(noon, "card-payment", "1", "5", "5", venice.USD),
			want:   line{"ChargeCategory": "Purchase", "SkuId": "prepaid-usd-balance", "BilledCost": "5", "EffectiveCost": "0"},
			counts: focus.Counts{Reported: one(focus.ReportedCredit)},
		},
		"a top-up on the consumption basis": {
			entry: use(noon, "credit-purchase", "1", "5", "5", venice.USD), options: focus.Options{Basis: focus.BasisConsumption},
			counts: focus.Counts{Skipped: one(focus.SkippedTopUp)},
		},
		"a top-up that is paid back": {
			entry: use(noon, "credit-purchase", "1", "25", "-25", venice.USD),
			want: line{"ChargeCategory": "Purchase", "ChargeFrequency": "One-Time", "PricingQuantity": "-25", "BilledCost": "-25", "ListCost": "-25",
				"EffectiveCost": "0", "ChargeDescription": "Refund: Prepaid USD balance top-up"},
		},
		"an unknown SKU": {
			entry: use(noon, "aurora-beta-compute-slice", "0.0125", "4", "-0.05", venice.USD),
			want: line{"ServiceName": "Venice AI Usage", "SkuMeter": "Units", "PricingUnit": "Units", "ConsumedUnit": "Units", "ConsumedQuantity": "4",
				"SkuPriceDetails": `{"x_ModelId":"aurora-beta-compute-slice"}`},
		},
		"a search": {
			entry: use(noon, "search-augmentation", "0.01", "1", "-0.01", venice.USD),
			want:  line{"ServiceName": "Search", "SkuMeter": "Search Requests", "PricingUnit": "Requests"},
		},
		"a video": {
			entry: use(noon, "kling-v3-pro-text-to-video-duration-rate-1080p", "0.1", "5", "-0.5", venice.USD),
			want:  line{"ServiceName": "Video Generation", "SkuMeter": "Videos", "PricingUnit": "Videos"},
		},
		"music": {
			entry: use(noon, "ace-step-15-duration-based-60s", "0.03", "1", "-0.03", venice.USD),
			want:  line{"ServiceName": "Audio Generation", "SkuMeter": "Tracks", "PricingUnit": "Tracks"},
		},
		"tokens kept for five minutes": {
			entry: use(noon, "claude-opus-4-8-llm-cache-write-5m-mtoken", "7.5", "0.001", "-0.0075", venice.USD),
			want:  line{"SkuMeter": "Cache Write 5m Tokens", "ChargeDescription": "claude-opus-4-8 cache write 5m tokens"},
		},
		"a description in ASCII": {
			entry: use(noon, "modèle-image-unit", "1", "1", "-1", venice.USD),
			want:  line{"SkuId": "modèle-image-unit", "ChargeDescription": "mod?le image generation"},
		},
		"a long description": {
			entry: use(noon, strings.Repeat("m", 300)+"-image-unit", "1", "1", "-1", venice.USD),
			want:  line{"ChargeDescription": strings.Repeat("m", 255)},
		},
		"a currency that nobody knows": {
			entry:  use(noon, imageSKU, "1", "1", "-1", "STARDUST"),
			counts: focus.Counts{Rejected: one(focus.RejectedCurrency)},
		},
		"a formula for a SKU": {
			entry:  use(noon, "=cmd()", "1", "1", "-1", venice.USD),
			counts: focus.Counts{Rejected: one("SKU: text begins with = + - @, which a spreadsheet would run")},
		},
		"a formula for a meter": {
			entry: use(noon, "m-llm-=cmd()-mtoken", "1", "1", "-1", venice.USD),
			want:  line{"SkuMeter": "Other Tokens"},
		},
		"a tab in a SKU": {
			entry:  use(noon, "\tm", "1", "1", "-1", venice.USD),
			counts: focus.Counts{Rejected: one("SKU: text has control characters or is not UTF-8")},
		},
		"no SKU": {
			entry:  use(noon, "", "1", "1", "-1", venice.USD),
			counts: focus.Counts{Rejected: one("SKU: text is blank or a word for nothing, such as NULL")},
		},
		"a formula for a request": {
			entry:  of(use(noon, imageSKU, "1", "1", "-1", venice.USD), "@SUM(A1)"),
			counts: focus.Counts{Rejected: one("request id: text begins with = + - @, which a spreadsheet would run")},
		},
		"a negative price": {
			entry:  use(noon, imageSKU, "-1", "1", "-1", venice.USD),
			counts: focus.Counts{Rejected: one(focus.RejectedPrice)},
		},
		"the last digit that fits": {
			entry: use(noon, imageSKU, "1", "0.000000000000000000000001", "-0.000000000000000000000001", venice.USD),
			want:  line{"ListCost": "0.000000000000000000000001", "EffectiveCost": "0.000000000000000000000001"},
		},
		"a digit too many": {
			entry:  use(noon, imageSKU, "1", "1", "-0.0000000000000000000000001", venice.USD),
			counts: focus.Counts{Rejected: one(focus.RejectedNumber)},
		},
		"a product with a digit too many": {
			entry:  use(noon, imageSKU, "0.1", "0.000000000000000000000001", "0", venice.USD),
			counts: focus.Counts{Rejected: one(focus.RejectedNumber)},
		},
		"tokens too many": {
			entry:  use(noon, outputSKU, "0", "100000000", "0", venice.USD),
			counts: focus.Counts{Rejected: one(focus.RejectedNumber)},
		},
		"a number without end": {
			entry:  use(noon, imageSKU, "1e9999", "1e9999", "-1", venice.USD),
			counts: focus.Counts{Rejected: one(focus.RejectedNumber)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, result := streamed(t, home(t, test.entry), test.options)
			got := line{}
			for _, row := range rows {
				for column := range test.want {
					got[column] = row[column]
				}
			}
			if (len(rows) == 1) != (test.want != nil) {
				t.Errorf("%d rows", len(rows))
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("row (-want +got):\n%s", diff)
			}
			test.counts.Entries, test.counts.Rows = 1, int64(len(rows))
			if diff := cmp.Diff(test.counts, result.Totals(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			if len(result.Rejects) != len(test.counts.Rejected) {
				t.Errorf("%d entries were returned as rejected", len(result.Rejects))
			}
		})
	}
}
