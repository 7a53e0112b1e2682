package venice

import (
	"bytes"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// sequence yields the entries, and then the error if there is one.
func sequence(entries []UsageEntry, err error) iter.Seq2[UsageEntry, error] {
	return func(yield func(UsageEntry, error) bool) {
		for _, entry := range entries {
			if !yield(entry, nil) {
				return
			}
		}
		if err != nil {
			yield(UsageEntry{}, err)
		}
	}
}

func TestWriteUsageCSV(t *testing.T) {
	t.Parallel()
	odd := UsageEntry{
		Timestamp:        time.Date(2026, 6, 15, 19, 5, 10, 123456789, time.FixedZone("", 2*60*60)),
		SKU:              "a,b",
		PricePerUnitUSD:  decimal.New(12, 3),
		Units:            decimal.RequireFromString("-4e-8"),
		Amount:           decimal.RequireFromString("-1234567890123456789012.000000000000000000001"),
		Currency:         "GOLD",
		Notes:            "\"x\"\ny",
		InferenceDetails: &InferenceDetails{CompletionTokens: new(int64(0))},
	}
	tests := []struct {
		name    string
		entries []UsageEntry
		want    string
	}{
		{"no entries", nil, usageHeader},
		{"with details", []UsageEntry{cacheRead()}, usageHeader + cacheReadRow},
		{"without details", []UsageEntry{imageUse()}, usageHeader +
			"2026-06-15T19:05:10.504Z,grok-imagine-image-image-unit,0.1,1,-0.1,DIEM,API Inference,,,,\n"},
		{"odd values", []UsageEntry{odd}, usageHeader +
			"2026-06-15T17:05:10.123456789Z,\"a,b\",12000,-0.00000004," +
			"-1234567890123456789012.000000000000000000001,GOLD,\"\"\"x\"\"\ny\",,,,0\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var written bytes.Buffer
			if err := WriteUsageCSV(&written, sequence(test.entries, nil)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, written.String()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteUsageCSVKeepsRowsBeforeAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("walk broken")
	var written bytes.Buffer
	err := WriteUsageCSV(&written, sequence([]UsageEntry{cacheRead()}, broken))
	if err != broken {
		t.Errorf("error %v, want %v itself", err, broken)
	}
	if want := usageHeader + cacheReadRow; written.String() != want {
		t.Errorf("wrote %q, want %q", written.String(), want)
	}
}

// fullWriter takes so many bytes and then fails.
type fullWriter struct {
	left int
	err  error
}

func (w *fullWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, w.err
	}
	return len(p), nil
}

func TestWriteUsageCSVEndsWhenTheWriterFails(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	consumed := 0
	endless := func(yield func(UsageEntry, error) bool) {
		for yield(cacheRead(), nil) {
			consumed++
		}
	}
	err := WriteUsageCSV(&fullWriter{left: 10000, err: full}, endless)
	if !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
	if consumed > 1000 {
		t.Errorf("%d entries consumed after 10,000 bytes were refused", consumed)
	}
	if err := WriteUsageCSV(&fullWriter{err: full}, sequence(nil, nil)); !errors.Is(err, full) {
		t.Errorf("error %v for the header alone, want %v", err, full)
	}
}

func TestUsageCSVRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(rapid.Custom(drawEntry), 1, 5).Draw(t, "entries")
		var written bytes.Buffer
		if err := WriteUsageCSV(&written, sequence(entries, nil)); err != nil {
			t.Fatal(err)
		}
		got, err := collect(ReadUsageCSV(&written))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(entries, got); diff != "" {
			t.Errorf("written and read back (-want +got):\n%s", diff)
		}
	})
}

// drawEntry draws any entry that comma-separated values can tell from others.
func drawEntry(t *rapid.T) UsageEntry {
	entry := UsageEntry{
		Timestamp:       drawInstant(t),
		SKU:             drawText(t, 1),
		PricePerUnitUSD: drawDecimal(t),
		Units:           drawDecimal(t),
		Amount:          drawDecimal(t),
		Currency:        Currency(drawText(t, 1)),
		Notes:           drawText(t, 0),
	}
	count := rapid.Ptr(rapid.Int64(), true)
	details := InferenceDetails{
		RequestID:              drawText(t, 0),
		InferenceExecutionTime: count.Draw(t, "time"),
		PromptTokens:           count.Draw(t, "prompt"),
		CompletionTokens:       count.Draw(t, "completion"),
	}
	if details != (InferenceDetails{}) && rapid.Bool().Draw(t, "details") {
		entry.InferenceDetails = &details
	}
	return entry
}

func drawText(t *rapid.T, atLeast int) string {
	pieces := rapid.SampledFrom([]string{
		`"`, `""`, ",", ";", "\n", "\r", "\t", " ", "null", "timestamp", "\\.", "\x00", "\ufeff", "é", "模型", "🜚", "a", "-llm-input-mtoken",
	})
	text := rapid.Map(rapid.SliceOfN(pieces, atLeast, 6), func(p []string) string { return strings.Join(p, "") })
	return text.Filter(func(s string) bool { return s != "null" && !strings.Contains(s, "\r\n") }).Draw(t, "text")
}

func drawInstant(t *rapid.T) time.Time {
	seconds := rapid.Int64Range(
		time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix())
	precision := rapid.SampledFrom([]int64{1, 1e3, 1e6, 1e9}).Draw(t, "precision")
	nanoseconds := rapid.Int64Range(0, 1e9-1).Draw(t, "nanoseconds") / precision * precision
	return time.Unix(seconds.Draw(t, "seconds"), nanoseconds).UTC()
}

func drawDecimal(t *rapid.T) decimal.Decimal {
	digits := rapid.StringMatching(`-?[0-9]{1,40}`).Draw(t, "digits")
	return decimal.RequireFromString(digits).Shift(rapid.Int32Range(-40, 10).Draw(t, "exponent"))
}
