package duckdb_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

// TestFocusInParquet exports the same books in CSV and Parquet, and reads the
// latter with another library. A refund of an earlier month makes the export ask
// the store while it reads from it.
func TestFocusInParquet(t *testing.T) {
	t.Parallel()
	store := open(t, file(t), duckdb.Options{})
	month := ledger.Window{Start: ledgertest.Day.Start.AddDate(0, -1, 0), End: ledgertest.Day.End}
	tokens := int64(1536)
	paid := venice.UsageEntry{
		Timestamp: ledgertest.Day.Start.AddDate(0, -1, 0), SKU: "zai-org-glm-5-1-llm-output-mtoken", Currency: venice.USD,
		PricePerUnitUSD: decimal.New(48, -1), Units: decimal.New(1536, -6), Amount: decimal.New(-73728, -7),
		InferenceDetails: &venice.InferenceDetails{RequestID: "chatcmpl-1", CompletionTokens: &tokens},
	}
	back := paid
	back.Timestamp, back.Amount = ledgertest.Day.Start.Add(time.Hour), paid.Amount.Neg()
	image := venice.UsageEntry{Timestamp: ledgertest.Day.Start, SKU: "flux-image-unit", Currency: venice.DIEM, PricePerUnitUSD: decimal.New(1, -24),
		Units: decimal.New(1, 0), Amount: decimal.New(-1, -24)}
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{{Window: month, Entries: []venice.UsageEntry{paid, back, image}, ReadAt: month.End}}); err != nil {
		t.Fatal(err)
	}
	options := focus.Options{
		Accounts: map[string]focus.BillingAccount{"home": {ID: "a"}},
		ToParquet: func(ctx context.Context, from, to string, columns []focus.SQLColumn) error {
			var same []duckdb.Column
			for _, c := range columns {
				same = append(same, duckdb.Column(c))
			}
			return duckdb.ParquetFromCSV(ctx, from, to, same)
		},
	}
	dirs := map[string]string{focus.CSV: t.TempDir(), focus.Parquet: t.TempDir()}
	for kind, dir := range dirs {
		options.File = kind
		if _, err := focus.Export(t.Context(), store, dir, options); err != nil {
			t.Fatal(err)
		}
	}
	corrections := 0
	for _, month := range []string{"2026-05", "2026-06"} {
		part := filepath.Join("data", "BILLING_PERIOD="+month, "part-00001.")
		text, err := os.ReadFile(filepath.Join(dirs[focus.CSV], part+"csv"))
		if err != nil {
			t.Fatal(err)
		}
		corrections += strings.Count(string(text), ",Correction,")
		records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		rows, schema := cells(t, filepath.Join(dirs[focus.Parquet], part+"parquet"))
		got := [][]string{nil}
		for _, f := range schema.Fields() {
			got[0] = append(got[0], f.Name())
		}
		for _, row := range rows {
			var texts []string
			for i, value := range row {
				texts = append(texts, spelled(t, value, schema.Fields()[i]))
			}
			got = append(got, texts)
		}
		if diff := cmp.Diff(records, got); diff != "" {
			t.Errorf("%s (-CSV +Parquet):\n%s", month, diff)
		}
	}
	if corrections != 1 {
		t.Errorf("%d corrections, want 1", corrections)
	}
}

// spelled is a cell of a Parquet file as our CSV has it.
func spelled(t *testing.T, value any, column parquet.Field) string {
	t.Helper()
	text, _ := value.(string)
	switch {
	case value == nil:
		return ""
	case column.Name() == "x_LedgerTimestamp":
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when.Format("2006-01-02T15:04:05.000Z")
	case column.Type().LogicalType().String() != "DECIMAL(38,24)":
		return text
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		t.Fatal(err)
	}
	return d.Shift(-24).String()
}
