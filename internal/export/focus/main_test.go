package focus_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones that a test names, wherever it runs

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// TestMain runs the tests, or the export that a test wants of another process.
func TestMain(m *testing.M) {
	if dir := os.Getenv("FOCUS_TEST_EXPORT"); dir != "" {
		if err := exportElsewhere(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func exportElsewhere(dir string) error {
	_, offset := time.Now().Zone()
	fmt.Println(offset)
	store, _, err := generated(context.Background())
	if err != nil {
		return err
	}
	for _, grain := range []string{focus.GrainEntry, focus.GrainDay} {
		if _, err := focus.Export(context.Background(), store, filepath.Join(dir, grain), options(focus.Options{Grain: grain})); err != nil {
			return err
		}
	}
	return nil
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err) // a mistake in a test
	}
	return t
}

func dec(text string) decimal.Decimal { return decimal.RequireFromString(text) }

// options are those of a test, with its accounts.
func options(o focus.Options) focus.Options {
	if o.Accounts == nil {
		o.Accounts = map[string]focus.BillingAccount{
			"home": {ID: "acct-0001", Name: "Example Account"},
			"work": {ID: "acct-0002"},
		}
	}
	return o
}

var always = ledger.Window{Start: ledger.Beginning, End: at("2100-01-01T00:00:00Z")}

// books hold entries by account.
func books(t *testing.T, entries map[string][]venice.UsageEntry) *ledgertest.Memory {
	t.Helper()
	var m ledgertest.Memory
	for account, list := range entries {
		if err := keep(t.Context(), &m, account, list); err != nil {
			t.Fatal(err)
		}
	}
	return &m
}

func keep(ctx context.Context, m *ledgertest.Memory, account string, entries []venice.UsageEntry) error {
	_, err := m.Replace(ctx, account, []ledger.Reading{{Window: always, Entries: entries, ReadAt: always.End}})
	return err
}

// home are books of one account.
func home(t *testing.T, entries ...venice.UsageEntry) *ledgertest.Memory {
	t.Helper()
	return books(t, map[string][]venice.UsageEntry{"home": entries})
}

// generated are the books of two simulated accounts over three months in which
// VCU became DIEM, and the simulator's own list of their entries.
func generated(ctx context.Context) (*ledgertest.Memory, []venicetest.Entry, error) {
	var m ledgertest.Memory
	var truth []venicetest.Entry
	for seed, account := range []string{"home", "work"} {
		s, err := venicetest.New(venicetest.Config{
			Seed: uint64(seed + 1), Entries: 700, Days: 80,
			Now: func() time.Time { return at("2025-09-10T12:34:56Z") },
		})
		if err != nil {
			return nil, nil, err
		}
		var list []venice.UsageEntry
		for _, e := range s.Entries() {
			list = append(list, entryOf(e))
		}
		truth = append(truth, s.Entries()...)
		s.Close()
		if err := keep(ctx, &m, account, list); err != nil {
			return nil, nil, err
		}
	}
	return &m, truth, nil
}

func entryOf(e venicetest.Entry) venice.UsageEntry {
	u := venice.UsageEntry{
		Timestamp: e.Timestamp, SKU: e.SKU, PricePerUnitUSD: dec(e.PricePerUnitUSD), Units: dec(e.Units), Amount: dec(e.Amount),
		Currency: venice.Currency(e.Currency), Notes: e.Notes,
	}
	if d := e.InferenceDetails; d != nil {
		u.InferenceDetails = &venice.InferenceDetails{RequestID: d.RequestID, InferenceExecutionTime: d.InferenceExecutionTime,
			PromptTokens: d.PromptTokens, CompletionTokens: d.CompletionTokens}
	}
	return u
}

// A line is a row of a CSV by the names of its columns.
type line map[string]string

func (l line) number(t *testing.T, column string) decimal.Decimal {
	t.Helper()
	d, err := decimal.NewFromString(l[column])
	if err != nil {
		t.Fatalf("%s is %q in %v", column, l[column], l)
	}
	return d
}

func lines(t *testing.T, content []byte) (header []string, rows []line) {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		row := line{}
		for i, value := range record {
			row[records[0][i]] = value
		}
		rows = append(rows, row)
	}
	return records[0], rows
}

// streamed exports to memory.
func streamed(t *testing.T, source focus.Source, o focus.Options) ([]line, *focus.Result) {
	t.Helper()
	var out bytes.Buffer
	result, err := focus.WriteCSV(t.Context(), source, &out, options(o))
	if err != nil {
		t.Fatal(err)
	}
	_, rows := lines(t, out.Bytes())
	return rows, result
}

// exported exports to a folder.
func exported(t *testing.T, source focus.Source, o focus.Options) (dir string, result *focus.Result) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "focus")
	result, err := focus.Export(t.Context(), source, dir, options(o))
	if err != nil {
		t.Fatal(err)
	}
	return dir, result
}

// files are all files of a folder by their paths in it.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		found[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// names are the paths of a folder's files, in order.
func names(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	for name := range files(t, dir) {
		if strings.Contains(name, "schema-") {
			name = "metadata/schemas/schema.json"
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
