package focustest_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

var brokenFiles = []broken{
	{"byte order mark", 1, nil, text(func(csv string) string { return "\uFEFF" + csv })},
	{"CR LF", 1, nil, text(func(csv string) string { return strings.ReplaceAll(csv, "\n", "\r\n") })},
	{"no last newline", 1, nil, text(func(csv string) string { return strings.TrimSuffix(csv, "\n") })},
	{"Latin-1", 1, nil, replace("Example Account", "Ex\xe4mple Account")},
	{"gzip cut short", 1, form("csv.gz"), cut},
	{"zstd cut short", 1, form("csv.zst"), cut},
	{"Parquet that is none", 1, form("parquet"), func(f *fixture) {
		f.afterwards = func(t *testing.T, dir string) {
			name := filepath.Join(dir, "data", "BILLING_PERIOD=2026-11", "part-00001.parquet")
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, bytes.Repeat([]byte("x"), len(data)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}},
	{"two columns in the wrong order", 2, nil, func(f *fixture) { f.header[0], f.header[1] = f.header[1], f.header[0] }},
	{"custom column first", 2, nil, func(f *fixture) {
		last := len(f.header) - 1
		f.header = slices.Insert(f.header[:last:last], 0, f.header[last])
	}},
	{"column twice", 2, nil, func(f *fixture) { f.header = append(f.header, "x_UsdEquivalentCost") }},
	{"column that is not configured", 2, nil, with("AvailabilityZone", "")},
	{"recommended column missing", 2, nil, without("InvoiceId")},
	{"custom column missing", 2, nil, without("x_UsdEquivalentCost")},
	{"custom column without x_", 3, nil, with("RequestNote", "")},
	{"custom column in lower case", 3, nil, with("x_note", "")},
	{"column name too long", 3, nil, with("x_"+strings.Repeat("Long", 13), "")},
	{"column of FOCUS 1.3 in 1.2", 3, nil, with("ServiceProviderName", "Venice AI")},
	{"column that FOCUS 1.4 removed", 3, version("1.4"), with("ProviderName", "Venice AI")},
	{"mandatory column missing", 4, nil, without("InvoiceIssuerName")},
	{"mandatory column of FOCUS 1.4 missing", 4, version("1.4"), without("HostProviderName")},
	{"conditional column missing", 5, nil, without("SkuMeter")},
	{"record too long", 6, nil, replace(",0.0073728\n", ",0.0073728,\n")},
	{"record too short", 6, nil, replace(",Venice AI,Venice AI,", ",Venice AI,")},
	{"empty line", 6, nil, replace(",0.0073728\n", ",0.0073728\n\n")},
	{"bare quote", 6, nil, replace("Example Account", `Example "Account"`)},
	{"wrong bytes", 7, nil, location("total_bytes", 5)},
	{"wrong rows of a file", 7, nil, location("total_rows", 5)},
	{"wrong name of a file", 7, nil, location("filepath", "part-1.csv")},
	{"wrong rows", 7, nil, manifest("Rows", 5)},
	{"wrong month in the manifest", 7, nil, manifest("BillingPeriodEnd", "2026-11-30T00:00:00Z")},
	{"month in the wrong folder", 7, nil, func(f *fixture) {
		f.months[0].name, f.months[0].start = "2026-09", time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	}},
	{"complete with a gap", 7, nil, manifest("Missing", []any{
		map[string]any{"Account": "main", "Start": "2026-11-01T00:00:00Z", "End": "2026-11-01T00:30:00Z"},
	})},
	{"incomplete without a gap", 7, nil, manifest("Complete", false)},
	{"another grain", 7, nil, manifest("Grain", "day")},
	{"file left over", 7, nil, file("data/.tmp-export")},
	{"two parts", 7, nil, func(f *fixture) { f.months[1].parts = [][]record{f.rows()[:3], f.rows()[3:]} }},
	{"no manifest", 7, nil, func(f *fixture) {
		f.afterwards = func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "data", "BILLING_PERIOD=2026-10", "manifest.json")); err != nil {
				t.Fatal(err)
			}
		}
	}},
	{"unknown schema", 8, nil, manifest("SchemaId", "another")},
	{"schema of another id", 8, nil, schema("SchemaId", "another")},
	{"schema of another version", 8, nil, schema("FocusVersion", "1.0")},
	{"manifest of another version", 8, nil, manifest("FocusVersion", "1.0")},
	{"schema without a date", 8, nil, schema("CreationDate", "today")},
	{"schema of another name", 8, nil, column("ColumnName", "Cost")},
	{"schema of another type", 8, nil, column("DataType", "STRING")},
	{"schema of another scale", 8, nil, column("NumberScale", 2)},
	{"schema with too short a text", 8, nil, column("StringMaxLength", 1)},
	{"schema without columns", 8, nil, schema("ColumnDefinition", []any{})},
	{"Parquet of another type", 8, func() *fixture {
		f := sourceless(form("parquet"))()
		f.kinds = map[string]string{"InvoiceId": "DOUBLE"}
		return f
	}, func(*fixture) {}},
	{"another generator", 8, nil, func(f *fixture) { f.generator = "Other" }},
}

var brokenCells = []broken{
	{"N/A", 9, nil, set(debit, "InvoiceId", "N/A")},
	{"NULL", 9, nil, set(debit, "InvoiceId", "NULL")},
	{"NaN", 9, nil, set(debit, "BilledCost", "NaN")},
	{"blank", 9, nil, set(debit, "InvoiceId", " ")},
	{"null that must not be", 9, nil, set(debit, "ServiceName", "")},
	{"null timestamp", 9, nil, set(debit, "x_LedgerTimestamp", "")},
	{"quoted empty string", 9, nil, replace(",0.0073728,,Venice AI", `,0.0073728,"",Venice AI`)},
	{"empty string in Parquet", 9, form("parquet"), func(f *fixture) { f.rows()[debit]["InvoiceId"] = "" }},
	{"plus sign", 10, nil, set(topUp, "BilledCost", "+25")},
	{"exponent", 10, nil, set(debit, "ListCost", "73728E-7")},
	{"exponent with a plus", 10, nil, set(debit, "PricingQuantity", "35.2E+7")},
	{"thousands", 10, nil, set(debit, "ConsumedQuantity", "1,536")},
	{"minus zero", 10, nil, set(debit, "BilledCost", "-0")},
	{"no digit before the point", 10, nil, set(debit, "x_LedgerAmount", "-.0073728")},
	{"too many digits", 10, nil, set(debit, "EffectiveCost", "0.0000000000000000000000001")},
	{"part of a token", 10, nil, set(debit, "x_PromptTokens", "812.5")},
	{"American date", 11, nil, set(debit, "BillingPeriodStart", "11/1/26")},
	{"fraction of a second", 11, nil, set(debit, "ChargePeriodStart", "2026-11-20T00:00:00.000Z")},
	{"offset", 11, nil, set(debit, "ChargePeriodEnd", "2026-11-21T00:00:00+00:00")},
	{"day that is not", 11, nil, set(debit, "BillingPeriodEnd", "2026-11-31T00:00:00Z")},
	{"timestamp without milliseconds", 11, nil, set(debit, "x_LedgerTimestamp", "2026-11-20T14:23:07Z")},
	{"negative price", 12, nil, set(debit, "PricingCurrencyListUnitPrice", "-4.8")},
	{"nested details", 13, nil, set(debit, "SkuPriceDetails", `{"x_Model":{"Id":"a"}}`)},
	{"key twice", 13, nil, set(debit, "SkuPriceDetails", `{"x_ModelId":"a","x_ModelId":"a"}`)},
	{"key without x_", 13, nil, set(debit, "SkuPriceDetails", `{"ModelId":"a"}`)},
	{"list", 13, nil, set(debit, "SkuPriceDetails", `["a"]`)},
	{"JSON cut short", 13, nil, set(debit, "SkuPriceDetails", `{"x_ModelId":"a"`)},
	{"two objects", 13, nil, set(debit, "SkuPriceDetails", `{"x_ModelId":"a"}{}`)},
	{"nested tag", 13, vantage, set(debit, "Tags", `{"model":["a"]}`)},
	{"billed in DIEM", 14, nil, set(diem, "BillingCurrency", "DIEM")},
	{"usd", 14, nil, set(debit, "BillingCurrency", "usd")},
	{"unknown pricing currency", 14, nil, set(debit, "PricingCurrency", "EUR")},
	{"priced in another currency than the ledger", 14, nil, set(debit, "x_LedgerCurrency", "DIEM")},
	{"unit in lower case", 15, nil, set(debit, "ConsumedUnit", "tokens")},
	{"unit in the singular", 15, nil, set(image, "PricingUnit", "Image")},
	{"number as a word", 15, nil, set(debit, "PricingUnit", "Million Tokens")},
	{"formula", 16, nil, set(debit, "ChargeDescription", `=HYPERLINK("x")`)},
	{"minus before text", 16, nil, set(debit, "ChargeDescription", "-1")},
	{"tab", 16, nil, set(debit, "ChargeDescription", "\tuse")},
	{"control character", 16, nil, set(debit, "BillingAccountName", "Bell \x07")},
	{"description beyond ASCII", 16, nil, set(debit, "ChargeDescription", "caf\u00e9")},
	{"key in a text", 16, nil, set(debit, "ChargeDescription", "VENICE_ADMIN_KEY_abc")},
	{"category in lower case", 17, nil, set(debit, "ChargeCategory", "usage")},
	{"unknown class", 18, nil, set(refund, "ChargeClass", "Refund")},
	{"unknown frequency", 19, nil, set(debit, "ChargeFrequency", "Usage-based")},
	{"unknown pricing category", 20, nil, set(debit, "PricingCategory", "On-Demand")},
	{"unknown service category", 21, nil, set(debit, "ServiceCategory", "AI")},
	{"subcategory of another category", 21, nil, set(debit, "ServiceSubcategory", "Other (Compute)")},
}

var brokenRows = []broken{
	{"billing period from the second", 22, nil, set(debit, "BillingPeriodStart", "2026-11-02T00:00:00Z")},
	{"billing period to the last day", 22, nil, set(debit, "BillingPeriodEnd", "2026-11-30T23:59:59Z")},
	{"inclusive end", 23, nil, set(debit, "ChargePeriodEnd", "2026-11-20T23:59:59Z")},
	{"hour", 23, nil, set(debit, "ChargePeriodEnd", "2026-11-20T01:00:00Z")},
	{"day of a zone", 23, nil, all(
		set(debit, "ChargePeriodStart", "2026-11-20T05:00:00Z"), set(debit, "ChargePeriodEnd", "2026-11-21T05:00:00Z"))},
	{"charge outside the billing period", 23, nil, all(
		set(debit, "ChargePeriodStart", "2026-12-01T00:00:00Z"), set(debit, "ChargePeriodEnd", "2026-12-02T00:00:00Z"))},
	{"midnight in the old day", 24, nil, func(f *fixture) {
		f.rows()[debit]["x_LedgerTimestamp"] = "2026-11-21T00:00:00.000Z"
		f.want.Source[debit].Timestamp = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	}},
	{"usage without consumption", 25, nil, all(set(debit, "ConsumedQuantity", ""), set(debit, "ConsumedUnit", ""))},
	{"purchase with consumption", 25, nil, all(set(topUp, "ConsumedQuantity", "25"), set(topUp, "ConsumedUnit", "Credits"))},
	{"quantity without a unit", 26, nil, set(debit, "ConsumedUnit", "")},
	{"pricing quantity without a unit", 26, nil, set(debit, "PricingUnit", "")},
	{"unit without a quantity", 26, nil, set(topUp, "ConsumedUnit", "Credits")},
	{"usage without a list price", 27, nil, set(debit, "ListUnitPrice", "")},
	{"usage without a pricing category", 27, nil, set(debit, "PricingCategory", "")},
	{"usage without a price id", 27, nil, all(set(image, "SkuPriceId", ""), set(image, "SkuPriceDetails", ""))},
	{"purchase without a price in its currency", 27, nil, set(topUp, "PricingCurrencyContractedUnitPrice", "")},
	{"tax with a pricing category", 27, credited, all(
		set(image, "ChargeCategory", "Tax"), set(image, "PricingCategory", "Standard"))},
	{"meter without a SKU", 28, nil, all(free, set(correction, "SkuMeter", "Output Tokens"))},
	{"details without a price id", 28, nil, all(free, set(correction, "SkuPriceDetails", `{"x_ModelId":"a"}`))},
	{"prices without a price id since 1.3", 28, version("1.3"), free},
	{"price id without a price since 1.3", 28, version("1.3"), set(correction, "PricingCurrencyListUnitPrice", "")},
	{"no pricing currency", 29, nil, set(debit, "PricingCurrency", "")},
	{"no cost in the pricing currency", 29, nil, set(topUp, "PricingCurrencyEffectiveCost", "")},
	{"no pricing currency in 1.4", 29, version("1.4"), set(debit, "PricingCurrency", "")},
	{"purchase by usage", 30, nil, set(topUp, "ChargeFrequency", "Usage-Based")},
	{"usage once", 30, nil, set(debit, "ChargeFrequency", "One-Time")},
	{"correction within the month", 31, nil, set(refund, "ChargeClass", "Correction")},
	{"correction within the month, of unknown source", 31, sourceless(worked), set(refund, "ChargeClass", "Correction")},
	{"correction that is a debit", 31, nil, set(debit, "ChargeClass", "Correction")},
	{"correction that is a purchase", 31, nil, set(topUp, "ChargeClass", "Correction")},
	{"rounded list cost", 32, nil, set(debit, "ListCost", "0.007373")},
	{"contracted cost of another price", 32, nil, set(diem, "ContractedCost", "0.0023")},
	{"purchase that costs", 33, nil, set(topUp, "EffectiveCost", "25")},
	{"purchase that costs in its currency", 33, nil, set(topUp, "PricingCurrencyEffectiveCost", "25")},
	{"purchase that is worth usage", 33, nil, set(topUp, "x_UsdEquivalentCost", "25")},
	{"credit with two costs", 34, credited, set(image, "EffectiveCost", "0")},
	{"credit with a price", 34, credited, set(image, "ListUnitPrice", "1")},
	{"usage that is billed", 35, nil, set(debit, "BilledCost", "0.0073728")},
	{"usage that is free", 35, nil, set(debit, "EffectiveCost", "0")},
	{"cost recomputed from the price", 35, nil, all(
		amount(debit, "-0.0073"), set(debit, "EffectiveCost", "0.0073728"),
		func(f *fixture) { f.months[1].reported = map[string]int{"amount differs": 1} })},
	{"usage that is not billed on the consumption basis", 35, consumption, set(debit, "BilledCost", "0")},
	{"usage that is not billed to Vantage", 35, vantage, set(debit, "BilledCost", "0")},
	{"purchase on the consumption basis", 35, sourceless(worked), func(f *fixture) {
		basis := consumption()
		basis.months[1].parts[0] = append(basis.rows(), f.rows()[topUp])
		basis.months[1].skipped, basis.want.Source = f.months[1].skipped, nil
		*f = *basis
	}},
	{"another basis", 35, nil, manifest("Basis", "consumption")},
	{"allowance that is billed", 36, nil, set(diem, "BilledCost", "0.0024")},
	{"allowance that costs", 36, nil, set(image, "EffectiveCost", "0.02")},
	{"allowance below its face value", 36, face, set(vcu, "EffectiveCost", "0.00024")},
	{"another cost of allowances", 36, nil, manifest("AllowanceCost", "face")},
	{"VCU price in dollars", 37, nil, set(vcu, "PricingCurrencyListUnitPrice", "0.8")},
	{"VCU cost in dollars", 37, nil, set(vcu, "PricingCurrencyEffectiveCost", "0.0024")},
	{"DIEM cost that was not spent", 37, nil, set(diem, "PricingCurrencyEffectiveCost", "0.0025")},
	{"another cost in dollars", 37, nil, set(diem, "x_UsdEquivalentCost", "0.024")},
	{"debit of a negative quantity", 38, nil, all(
		set(diem, "PricingQuantity", "-0.0005"), set(diem, "ConsumedQuantity", "-500"), set(diem, "ListCost", "-0.0024"),
		set(diem, "ContractedCost", "-0.0024"), set(diem, "x_UsdEquivalentCost", "-0.0024"))},
	{"refund of a positive quantity", 38, nil, all(
		set(refund, "PricingQuantity", "0.001536"), set(refund, "ConsumedQuantity", "1536"),
		set(refund, "ListCost", "0.0073728"), set(refund, "ContractedCost", "0.0073728"))},
	{"signs that differ within a row of Vantage", 38, sourceless(vantage), set(debit, "ConsumedQuantity", "-1536")},
	{"top-up that is not billed", 38, nil, set(topUp, "BilledCost", "0")},
	{"amount that differs and is not reported", 39, nil, amount(debit, "-0.0073")},
	{"VCU amount that differs and is not reported", 39, nil, all(
		amount(vcu, "-0.001"), set(vcu, "EffectiveCost", "0"))},
	{"tokens that are not the quantity", 40, nil, set(debit, "ConsumedQuantity", "1535")},
	{"images that are not the quantity", 40, nil, set(image, "ConsumedQuantity", "3")},
}

var brokenTotals = []broken{
	{"service of two subcategories", 41, nil, set(debit, "ServiceSubcategory", "Machine Learning")},
	{"SKU of two meters", 41, nil, set(diem, "SkuMeter", "Input Tokens")},
	{"SKU of two services", 41, nil, set(refund, "ServiceName", "Text Generation")},
	{"price of two SKUs", 41, sourceless(worked), set(diem, "SkuId", "another-llm-output-mtoken")},
	{"entry that is nowhere", 42, nil, func(f *fixture) { f.months[1].entries++ }},
	{"skipped entry that is not counted", 42, nil, func(f *fixture) { f.months[1].skipped = nil }},
	{"rejected entry without a row", 42, sourceless(worked), func(f *fixture) { f.rejects = nil }},
	{"reject that is no entry", 42, nil, func(f *fixture) {
		f.rejects[0][4] = "-1.25"
		f.want.Source[len(f.want.Source)-1].Amount = decimal.Zero // counts in no sum
		f.want.Source[len(f.want.Source)-1].Units = decimal.Zero
	}},
	{"account that is not exported", 42, nil, set(debit, "BillingAccountId", "acct-0002")},
	{"one of two equal amounts twice", 42, twice, func(f *fixture) {
		last := len(f.want.Source) - 1
		f.want.Source[last].InferenceDetails = request("req-ddd")
	}},
	{"entry that is not in the ledger", 42, nil, func(f *fixture) { f.want.Source[diem].InferenceDetails = nil }},
	{"group of too many entries", 42, daily, func(f *fixture) {
		f.rows()[diem]["x_LedgerRowCount"] = "2"
		f.months[1].skipped = nil
	}},
	{"amount that is not the ledger's", 43, nil, func(f *fixture) {
		entries := slices.Clone(f.want.Source)
		amount(debit, "-0.0073728000001")(f)
		f.want.Source = entries
	}},
	{"debit that is said to be skipped", 43, nil, func(f *fixture) {
		f.months[1].parts[0] = slices.Delete(f.rows(), diem, diem+1)
		f.months[1].skipped = map[string]int{"grant": 2}
	}},
	{"quantity that is not the ledger's", 43, daily, func(f *fixture) { f.want.Source[diem].Units = decimal.New(1, 0) }},
	{"cost in Vantage that is not the ledger's", 43, vantage, all(
		set(debit, "EffectiveCost", "0.0073"), set(debit, "BilledCost", "0.0073"))},
	{"billed cash that was not paid", 44, nil, set(topUp, "BilledCost", "24")},
	{"billed cash that is not the amount", 44, sourceless(worked), set(topUp, "BilledCost", "24")},
	{"time in the gzip header", 45, form("csv.gz"), func(f *fixture) {
		f.editBytes = func(data []byte) []byte {
			data = bytes.Clone(data)
			data[4] = 1 // the least byte of MTIME
			return data
		}
	}},
}

var brokenUploads = []broken{
	{"column that Vantage refuses", 46, vantage, with("PricingCategory", "Standard")},
	{"custom column for Vantage", 46, vantage, with("x_RequestId", "req-aaa")},
	{"column that Vantage requires", 46, sourceless(vantage), without("ServiceName")},
	{"too many rows", 46, sourceless(vantage), all(upload(10_001, record{}), func(f *fixture) {
		for _, column := range []string{"BillingAccountName", "ChargeDescription", "ResourceId", "ResourceType", "Tags"} {
			delete(f.rows()[0], column) // so that the bytes are few enough
		}
	})},
	{"too many bytes", 46, sourceless(vantage), func(f *fixture) {
		upload(10, record{})(f)
		f.rows()[0]["ChargeDescription"] = strings.Repeat("long ", 50_000)
	}},
	{"purchase for Vantage", 46, sourceless(vantage), func(f *fixture) {
		maps.Copy(f.rows()[debit], record{
			"ChargeCategory": "Purchase", "ChargeFrequency": "One-Time", "EffectiveCost": "0", "BilledCost": "25",
		})
		delete(f.rows()[debit], "ConsumedQuantity")
		delete(f.rows()[debit], "ConsumedUnit")
	}},
	{"part without a header", 46, vantage, text(func(csv string) string {
		_, rows, _ := strings.Cut(csv, "\n")
		if strings.Contains(csv, "bundled") { // the first part
			return csv
		}
		return rows
	})},
	{"another profile", 46, vantage, manifest("Profile", "")},
}
