package export_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// sequence yields entries, and then an error if there is one.
func sequence(err error, entries ...ledger.Entry) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

func entry(change func(*ledger.Entry)) ledger.Entry {
	e := ledger.Entry{Account: "work", UsageEntry: venice.UsageEntry{
		Timestamp:       time.Date(2026, 6, 26, 9, 15, 2, 855e6, time.UTC),
		SKU:             "kimi-k2-7-code-llm-output-mtoken",
		PricePerUnitUSD: dec("0.2"),
		Units:           dec("0.084096"),
		Amount:          dec("-0.0168192"),
		Currency:        venice.DIEM,
		Notes:           "API Inference",
		InferenceDetails: &venice.InferenceDetails{
			RequestID: "chatcmpl-1", InferenceExecutionTime: new(int64(1840)), CompletionTokens: new(int64(0)),
		},
	}}
	if change != nil {
		change(&e)
	}
	return e
}

// Venice's own writer in the client library has another code; the books' numbers
// come with zeros at their end.
func TestCSVStandsInForVenices(t *testing.T) {
	t.Parallel()
	entries := []ledger.Entry{
		entry(nil),
		entry(func(e *ledger.Entry) { e.InferenceDetails = nil; e.Notes = "a \"quoted\", text\nof two lines " }),
		entry(func(e *ledger.Entry) { e.Amount, e.Units = dec("-0.000000000000000000000001"), dec("12345678901234") }),
		entry(func(e *ledger.Entry) { e.Amount, e.PricePerUnitUSD = dec("1e-7"), dec("12e3") }),
		entry(func(e *ledger.Entry) {
			e.Timestamp = e.Timestamp.Add(123 * time.Microsecond)
			e.Notes = "größer, 模型"
		}),
		entry(func(e *ledger.Entry) { e.Notes, e.SKU = " space first", `\.` }),
	}
	var want, got bytes.Buffer
	plain := func(yield func(venice.UsageEntry, error) bool) {
		for _, e := range entries {
			if !yield(e.UsageEntry, nil) {
				return
			}
		}
	}
	if err := venice.WriteUsageCSV(&want, plain); err != nil {
		t.Fatal(err)
	}
	for i := range entries { // as a column of 24 decimals holds it
		zero := decimal.New(0, -24)
		entries[i].Amount, entries[i].Units = entries[i].Amount.Add(zero), entries[i].Units.Add(zero)
	}
	if err := export.WriteCSV(&got, sequence(nil, entries...), export.CSV{}); err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("got\n%s\nwant\n%s", &got, &want)
	}
}

func TestCSVIsSafeForSpreadsheets(t *testing.T) {
	t.Parallel()
	for text, safe := range map[string]string{
		"=1+1":                 "'=1+1",
		"+49 30 1":             "'+49 30 1",
		"-2":                   "'-2",
		"@SUM(A1)":             "'@SUM(A1)",
		"\t=1":                 "'\t=1",
		"\r=1":                 "'\r=1",
		"'=1":                  "''=1",
		"''-1":                 "'''-1",
		"null":                 "'null",
		"nullify":              "nullify",
		"it's":                 "it's",
		"'quoted'":             "'quoted'",
		"a=1":                  "a=1",
		"":                     "",
		"=cmd|' /C calc'!A0,b": "'=cmd|' /C calc'!A0,b",
	} {
		e := entry(func(e *ledger.Entry) {
			e.Account, e.SKU, e.Currency, e.Notes, e.InferenceDetails.RequestID = text, text, venice.Currency(text), text, text
		})
		var out, raw bytes.Buffer
		err := errors.Join(
			export.WriteCSV(&out, sequence(nil, e), export.CSV{Account: true}),
			export.WriteCSV(&raw, sequence(nil, e), export.CSV{Account: true, Raw: true}))
		if err != nil {
			t.Fatal(err)
		}
		for form, want := range map[*bytes.Buffer]string{&out: safe, &raw: text} {
			rows, err := csv.NewReader(form).ReadAll()
			if err != nil || len(rows) != 2 {
				t.Fatalf("%q: %d rows, %v", text, len(rows), err)
			}
			for _, column := range []int{0, 2, 6, 7, 8} {
				if got := rows[1][column]; got != want {
					t.Errorf("%q: the %s is %q, want %q", text, rows[0][column], got, want)
				}
			}
			if amount := rows[1][5]; amount != "-0.0168192" {
				t.Errorf("a negative number became %q", amount)
			}
		}
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"", "=", "'=", "''", "'a", "-1", "a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe := export.Safe(s)
		if safe != "" && strings.ContainsRune("=+-@\t\r", rune(safe[0])) {
			t.Errorf("%q is made %q, which a spreadsheet runs", s, safe)
		}
		if got := export.Unsafe(safe); got != s {
			t.Errorf("%q is made %q, which reads back as %q", s, safe, got)
		}
	})
}

func TestCSVAfterAFault(t *testing.T) {
	t.Parallel()
	fault := errors.New("the books burn")
	var out bytes.Buffer
	if err := export.WriteCSV(&out, sequence(fault, entry(nil)), export.CSV{}); !errors.Is(err, fault) {
		t.Errorf("error is %v", err)
	}
	if lines := strings.Count(out.String(), "\n"); lines != 2 {
		t.Errorf("%d lines before the fault, want the header and an entry", lines)
	}
	if err := export.WriteCSV(failing{}, sequence(nil, entry(nil)), export.CSV{}); !errors.Is(err, errFull) {
		t.Errorf("error is %v", err)
	}
}

var errFull = errors.New("full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }
