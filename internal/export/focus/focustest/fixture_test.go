package focustest_test

import (
	"encoding/csv"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export/focus/focustest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// november has an entry of every sort. The names number its rows.
const november = `BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,ConsumedUnit,ContractedCost,ContractedUnitPrice,EffectiveCost,InvoiceId,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,PricingCurrency,PricingCurrencyContractedUnitPrice,PricingCurrencyEffectiveCost,PricingCurrencyListUnitPrice,PricingQuantity,PricingUnit,ProviderName,PublisherName,ServiceCategory,ServiceName,ServiceSubcategory,SkuId,SkuMeter,SkuPriceDetails,SkuPriceId,x_CompletionTokens,x_InferenceExecutionMilliseconds,x_LedgerAmount,x_LedgerCurrency,x_LedgerTimestamp,x_PromptTokens,x_RequestId,x_UsdEquivalentCost
0,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,zai-org-glm-5-1 output tokens,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,1536,Tokens,0.0073728,4.8,0.0073728,,Venice AI,0.0073728,4.8,Standard,USD,4.8,0.0073728,4.8,0.001536,1000000 Tokens,Venice AI,Venice AI,AI and Machine Learning,LLM Inference,Generative AI,zai-org-glm-5-1-llm-output-mtoken,Output Tokens,"{""x_ModelId"":""zai-org-glm-5-1"",""x_TokenType"":""Output""}",zai-org-glm-5-1-llm-output-mtoken,1536,2140,-0.0073728,USD,2026-11-20T14:23:07.412Z,812,req-aaa,0.0073728
0,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,zai-org-glm-5-1 output tokens paid from DIEM,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,500,Tokens,0.0024,4.8,0,,Venice AI,0.0024,4.8,Standard,DIEM,4.8,0.0024,4.8,0.0005,1000000 Tokens,Venice AI,Venice AI,AI and Machine Learning,LLM Inference,Generative AI,zai-org-glm-5-1-llm-output-mtoken,Output Tokens,"{""x_ModelId"":""zai-org-glm-5-1"",""x_TokenType"":""Output""}",zai-org-glm-5-1-llm-output-mtoken,500,910,-0.0024,DIEM,2026-11-20T15:02:41.007Z,220,req-bbb,0.0024
0,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,example-image-model images paid from bundled credits,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,2,Images,0.02,0.01,0,,Venice AI,0.02,0.01,Standard,BUNDLED_CREDITS,0.01,0.02,0.01,2,Images,Venice AI,Venice AI,AI and Machine Learning,Image Generation,Generative AI,example-image-model-image-unit,Images,"{""x_ModelId"":""example-image-model""}",example-image-model-image-unit,,,-0.02,BUNDLED_CREDITS,2026-11-20T16:40:00.500Z,,,0.02
25,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Purchase,,Prepaid USD balance top-up,One-Time,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,,,25,1,0,,Venice AI,25,1,Standard,USD,1,0,1,25,Credits,Venice AI,Venice AI,AI and Machine Learning,Prepaid Balance,Other (AI and Machine Learning),prepaid-usd-balance,Prepaid Credits,,prepaid-usd-balance,,,25,USD,2026-11-20T09:00:00.000Z,,,0
0,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,Refund: zai-org-glm-5-1 output tokens,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,-1536,Tokens,-0.0073728,4.8,-0.0073728,,Venice AI,-0.0073728,4.8,Standard,USD,4.8,-0.0073728,4.8,-0.001536,1000000 Tokens,Venice AI,Venice AI,AI and Machine Learning,LLM Inference,Generative AI,zai-org-glm-5-1-llm-output-mtoken,Output Tokens,"{""x_ModelId"":""zai-org-glm-5-1"",""x_TokenType"":""Output""}",zai-org-glm-5-1-llm-output-mtoken,,,0.0073728,USD,2026-11-20T18:11:30.000Z,,req-aaa,-0.0073728
0,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,example-model input tokens paid in VCU,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,3000,Tokens,0.0024,0.8,0,,Venice AI,0.0024,0.8,Standard,VCU,8,0.024,8,0.003,1000000 Tokens,Venice AI,Venice AI,AI and Machine Learning,LLM Inference,Generative AI,example-model-llm-input-mtoken,Input Tokens,"{""x_ModelId"":""example-model"",""x_TokenType"":""Input""}",example-model-llm-input-mtoken,20,700,-0.024,VCU,2026-11-20T19:00:00.000Z,3000,req-ccc,0.0024
0,acct-0001,Example Account,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,Correction,Refund: zai-org-glm-5-1 output tokens,Usage-Based,2026-11-03T00:00:00Z,2026-11-02T00:00:00Z,-1000,Tokens,-0.0048,4.8,-0.0048,,Venice AI,-0.0048,4.8,Standard,USD,4.8,-0.0048,4.8,-0.001,1000000 Tokens,Venice AI,Venice AI,AI and Machine Learning,LLM Inference,Generative AI,zai-org-glm-5-1-llm-output-mtoken,Output Tokens,"{""x_ModelId"":""zai-org-glm-5-1"",""x_TokenType"":""Output""}",zai-org-glm-5-1-llm-output-mtoken,,,0.0048,USD,2026-11-02T08:00:00.000Z,,req-old,-0.0048
`

// The rows of november.
const (
	debit = iota
	diem
	image
	topUp
	refund
	vcu
	correction
)

// october has the debit that the correction gives back.
const october = `0,acct-0001,Example Account,USD,2026-11-01T00:00:00Z,2026-10-01T00:00:00Z,Usage,,zai-org-glm-5-1 output tokens,Usage-Based,2026-11-01T00:00:00Z,2026-10-31T00:00:00Z,1000,Tokens,0.0048,4.8,0.0048,,Venice AI,0.0048,4.8,Standard,USD,4.8,0.0048,4.8,0.001,1000000 Tokens,Venice AI,Venice AI,AI and Machine Learning,LLM Inference,Generative AI,zai-org-glm-5-1-llm-output-mtoken,Output Tokens,"{""x_ModelId"":""zai-org-glm-5-1"",""x_TokenType"":""Output""}",zai-org-glm-5-1-llm-output-mtoken,1000,800,-0.0048,USD,2026-10-31T23:59:59.999Z,50,req-old,0.0048
`

// record is a row by column; what it lacks is null.
type record map[string]string

// A fixture is an export to be written. What it holds can be changed before, and
// its hooks change the files.
type fixture struct {
	want    focustest.Expectation
	form    string // the ending of the data files
	header  []string
	months  []*month
	rejects [][]string

	editManifest func(november map[string]any)
	editSchema   func(schema map[string]any)
	editText     func(csv string) string // of november
	editBytes    func(data []byte) []byte
	kinds        map[string]string // column types of Parquet that differ
	afterwards   func(t *testing.T, dir string)
	generator    string
}

type month struct {
	name                        string
	start                       time.Time
	parts                       [][]record
	entries                     int
	skipped, rejected, reported map[string]int
}

// rows gives the rows of november's first part.
func (f *fixture) rows() []record { return f.months[1].parts[0] }

func entry(at, sku, price, units, amount string, currency venice.Currency, details *venice.InferenceDetails) ledger.Entry {
	instant, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		panic(err)
	}
	return ledger.Entry{Account: "main", UsageEntry: venice.UsageEntry{
		Timestamp: instant, SKU: sku, Currency: currency, InferenceDetails: details, PricePerUnitUSD: decimal.RequireFromString(price),
		Units: decimal.RequireFromString(units), Amount: decimal.RequireFromString(amount),
	}}
}

func request(id string) *venice.InferenceDetails { return &venice.InferenceDetails{RequestID: id} }

// worked is a valid export by entry. The entries of its rows have their numbers,
// and behind them are october's, one that is skipped and one that is rejected.
func worked() *fixture {
	const output = "zai-org-glm-5-1-llm-output-mtoken"
	lines, err := csv.NewReader(strings.NewReader(november + october)).ReadAll()
	if err != nil {
		panic(err)
	}
	f := &fixture{form: "csv", header: lines[0], generator: "Ducat"}
	var rows []record
	for _, line := range lines[1:] {
		row := record{}
		for i, text := range line {
			if text != "" {
				row[f.header[i]] = text
			}
		}
		rows = append(rows, row)
	}
	last := len(rows) - 1
	f.months = []*month{
		{name: "2026-10", start: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), entries: 1, parts: [][]record{rows[last:]}},
		{
			name: "2026-11", start: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), entries: 9, parts: [][]record{rows[:last:last]},
			skipped: map[string]int{"grant": 1}, rejected: map[string]int{"unknown currency": 1},
		},
	}
	f.rejects = [][]string{{"unknown currency", "main", "2026-11-21T00:00:00.000Z", output, "-1.5", "DOUBLOON"}}
	f.want = focustest.Expectation{
		BillingAccounts: map[string]string{"main": "acct-0001"},
		Source: []ledger.Entry{
			debit:      entry("2026-11-20T14:23:07.412Z", output, "4.8", "0.001536", "-0.0073728", venice.USD, request("req-aaa")),
			diem:       entry("2026-11-20T15:02:41.007Z", output, "4.8", "0.0005", "-0.0024", venice.DIEM, request("req-bbb")),
			image:      entry("2026-11-20T16:40:00.5Z", "example-image-model-image-unit", "0.01", "2", "-0.02", venice.BundledCredits, nil),
			topUp:      entry("2026-11-20T09:00:00Z", "credit-purchase", "0", "25", "25", venice.USD, nil),
			refund:     entry("2026-11-20T18:11:30Z", output, "4.8", "-0.001536", "0.0073728", venice.USD, request("req-aaa")),
			vcu:        entry("2026-11-20T19:00:00Z", "example-model-llm-input-mtoken", "0.8", "0.003", "-0.024", venice.VCU, request("req-ccc")),
			correction: entry("2026-11-02T08:00:00Z", output, "4.8", "0.001", "0.0048", venice.USD, request("req-old")),
			entry("2026-10-31T23:59:59.999Z", output, "4.8", "0.001", "-0.0048", venice.USD, request("req-old")),
			entry("2026-11-20T10:00:00Z", "staking-reward", "1", "5", "5", venice.DIEM, nil),
			entry("2026-11-21T00:00:00Z", output, "1", "1.5", "-1.5", "DOUBLOON", nil),
		},
	}
	return f
}

// twice has the debit twice, as two charges with all fields equal.
func twice() *fixture {
	f := worked()
	f.want.Source = append(f.want.Source, f.want.Source[debit])
	f.months[1].parts[0] = append(f.rows(), maps.Clone(f.rows()[debit]))
	f.months[1].entries++
	return f
}

// daily is twice by day.
func daily() *fixture {
	f := twice()
	f.want.Grain = "day"
	f.drop("x_RequestId", "x_LedgerTimestamp", "x_PromptTokens", "x_CompletionTokens", "x_InferenceExecutionMilliseconds")
	f.add("x_LedgerRowCount", "1")
	f.months[1].parts[0] = f.rows()[:correction+1]
	maps.Copy(f.rows()[debit], record{
		"ConsumedQuantity": "3072", "ContractedCost": "0.0147456", "EffectiveCost": "0.0147456", "ListCost": "0.0147456",
		"PricingCurrencyEffectiveCost": "0.0147456", "PricingQuantity": "0.003072", "x_LedgerAmount": "-0.0147456",
		"x_UsdEquivalentCost": "0.0147456", "x_LedgerRowCount": "2",
	})
	return f
}

// consumption is worked on that basis.
func consumption() *fixture {
	f := worked()
	f.want.Basis = "consumption"
	for _, i := range []int{debit, refund, correction} {
		f.rows()[i]["BilledCost"] = f.rows()[i]["EffectiveCost"]
	}
	f.months[0].parts[0][0]["BilledCost"] = "0.0048"
	f.months[1].parts[0] = slices.Delete(f.rows(), topUp, topUp+1)
	f.months[1].skipped = map[string]int{"grant": 1, "top-up": 1}
	return f
}

// face is worked with allowances at their face value.
func face() *fixture {
	f := worked()
	f.want.AllowanceCost = "face"
	for _, i := range []int{diem, image, vcu} {
		f.rows()[i]["EffectiveCost"] = f.rows()[i]["ListCost"]
	}
	return f
}

// vantage is consumption for Vantage, in two parts.
func vantage() *fixture {
	f := consumption()
	f.want.Profile = "vantage"
	f.header = []string{
		"BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "ChargeCategory", "ChargeDescription",
		"ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "ConsumedQuantity", "ConsumedUnit", "ContractedCost",
		"EffectiveCost", "ListCost", "ServiceCategory", "ServiceName", "ServiceSubcategory",
	}
	f.add("ResourceId", "some-model")
	f.add("ResourceType", "Model")
	f.add("Tags", `{"model":"some-model","funding":"USD","refundable":true}`)
	f.months[1].parts = [][]record{f.rows()[:4], f.rows()[4:]}
	return f
}

// version is worked for a newer FOCUS.
func version(v string) func() *fixture {
	return func() *fixture {
		f := worked()
		f.want.Version = v
		f.add("HostProviderName", "Venice AI")
		f.add("ServiceProviderName", "Venice AI")
		if v == "1.4" {
			f.drop("ProviderName", "PublisherName")
		}
		return f
	}
}

// form is worked in files of another form.
func form(ending string) func() *fixture {
	return func() *fixture {
		f := worked()
		f.form = ending
		return f
	}
}

// sourceless is another fixture whose entries nobody knows.
func sourceless(of func() *fixture) func() *fixture {
	return func() *fixture {
		f := of()
		f.want.Source = nil
		return f
	}
}

// credited has a goodwill credit in the place of the images.
func credited() *fixture {
	f := worked()
	f.want.Source = nil
	row := f.rows()[image]
	for _, column := range []string{
		"ConsumedQuantity", "ConsumedUnit", "PricingQuantity", "PricingUnit", "PricingCategory", "ListUnitPrice",
		"ContractedUnitPrice", "PricingCurrencyListUnitPrice", "PricingCurrencyContractedUnitPrice", "SkuId", "SkuMeter",
		"SkuPriceDetails", "SkuPriceId",
	} {
		delete(row, column)
	}
	maps.Copy(row, record{
		"ChargeCategory": "Credit", "ChargeFrequency": "One-Time", "BilledCost": "-1", "EffectiveCost": "-1", "ListCost": "-1",
		"ContractedCost": "-1", "PricingCurrencyEffectiveCost": "-1", "x_LedgerAmount": "1",
	})
	return f
}

// empty is an export of a month without entries.
func empty() *fixture {
	f := worked()
	f.months = []*month{{name: "2026-12", start: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), parts: [][]record{nil}}}
	f.rejects, f.want.Source = nil, []ledger.Entry{}
	return f
}

// each changes every row.
func (f *fixture) each(change func(record)) {
	for _, m := range f.months {
		for _, part := range m.parts {
			for _, row := range part {
				change(row)
			}
		}
	}
}

func (f *fixture) drop(columns ...string) {
	f.header = slices.DeleteFunc(f.header, func(name string) bool { return slices.Contains(columns, name) })
}

// add puts a column in its place, with one value in all rows.
func (f *fixture) add(column, value string) {
	f.header = append(f.header, column)
	slices.Sort(f.header)
	f.each(func(row record) { row[column] = value })
}
