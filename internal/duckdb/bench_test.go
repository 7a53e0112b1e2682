package duckdb_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

// month is a reading of so many entries, as many on each of 30 days.
func month(entries int) ledger.Reading {
	r := ledger.Reading{Window: ledger.Window{Start: ledgertest.Day.Start, End: ledgertest.Day.Start.AddDate(0, 0, 30)}, ReadAt: ledgertest.Day.Start.AddDate(0, 1, 0)}
	step := r.Window.Length() / time.Duration(entries)
	skus := [...]string{"zai-org-glm-5-1-llm-output-mtoken", "zai-org-glm-5-1-llm-input-mtoken", "kimi-k2-7-code-llm-cache-input-mtoken", "grok-imagine-image-image-unit"}
	tokens, took := int64(84_306), int64(4211)
	for i := range entries {
		r.Entries = append(r.Entries, venice.UsageEntry{
			Timestamp: r.Window.Start.Add(time.Duration(i) * step).Truncate(time.Millisecond),
			SKU:       skus[i%len(skus)], PricePerUnitUSD: decimal.New(28, -1), Notes: "API Inference",
			Units: decimal.New(int64(i%100_000), -6), Amount: decimal.New(-int64(i%977_777), -9),
			Currency: []venice.Currency{venice.DIEM, venice.USD}[i/4%2],
			InferenceDetails: &venice.InferenceDetails{
				RequestID:        fmt.Sprintf("chatcmpl-%032x", i/4),
				PromptTokens:     &tokens,
				CompletionTokens: &tokens, InferenceExecutionTime: &took,
			},
		})
	}
	return r
}

func stock(b *testing.B, entries int) (*duckdb.Store, ledger.Reading) {
	b.Helper()
	s, err := duckdb.Open(filepath.Join(b.TempDir(), "ledger.db"), duckdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	r := month(entries)
	if err := ledgertest.Put(b.Context(), s, r); err != nil {
		b.Fatal(err)
	}
	return s, r
}

func BenchmarkInsert(b *testing.B) {
	const entries = 100_000
	r := month(entries)
	for b.Loop() {
		s, err := duckdb.Open(filepath.Join(b.TempDir(), "ledger.db"), duckdb.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := ledgertest.Put(b.Context(), s, r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(entries*b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkReplaceDay reads a day of a million entries again, with one that is new.
func BenchmarkReplaceDay(b *testing.B) {
	s, r := stock(b, 1_000_000)
	day := ledger.Window{Start: r.Window.Start.AddDate(0, 0, 10), End: r.Window.Start.AddDate(0, 0, 11)}
	reading := ledger.Reading{Window: ledgertest.Day, ReadAt: r.ReadAt}
	for _, e := range r.Entries {
		if day.Contains(e.Timestamp) {
			reading.Entries = append(reading.Entries, e)
		}
	}
	n := int64(0)
	for b.Loop() {
		n++
		reading.Entries[0].Amount = decimal.New(n, 0)
		if err := ledgertest.Put(b.Context(), s, reading); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSums(b *testing.B) {
	s, _ := stock(b, 1_000_000)
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		b.Fatal(err)
	}
	for _, zone := range []*time.Location{time.UTC, newYork} {
		for _, by := range [][]ledger.Dimension{nil, {ledger.ByDay, ledger.ByModel}, {ledger.ByHour}, {ledger.ByMonth}} {
			q := ledger.Query{By: by, Zone: zone}
			b.Run(fmt.Sprint(by, " in ", zone), func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Sums(b.Context(), q); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprint("requests ", by, " in ", zone), func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Requests(b.Context(), q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkEntries(b *testing.B) {
	s, _ := stock(b, 1_000_000)
	n := 0
	for b.Loop() {
		for _, err := range s.Entries(b.Context(), ledger.Selection{}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
}
