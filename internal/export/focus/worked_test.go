package focus_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/venice"
)

const (
	outputSKU = "zai-org-glm-5-1-llm-output-mtoken"
	imageSKU  = "example-image-model-image-unit"
)

// use is an entry without a request.
func use(when, sku, price, units, amount string, currency venice.Currency) venice.UsageEntry {
	return venice.UsageEntry{Timestamp: at(when), SKU: sku, PricePerUnitUSD: dec(price), Units: dec(units), Amount: dec(amount), Currency: currency}
}

// of gives an entry the request that it belongs to.
func of(e venice.UsageEntry, request string) venice.UsageEntry {
	e.InferenceDetails = &venice.InferenceDetails{RequestID: request}
	return e
}

func took(e venice.UsageEntry, prompt, completion, milliseconds int64) venice.UsageEntry {
	e.InferenceDetails.PromptTokens = &prompt
	e.InferenceDetails.CompletionTokens = &completion
	e.InferenceDetails.InferenceExecutionTime = &milliseconds
	return e
}

// worked are the entries of the worked example of docs/focus.md.
func worked() []venice.UsageEntry {
	return []venice.UsageEntry{
		use("2026-11-20T09:00:00Z", "credit-purchase", "1", "25", "25", venice.USD),
		took(of(use("2026-11-20T14:23:07.412Z", outputSKU, "4.8", "0.001536", "-0.0073728", venice.USD), "req-aaa"), 812, 1536, 2140),
		took(of(use("2026-11-20T15:02:41.007Z", outputSKU, "4.8", "0.0005", "-0.0024", venice.DIEM), "req-bbb"), 220, 500, 910),
		use("2026-11-20T16:40:00.5Z", imageSKU, "0.01", "2", "-0.02", venice.BundledCredits),
		of(use("2026-11-20T18:11:30Z", outputSKU, "4.8", "0.001536", "0.0073728", venice.USD), "req-aaa"),
	}
}

const workedHeader = "BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart," +
	"ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,ConsumedUnit," +
	"ContractedCost,ContractedUnitPrice,EffectiveCost,InvoiceId,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory," +
	"PricingCurrency,PricingCurrencyContractedUnitPrice,PricingCurrencyEffectiveCost,PricingCurrencyListUnitPrice,PricingQuantity," +
	"PricingUnit,ProviderName,PublisherName,ServiceCategory,ServiceName,ServiceSubcategory,SkuId,SkuMeter,SkuPriceDetails,SkuPriceId," +
	"x_CompletionTokens,x_InferenceExecutionMilliseconds,x_LedgerAmount,x_LedgerCurrency,x_LedgerTimestamp,x_PromptTokens,x_RequestId," +
	"x_UsdEquivalentCost"

// workedRows were reckoned by hand.
const workedRows = `
25,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Purchase,,Prepaid USD balance top-up,One-Time,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,,,25,1,0,,Venice AI,25,1,Standard,USD,1,0,1,25,Credits,Venice AI,Venice AI,AI and Machine Learning,Prepaid Balance,Other (AI and Machine Learning),prepaid-usd-balance,Prepaid Credits,,prepaid-usd-balance,,,25,USD,2026-11-20T09:00:00.000Z,,,0
0,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,zai-org-glm-5-1 output tokens,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,1536,Tokens,0.0073728,4.8,0.0073728,,Venice AI,0.0073728,4.8,Standard,USD,4.8,0.0073728,4.8,0.001536,1000000 Tokens,Venice AI,Venice AI,AI and Machine Learning,LLM Inference,Generative AI,zai-org-glm-5-1-llm-output-mtoken,Output Tokens,"{""x_ModelId"":""zai-org-glm-5-1"",""x_TokenType"":""Output""}",zai-org-glm-5-1-llm-output-mtoken,1536,2140,-0.0073728,USD,2026-11-20T14:23:07.412Z,812,req-aaa,0.0073728
0,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,zai-org-glm-5-1 output tokens paid from DIEM allowance,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,500,Tokens,0.0024,4.8,0,,Venice AI,0.0024,4.8,Standard,DIEM,4.8,0.0024,4.8,0.0005,1000000 Tokens,Venice AI,Venice AI,AI and Machine Learning,LLM Inference,Generative AI,zai-org-glm-5-1-llm-output-mtoken,Output Tokens,"{""x_ModelId"":""zai-org-glm-5-1"",""x_TokenType"":""Output""}",zai-org-glm-5-1-llm-output-mtoken,500,910,-0.0024,DIEM,2026-11-20T15:02:41.007Z,220,req-bbb,0.0024
0,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,example-image-model image generation paid from bundled credits,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,2,Images,0.02,0.01,0,,Venice AI,0.02,0.01,Standard,BUNDLED_CREDITS,0.01,0.02,0.01,2,Images,Venice AI,Venice AI,AI and Machine Learning,Image Generation,Generative AI,example-image-model-image-unit,Images,"{""x_ModelId"":""example-image-model""}",example-image-model-image-unit,,,-0.02,BUNDLED_CREDITS,2026-11-20T16:40:00.500Z,,,0.02
0,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,Refund: zai-org-glm-5-1 output tokens,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,-1536,Tokens,-0.0073728,4.8,-0.0073728,,Venice AI,-0.0073728,4.8,Standard,USD,4.8,-0.0073728,4.8,-0.001536,1000000 Tokens,Venice AI,Venice AI,AI and Machine Learning,LLM Inference,Generative AI,zai-org-glm-5-1-llm-output-mtoken,Output Tokens,"{""x_ModelId"":""zai-org-glm-5-1"",""x_TokenType"":""Output""}",zai-org-glm-5-1-llm-output-mtoken,,,0.0073728,USD,2026-11-20T18:11:30.000Z,,req-aaa,-0.0073728
`

func TestWorkedExample(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	result, err := focus.WriteCSV(t.Context(), home(t, worked()...), &out, options(focus.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(workedHeader+workedRows, "\n"), strings.Split(out.String(), "\n")); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
	want := focus.Counts{Entries: 5, Rows: 5}
	if diff := cmp.Diff(want, result.Totals(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	base := strings.Split(workedHeader, ",")
	change := func(without []string, with ...string) []string {
		var header []string
		for _, name := range base {
			keep := true
			for _, gone := range without {
				keep = keep && name != gone
			}
			if keep {
				header = append(header, name)
			}
		}
		for _, name := range with {
			i := 0
			for i < len(header) && (strings.HasPrefix(header[i], "x_") == strings.HasPrefix(name, "x_") && header[i] < name ||
				!strings.HasPrefix(header[i], "x_") && strings.HasPrefix(name, "x_")) {
				i++
			}
			header = append(header[:i], append([]string{name}, header[i:]...)...)
		}
		return header
	}
	for name, test := range map[string]struct {
		options focus.Options
		want    []string
	}{
		"1.2": {focus.Options{Version: focus.Version12}, base},
		"1.3": {focus.Options{Version: focus.Version13}, change(nil, "HostProviderName", "ServiceProviderName")},
		"1.4": {focus.Options{Version: focus.Version14},
			change([]string{"ProviderName", "PublisherName"}, "HostProviderName", "ServiceProviderName")},
		"by day": {focus.Options{Grain: focus.GrainDay},
			change([]string{"x_RequestId", "x_LedgerTimestamp", "x_PromptTokens", "x_CompletionTokens", "x_InferenceExecutionMilliseconds"},
				"x_LedgerRowCount")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if _, err := focus.WriteCSV(t.Context(), home(t), &out, options(test.options)); err != nil {
				t.Fatal(err)
			}
			header, err := csv.NewReader(&out).Read()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, header); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBases checks who pays in each basis, on the worked example.
func TestBases(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options focus.Options
		want    [][2]string // BilledCost and EffectiveCost
	}{
		"prepaid": {focus.Options{}, [][2]string{{"25", "0"}, {"0", "0.0073728"}, {"0", "0"}, {"0", "0"}, {"0", "-0.0073728"}}},
		"prepaid at face value": {focus.Options{AllowanceCost: focus.AllowanceFace},
			[][2]string{{"25", "0"}, {"0", "0.0073728"}, {"0", "0.0024"}, {"0", "0.02"}, {"0", "-0.0073728"}}},
		"consumption": {focus.Options{Basis: focus.BasisConsumption},
			[][2]string{{"0.0073728", "0.0073728"}, {"0", "0"}, {"0", "0"}, {"-0.0073728", "-0.0073728"}}},
		"consumption at face value": {focus.Options{Basis: focus.BasisConsumption, AllowanceCost: focus.AllowanceFace},
			[][2]string{{"0.0073728", "0.0073728"}, {"0", "0.0024"}, {"0", "0.02"}, {"-0.0073728", "-0.0073728"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, _ := streamed(t, home(t, worked()...), test.options)
			var got [][2]string
			for _, row := range rows {
				got = append(got, [2]string{row["BilledCost"], row["EffectiveCost"]})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("billed and effective (-want +got):\n%s", diff)
			}
		})
	}
}
