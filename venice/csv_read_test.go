package venice

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
)

const usageHeader = "timestamp,sku,pricePerUnitUsd,units,amount,currency,notes,inferenceDetails.requestId," +
	"inferenceDetails.inferenceExecutionTime,inferenceDetails.promptTokens,inferenceDetails.completionTokens\n"

const cacheReadRow = "2026-06-26T08:15:02.855Z,kimi-k2-7-code-llm-cache-input-mtoken,0.2,0.084096,-0.0168192,DIEM," +
	"API Inference,chatcmpl-5f2c9a7be01d4386,12345,84306,512\n"

// cacheRead is the entry of cacheReadRow.
func cacheRead() UsageEntry {
	return UsageEntry{
		Timestamp:       time.Date(2026, 6, 26, 8, 15, 2, 855e6, time.UTC),
		SKU:             "kimi-k2-7-code-llm-cache-input-mtoken",
		PricePerUnitUSD: decimal.RequireFromString("0.2"),
		Units:           decimal.RequireFromString("0.084096"),
		Amount:          decimal.RequireFromString("-0.0168192"),
		Currency:        DIEM,
		Notes:           "API Inference",
		InferenceDetails: &InferenceDetails{
			RequestID:              "chatcmpl-5f2c9a7be01d4386",
			InferenceExecutionTime: new(int64(12345)),
			PromptTokens:           new(int64(84306)),
			CompletionTokens:       new(int64(512)),
		},
	}
}

// imageUse is an entry without details.
func imageUse() UsageEntry {
	return UsageEntry{
		Timestamp:       time.Date(2026, 6, 15, 19, 5, 10, 504e6, time.UTC),
		SKU:             "grok-imagine-image-image-unit",
		PricePerUnitUSD: decimal.RequireFromString("0.1"),
		Units:           decimal.RequireFromString("1"),
		Amount:          decimal.RequireFromString("-0.1"),
		Currency:        DIEM,
		Notes:           "API Inference",
	}
}

// collect drains a sequence: its values and the error that ended it.
func collect[T any](sequence iter.Seq2[T, error]) ([]T, error) {
	var values []T
	var failure error
	for value, err := range sequence {
		if failure != nil {
			return values, errors.New("the sequence goes on after an error")
		}
		if failure = err; err == nil {
			values = append(values, value)
		}
	}
	return values, failure
}

func TestReadUsageCSV(t *testing.T) {
	t.Parallel()
	purchase := UsageEntry{
		Timestamp: time.Date(2026, 6, 26, 8, 0, 0, 0, time.UTC),
		SKU:       "credit-purchase",
		Amount:    decimal.RequireFromString("25"),
		Currency:  USD,
	}
	tiny := imageUse()
	tiny.Amount = decimal.RequireFromString("-0.00000004")
	quoted := imageUse()
	quoted.Notes = "a \"b\", c\nd"
	unknown := imageUse()
	unknown.Currency = "GOLD"
	some := imageUse()
	some.InferenceDetails = &InferenceDetails{RequestID: "chatcmpl-1", PromptTokens: new(int64(0))}

	const imageRow = "2026-06-15T19:05:10.504Z,grok-imagine-image-image-unit,0.1,1,-0.1,DIEM,API Inference,,,,\n"
	tests := []struct {
		name, text string
		want       []UsageEntry
	}{
		{"Venice's columns", usageHeader + cacheReadRow + imageRow, []UsageEntry{cacheRead(), imageUse()}},
		{"a header alone", usageHeader, nil},
		{"a header alone, no line end", "timestamp,sku,amount,currency", nil},
		{"no line end at the end", usageHeader + strings.TrimSpace(cacheReadRow), []UsageEntry{cacheRead()}},
		{"CRLF", strings.ReplaceAll(usageHeader+cacheReadRow, "\n", "\r\n"), []UsageEntry{cacheRead()}},
		{"byte order mark", "\ufeff" + usageHeader + cacheReadRow, []UsageEntry{cacheRead()}},
		{"byte order mark before a quote", "\ufeff" + quoteAll(usageHeader+cacheReadRow), []UsageEntry{cacheRead()}},
		{"everything quoted", quoteAll(usageHeader + cacheReadRow + imageRow), []UsageEntry{cacheRead(), imageUse()}},
		{"null spelled out", usageHeader + strings.Replace(imageRow, ",,,,", ",null,null,null,null", 1), []UsageEntry{imageUse()}},
		{"null everywhere", usageHeader + "2026-06-26T08:00:00Z,credit-purchase,null,null,25,USD,null,null,null,null,null\n",
			[]UsageEntry{purchase}},
		{"some details", usageHeader + strings.Replace(imageRow, ",,,,", ",chatcmpl-1,null,0,", 1), []UsageEntry{some}},
		{"counts spelled as decimals", usageHeader + strings.NewReplacer("84306", "84306.0", "512", "5.12e2").Replace(cacheReadRow),
			[]UsageEntry{cacheRead()}},
		{"an exponent", usageHeader + strings.Replace(imageRow, "-0.1", "-4e-8", 1), []UsageEntry{tiny}},
		{"quotes, commas and newlines", usageHeader + strings.Replace(imageRow, "API Inference", `"a ""b"", c`+"\nd\"", 1),
			[]UsageEntry{quoted}},
		{"an unknown currency", usageHeader + strings.Replace(imageRow, "DIEM", "GOLD", 1), []UsageEntry{unknown}},
		{"only the required columns", "timestamp,sku,amount,currency\n2026-06-26T08:00:00Z,credit-purchase,25,USD\n",
			[]UsageEntry{purchase}},
		{"columns out of order, unknown ones, other case, spaces",
			"Currency, AMOUNT ,account,SKU,TimeStamp\nUSD,25,main,credit-purchase,2026-06-26T08:00:00Z\n", []UsageEntry{purchase}},
		{"without the details' columns",
			"timestamp,sku,pricePerUnitUsd,units,amount,currency,notes\n" +
				"2026-06-15T19:05:10.504Z,grok-imagine-image-image-unit,0.1,1,-0.1,DIEM,API Inference\n", []UsageEntry{imageUse()}},
		{"two pages", usageHeader + cacheReadRow + usageHeader + imageRow + usageHeader, []UsageEntry{cacheRead(), imageUse()}},
		{"two pages with marks", "\ufeff" + usageHeader + cacheReadRow + "\ufeff" + usageHeader + imageRow,
			[]UsageEntry{cacheRead(), imageUse()}},
		{"two equal rows", usageHeader + imageRow + imageRow, []UsageEntry{imageUse(), imageUse()}},
		{"blank lines", usageHeader + "\n" + imageRow + "\n\n", []UsageEntry{imageUse()}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := collect(ReadUsageCSV(iotest.OneByteReader(strings.NewReader(test.text))))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
		})
	}
}

// quoteAll quotes every cell of a text that has no quotes yet.
func quoteAll(text string) string {
	text = strings.ReplaceAll(strings.TrimSuffix(text, "\n"), ",", `","`)
	return `"` + strings.ReplaceAll(text, "\n", "\"\n\"") + "\"\n"
}

// A row knows its line, also below cells of several lines and repeated headers,
// and the cells of columns that are not Venice's.
func TestReadUsageCSVRows(t *testing.T) {
	t.Parallel()
	const header = "Account,timestamp,sku,amount,currency,notes\n"
	text := header + "work,2026-06-01T10:00:00Z,x,-1,USD,\"two\nlines\"\n" + header + ",2026-06-01T10:00:01Z,y,-2,USD,\n\nnull,2026-06-01T10:00:02Z,z,-3,USD,"
	var got []string
	for row, err := range ReadUsageCSVRows(strings.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %s %q %q %q", row.Line, row.SKU, row.Cell("account"), row.Cell("SKU"), row.Cell("nosuch")))
	}
	want := []string{`2 x "work" "x" ""`, `5 y "" "y" ""`, `7 z "null" "z" ""`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestReadUsageCSVErrors(t *testing.T) {
	t.Parallel()
	const header = "timestamp,sku,amount,currency,inferenceDetails.promptTokens,pricePerUnitUsd\n"
	const good = "2026-06-26T08:00:00Z,credit-purchase,25,USD,,\n"
	tests := []struct {
		name, text string
		before     int // entries before the error
		want       []string
	}{
		{"empty", "", 0, []string{"empty", "header line"}},
		{"a mark alone", "\ufeff", 0, []string{"empty", "header line"}},
		{"no timestamp", "sku,amount,currency\n", 0, []string{"no column timestamp", `"sku,amount,currency"`}},
		{"no sku", "timestamp,amount,currency\n", 0, []string{"no column sku"}},
		{"no amount", "timestamp,sku,currency\n", 0, []string{"no column amount"}},
		{"no currency", "timestamp,sku,amount\n", 0, []string{"no column currency"}},
		{"not CSV", "<html><body>Bad gateway</body></html>", 0, []string{"no column timestamp", "Bad gateway"}},
		{"a column twice", "timestamp,sku,amount,currency,Amount\n", 0, []string{"amount", "twice"}},
		{"bad timestamp", header + good + "yesterday,s,1,USD,,\n", 1, []string{"line 3", "column timestamp", `"yesterday"`}},
		{"bad amount", header + good + good + "2026-06-26T08:00:00Z,s,1.2.3,USD,,\n" + good, 2,
			[]string{"line 4", "column amount", `"1.2.3"`}},
		{"bad count", header + "2026-06-26T08:00:00Z,s,1,USD,1.5,\n", 0,
			[]string{"line 2", "column inferenceDetails.promptTokens", `"1.5"`}},
		{"bad price", header + "2026-06-26T08:00:00Z,s,1,USD,,1e999999999\n", 0,
			[]string{"line 2", "column pricePerUnitUsd", `"1e999999999"`}},
		{"no amount in a row", header + "2026-06-26T08:00:00Z,s,,USD,,\n", 0, []string{"line 2", "column amount", `""`, "required"}},
		{"null currency in a row", header + "2026-06-26T08:00:00Z,s,1,null,,\n", 0,
			[]string{"line 2", "column currency", `"null"`, "required"}},
		{"the line after a cell of two lines", header + "2026-06-26T08:00:00Z,\"a\nb\",1,USD,,\n2026-06-26T08:00:00Z,s,x,USD,,\n", 1,
			[]string{"line 4", "column amount"}},
		{"escapes and a cap", header + "\x1b[31m" + strings.Repeat("x", 1000) + ",s,1,USD,,\n", 0, []string{`"\x1b[31mxxx`, `x"...`}},
		{"too few cells", header + good + "2026-06-26T08:00:00Z,s\n", 1, []string{"line 3", "wrong number of fields: 2, expected 6"}},
		{"a stray quote", header + good + "2026-06-26T08:00:00Z,s\"x,1,USD,,\n", 1, []string{"line 3", "bare"}},
		{"a quote that never closes", header + good + "2026-06-26T08:00:00Z,\"s,1,USD,,\n", 1, []string{"line 3"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			entries, err := collect(ReadUsageCSV(strings.NewReader(test.text)))
			if err == nil {
				t.Fatalf("no error, but %d entries", len(entries))
			}
			if len(entries) != test.before {
				t.Errorf("%d entries before the error, want %d", len(entries), test.before)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
			if len(err.Error()) > 300 || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("error %q is too long or not plain", err)
			}
		})
	}
}

func TestReadUsageCSVBrokenInput(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	// The reader gives the first rows before it fails.
	var sent bytes.Buffer
	sent.WriteString(usageHeader + cacheReadRow + cacheReadRow)
	entries, err := collect(ReadUsageCSV(io.MultiReader(&sent, iotest.ErrReader(broken))))
	if !errors.Is(err, broken) || len(entries) != 2 {
		t.Errorf("%d entries and error %v, want 2 and %v", len(entries), err, broken)
	}
}

func TestReadUsageCSVStops(t *testing.T) {
	t.Parallel()
	rows := 0
	for range ReadUsageCSV(strings.NewReader(usageHeader + cacheReadRow + cacheReadRow)) {
		rows++
		break
	}
	if rows != 1 {
		t.Errorf("%d rows after a break, want 1", rows)
	}
}

// What reads without an error is written and read back the same, except for
// line ends within texts.
func FuzzReadUsageCSV(f *testing.F) {
	for _, text := range []string{
		"", "\ufeff", usageHeader, usageHeader + cacheReadRow, quoteAll(usageHeader + cacheReadRow),
		"timestamp,sku,amount,currency\r\n2026-06-26T08:00:00+02:00,\"a\r\r\nb\",-4e-8,USD\r\n",
		"currency,AMOUNT,notes,sku,timestamp\nUSD,1e3,null,s,0000-01-01T00:00:00.123456Z\n",
		"timestamp,sku,amount,currency\n9999-12-31T23:59:59-01:00,s,1,USD\n",
		"timestamp,sku,amount,currency\ntimestamp,sku,amount,currency\n2026-06-26T08:00:00Z,s,0e-300,USD\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := collect(ReadUsageCSV(strings.NewReader(text)))
		if err != nil {
			return
		}
		var written bytes.Buffer
		if err := WriteUsageCSV(&written, sequence(entries, nil)); err != nil {
			t.Fatal(err)
		}
		again, err := collect(ReadUsageCSV(&written))
		if err != nil {
			t.Fatalf("what was read and written does not read: %v", err)
		}
		lineEnds := cmp.Transformer("LF", func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") })
		if diff := cmp.Diff(entries, again, lineEnds); diff != "" {
			t.Errorf("read, written and read again (-first +second):\n%s", diff)
		}
	})
}
