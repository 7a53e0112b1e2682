package export

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"
	"unicode"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

func testEntry() venice.UsageEntry {
	return venice.UsageEntry{
		Timestamp:       time.Date(2026, 6, 26, 9, 15, 2, 855e6, time.UTC),
		SKU:             "kimi-k2-7-code-llm-cache-input-mtoken",
		PricePerUnitUSD: decimal.RequireFromString("0.2"),
		Units:           decimal.RequireFromString("0.084096"),
		Amount:          decimal.RequireFromString("-0.0168192"),
		Currency:        venice.DIEM,
		Notes:           "API Inference",
		InferenceDetails: &venice.InferenceDetails{
			RequestID:              "chatcmpl-0123456789abcdef",
			InferenceExecutionTime: new(int64(1840)),
			PromptTokens:           new(int64(84306)),
		},
	}
}

// The text is the contract of docs/json.md.
func TestAppendUsage(t *testing.T) {
	t.Parallel()
	full := testEntry()
	purchase := testEntry()
	purchase.Timestamp = time.Date(2026, 1, 1, 2, 0, 0, 123456789, time.FixedZone("", 7200))
	purchase.Amount = decimal.RequireFromString("-4e-8")
	purchase.Units = decimal.RequireFromString("12e3")
	purchase.Notes = "a \"quoted\" \\ note\n"
	purchase.InferenceDetails = nil
	for _, test := range []struct {
		name  string
		entry venice.UsageEntry
		want  string
	}{
		{"full", full, `{"timestamp":"2026-06-26T09:15:02.855Z","sku":"kimi-k2-7-code-llm-cache-input-mtoken","pricePerUnitUsd":"0.2","units":"0.084096","amount":"-0.0168192","currency":"DIEM","notes":"API Inference","inferenceDetails":{"requestId":"chatcmpl-0123456789abcdef","inferenceExecutionTime":1840,"promptTokens":84306,"completionTokens":null}}`},
		{"purchase", purchase, `{"timestamp":"2026-01-01T00:00:00.123456789Z","sku":"kimi-k2-7-code-llm-cache-input-mtoken","pricePerUnitUsd":"0.2","units":"12000","amount":"-0.00000004","currency":"DIEM","notes":"a \"quoted\" \\ note\u000a","inferenceDetails":null}`},
	} {
		if got := string(AppendUsage(nil, &test.entry)); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestAppendUsageAllocatesNothing(t *testing.T) {
	e := testEntry()
	buf := make([]byte, 0, 4096)
	if got := testing.AllocsPerRun(100, func() { buf = AppendUsage(buf[:0], &e) }); got > 0 {
		t.Errorf("%v allocations for an entry", got)
	}
}

func FuzzAppendDecimal(f *testing.F) {
	for _, n := range []int64{0, 1, -1, 10, 100, 12345, -1200, 999999999999999999, math.MaxInt64, math.MinInt64} {
		for _, exponent := range []int32{0, -1, -3, -17, -18, -19, -24, 3} {
			f.Add(n, exponent)
		}
	}
	f.Fuzz(func(t *testing.T, n int64, exponent int32) {
		d := decimal.New(n, exponent%40)
		if got, want := string(AppendDecimal([]byte("x"), d)), "x"+d.String(); got != want {
			t.Errorf("%de%d is spelled %q, want %q", n, exponent%40, got, want)
		}
	})
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", `"\`, "\x00\x1f\x7f\u0080\u009f\u00a0", "größer 模型 😀", "\xff\xed\xa0\x80", "\uFFFD\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := AppendString(nil, s)
		if bytes.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("a control character in %q", text)
		}
		var got string
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if want := string([]rune(s)); got != want {
			t.Errorf("%q reads back as %q, want %q", text, got, want)
		}
	})
}

func BenchmarkAppendUsage(b *testing.B) {
	e := testEntry()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendUsage(buf[:0], &e)
	}
	b.SetBytes(int64(len(buf)))
}
