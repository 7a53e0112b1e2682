package duckdb_test

import (
	"context"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

// exported is a row as another implementation of Parquet reads it.
type exported struct {
	Account          string   `parquet:"account,optional"`
	Timestamp        int64    `parquet:"timestamp,optional"`
	SKU              string   `parquet:"sku,optional"`
	Model            string   `parquet:"model,optional"`
	Meter            string   `parquet:"meter,optional"`
	Unit             string   `parquet:"unit,optional"`
	PricePerUnitUSD  [16]byte `parquet:"price_per_unit_usd,optional"`
	Units            [16]byte `parquet:"units,optional"`
	Amount           [16]byte `parquet:"amount,optional"`
	Currency         string   `parquet:"currency,optional"`
	Notes            string   `parquet:"notes,optional"`
	RequestID        *string  `parquet:"request_id,optional"`
	ExecutionMS      *int64   `parquet:"execution_ms,optional"`
	PromptTokens     *int64   `parquet:"prompt_tokens,optional"`
	CompletionTokens *int64   `parquet:"completion_tokens,optional"`
}

func (e exported) entry() ledger.Entry {
	u := venice.UsageEntry{
		Timestamp:       time.UnixMicro(e.Timestamp).UTC(),
		SKU:             e.SKU,
		PricePerUnitUSD: fixed(e.PricePerUnitUSD),
		Units:           fixed(e.Units),
		Amount:          fixed(e.Amount),
		Currency:        venice.Currency(e.Currency),
		Notes:           e.Notes,
	}
	if e.RequestID != nil {
		u.InferenceDetails = &venice.InferenceDetails{
			RequestID: *e.RequestID, InferenceExecutionTime: e.ExecutionMS, PromptTokens: e.PromptTokens, CompletionTokens: e.CompletionTokens,
		}
	}
	return ledger.Entry{UsageEntry: u, Account: e.Account}
}

// fixed reads 24 decimals in a big-endian two's complement.
func fixed(b [16]byte) decimal.Decimal {
	n := new(big.Int).SetBytes(b[:])
	if b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return decimal.NewFromBigInt(n, -24)
}

// readParquet gives the rows and the note.
func readParquet(t *testing.T, path string) ([]ledger.Entry, string, *parquet.Schema) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	note, _ := f.Lookup(duckdb.ParquetNote)
	reader := parquet.NewGenericReader[exported](f)
	defer reader.Close()
	var entries []ledger.Entry
	rows := make([]exported, 100)
	for {
		n, err := reader.Read(rows)
		for _, row := range rows[:n] {
			entries = append(entries, row.entry())
		}
		if errors.Is(err, io.EOF) {
			return entries, note, f.Schema()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// awkward are entries with the longest numbers and odd texts.
func awkward() ledger.Reading {
	r := ledgertest.Version(500)
	numbers := []string{"0", "-0.000000000000000000000001", "99999999999999.999999999999999999999999", "-12345678901234", "0.1"}
	for i := range r.Entries {
		e := &r.Entries[i]
		e.Amount = decimal.RequireFromString(numbers[i%5])
		e.Units = decimal.RequireFromString(numbers[i%3])
		e.PricePerUnitUSD = decimal.RequireFromString(numbers[i%2])
		switch i % 4 {
		case 0:
			e.InferenceDetails = nil
		case 1:
			e.InferenceDetails.PromptTokens = new(int64(i))
			e.SKU, e.Notes = "of no known form", "größer, \"模型\"\n"
		case 2:
			e.InferenceDetails.RequestID = ""
			e.Currency = "MOON_CREDITS"
		}
		e.Timestamp = e.Timestamp.Add(time.Duration(i%7) * time.Microsecond)
	}
	return r
}

func TestParquetReadsBackElsewhere(t *testing.T) {
	t.Parallel()
	s := open(t, file(t), duckdb.Options{})
	for _, account := range []string{"work", "default"} {
		if _, err := s.Replace(t.Context(), account, []ledger.Reading{awkward()}); err != nil {
			t.Fatal(err)
		}
	}
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	for name, test := range map[string]struct {
		selection ledger.Selection
		account   bool
	}{
		"all":         {ledger.Selection{}, true},
		"chosen":      {ledger.Selection{Accounts: []string{"default"}, Currencies: []venice.Currency{"MOON_CREDITS"}, Window: ledger.Window{Start: ledgertest.Day.Start.Add(100 * time.Millisecond)}}, true},
		"partitioned": {ledger.Selection{Accounts: []string{"work"}}, false},
		"none":        {ledger.Selection{Accounts: []string{"nobody"}}, true},
	} {
		path := filepath.Join(t.TempDir(), "it's.parquet")
		if err := snapshot.(duckdb.Snapshot).WriteParquet(t.Context(), test.selection, path, `{"complete":true,"name":"it's"}`, test.account); err != nil {
			t.Fatal(err)
		}
		got, note, schema := readParquet(t, path)
		if note != `{"complete":true,"name":"it's"}` {
			t.Errorf("%s: the note is %s", name, note)
		}
		for column, want := range map[string]string{
			"timestamp": "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)", "amount": "DECIMAL(38,24)", "units": "DECIMAL(38,24)",
		} {
			leaf, ok := schema.Lookup(column)
			if !ok || leaf.Node.Type().LogicalType().String() != want {
				t.Errorf("%s: %s is no %s: %v", name, column, want, leaf.Node)
			}
		}
		if _, ok := schema.Lookup("account"); ok != test.account {
			t.Errorf("%s: there is a column account: %t", name, ok)
		}
		var want []ledger.Entry
		for e, err := range s.Entries(t.Context(), test.selection) {
			if err != nil {
				t.Fatal(err)
			}
			e.Identity, e.Ordinal = ledger.Identity{}, 0
			if !test.account {
				e.Account = ""
			}
			want = append(want, e)
		}
		if (len(want) == 0) != (name == "none") {
			t.Fatalf("%s: %d entries are wanted", name, len(want))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}

		other := filepath.Join(t.TempDir(), "it's.parquet")
		if err := duckdb.WriteParquet(t.Context(), snapshot.Entries(t.Context(), test.selection), other, note, test.account); err != nil {
			t.Fatal(err)
		}
		streamed, streamedNote, streamedSchema := readParquet(t, other)
		if diff := cmp.Diff(got, streamed); diff != "" || streamedNote != note || streamedSchema.String() != schema.String() {
			t.Errorf("%s: from a stream the note is %s, the schema %s (-from the file +from the stream):\n%s", name, streamedNote, streamedSchema, diff)
		}
	}
}

// Entries that cannot be read to their end make no file, and leave nothing behind.
func TestParquetOfBrokenEntries(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	broken := errors.New("the connection is lost")
	path := filepath.Join(t.TempDir(), "x.parquet")
	entries := func(yield func(ledger.Entry, error) bool) {
		if yield(ledger.Entry{Account: "default", UsageEntry: awkward().Entries[0]}, nil) {
			yield(ledger.Entry{}, broken)
		}
	}
	if err := duckdb.WriteParquet(t.Context(), entries, path, "", true); !errors.Is(err, broken) {
		t.Errorf("error is %v, want %v", err, broken)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a file: %v", err)
	}
	if files, err := os.ReadDir(os.TempDir()); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// A snapshot has no name in the folder, and keeps nobody from writing: not another
// store, as it would be in another process.
func TestSnapshotIsInNobodysWay(t *testing.T) {
	t.Parallel()
	path := file(t)
	s := open(t, path, duckdb.Options{})
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(300)); err != nil {
		t.Fatal(err)
	}
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("the ledger's folder has %v, %v", files, err)
	}
	if err := ledgertest.Put(t.Context(), open(t, path, duckdb.Options{Wait: time.Millisecond}), ledgertest.Version(200)); err != nil {
		t.Errorf("another store cannot write: %v", err)
	}
	frozen := snapshot.(duckdb.Snapshot)
	if n, err := ledgertest.VersionOf(t.Context(), frozen.Store); err != nil || n != 300 {
		t.Errorf("the snapshot has version %d, %v; want 300", n, err)
	}
	if err := ledgertest.Put(t.Context(), frozen.Store, ledgertest.Version(100)); err == nil {
		t.Error("a snapshot was changed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	target := filepath.Join(t.TempDir(), "x.parquet")
	if err := frozen.WriteParquet(ctx, ledger.Selection{}, target, "", true); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}
