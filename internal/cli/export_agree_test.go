package cli

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/ducat-ledger/ducat/internal/export/focus/focustest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// exporter is a household whose books hold all that the server has.
func exporter(t *testing.T, kind storeKind, cfg venicetest.Config) (household, *venicetest.Server) {
	t.Helper()
	cfg.Now, cfg.NoLimits = atNoon, true
	server := venicetest.NewServer(t, cfg)
	h := kind.household(t, server)
	h.must(t, "sync")
	return h, server
}

// awkward is a ledger of what is hard to export: the largest and smallest numbers
// that a double has, texts that a spreadsheet would run or that need quotes, equal
// entries, and details with holes.
func awkward() []venicetest.Entry {
	texts := []string{"API Inference", "=1+1", "'=1", "-2", "@a, \"b\"", "\tx", "größer 模型", "two\nlines", "null", " spaces ", ""}
	numbers := []string{"0", "1e-7", "-1234567.5", "0.1", "-0.30000000000000004", "1e-24"}
	var entries []venicetest.Entry
	for i := range 300 {
		e := venicetest.Entry{
			Timestamp: noon.Add(-time.Duration(i/2) * 7 * time.Hour), SKU: "x-llm-output-mtoken", PricePerUnitUSD: numbers[i%2],
			Units: numbers[i%4], Amount: numbers[i%6], Currency: "DIEM", Notes: texts[i%len(texts)],
		}
		if i == 7 {
			e.Amount, e.Units = "-99999999999999", "12345678901234.5"
		}
		switch i % 5 {
		case 1:
			e.InferenceDetails = &venicetest.InferenceDetails{RequestID: texts[i/5%len(texts)] + "id", PromptTokens: new(int64(i))}
		case 2:
			e.SKU, e.Currency = "=SUM(A1)", "+MOON"
		}
		entries = append(entries, e)
	}
	return append(entries, entries[0], entries[1])
}

// The five forms of the same books hold the same money as the simulator's dump.
func TestExportsAgree(t *testing.T) { onEveryStore(t, testExportsAgree) }

func testExportsAgree(t *testing.T, kind storeKind) {
	h, server := exporter(t, kind, venicetest.Config{Seed: 7, Entries: 6000, Days: 420})
	want := sumsText(truth(t, server))
	folder := t.TempDir()
	file := func(name string, args ...string) string {
		path := filepath.Join(folder, name)
		h.must(t, append([]string{"export", "--out", path}, args...)...)
		return path
	}
	for name, got := range map[string]string{
		"csv":     sumsOf(t, file("csv"), readCSVRows),
		"ndjson":  sumsOf(t, file("ndjson", "--format", "ndjson"), readNDJSONRows),
		"json":    sumsOf(t, file("json", "--format", "json"), readListRows),
		"parquet": parquetSums(t, file("parquet", "--format", "parquet")),
		"focus":   focusSums(t, file("focus", "--format", "focus", "--billing-account-id", "a"), "csv"),
		"by day":  focusSums(t, file("day", "--format", "focus", "--billing-account-id", "a", "--grain", "day"), "csv"),
	} {
		if got != want {
			t.Errorf("%s holds\n%s, the dump\n%s", name, got, want)
		}
	}
}

func sumsOf(t *testing.T, path string, read func(io.Reader) ([]row, error)) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := read(strings.NewReader(string(text)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return sumsText(rows)
}

func readListRows(r io.Reader) ([]row, error) {
	var object struct{ Data []jsonRow }
	if err := json.NewDecoder(r).Decode(&object); err != nil {
		return nil, err
	}
	var rows []row
	for _, j := range object.Data {
		r, err := j.row()
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// parquetSums reads with another implementation.
func parquetSums(t *testing.T, path string) string {
	t.Helper()
	type amount struct {
		Amount   [16]byte `parquet:"amount,optional"`
		Currency string   `parquet:"currency,optional"`
	}
	found, err := parquet.ReadFile[amount](path)
	if err != nil {
		t.Fatal(err)
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(24), nil)
	var rows []row
	for _, m := range found {
		n := new(big.Int).SetBytes(m.Amount[:])
		if m.Amount[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 128))
		}
		rows = append(rows, row{amount: new(big.Rat).SetFrac(n, scale), currency: m.Currency})
	}
	return sumsText(rows)
}

// focusSums adds up what each row says of the ledger.
func focusSums(t *testing.T, dir, extension string) string {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(dir, "data", "*", "part-*."+extension))
	if err != nil || len(parts) < 2 {
		t.Fatalf("%v, %v", parts, err)
	}
	var rows []row
	for _, part := range parts {
		file, err := os.Open(part)
		if err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(file).ReadAll()
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
		amount, currency := slices.Index(records[0], "x_LedgerAmount"), slices.Index(records[0], "x_LedgerCurrency")
		for _, record := range records[1:] {
			n, err := rat(record[amount])
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row{amount: n, currency: record[currency]})
		}
	}
	return sumsText(rows)
}

// What is exported, read into other books and exported from there is the same, to
// the byte: also of what is hard to spell.
func TestExportsComeBack(t *testing.T) { onEveryStore(t, testExportsComeBack) }

func testExportsComeBack(t *testing.T, kind storeKind) {
	for name, cfg := range map[string]venicetest.Config{
		"generated": {Seed: 3, Entries: 3000, Days: 90},
		"awkward":   {Ledger: awkward()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := exporter(t, kind, cfg)
			ndjson := h.must(t, "export", "--format", "ndjson")
			for form, args := range map[string][]string{
				"csv":     {"--format", "csv"},
				"raw":     {"--format", "csv", "--raw", "--with-account"},
				"ndjson":  {"--format", "ndjson"},
				"json":    {"--format", "json"},
				"parquet": {"--format", "parquet"},
			} {
				folder := t.TempDir()
				first, second := filepath.Join(folder, "first"), filepath.Join(folder, "second")
				h.must(t, append([]string{"export", "--out", first}, args...)...)
				other := household{shelf: kind.shelf(t)}
				flags := []string{"import", first}
				if form == "raw" {
					flags = append(flags, "--raw")
				}
				if form != "json" && form != "parquet" { // which say it themselves
					flags = append(flags, "--covers", "1970-01-01/2026-06-15T12:00:00Z")
				}
				other.must(t, flags...)
				other.must(t, append([]string{"export", "--out", second}, args...)...)
				a, errA := os.ReadFile(first)
				b, errB := os.ReadFile(second)
				if err := errors.Join(errA, errB); err != nil {
					t.Fatal(err)
				}
				if string(a) != string(b) && form != "parquet" && (form != "raw" || name == "generated") {
					t.Errorf("%s: %d bytes came back as %d others", form, len(a), len(b))
				}
				// CSV cannot tell empty details from none, nor raw CSV null from nothing.
				if got := other.must(t, "export", "--format", "ndjson"); got != ndjson && (form != "csv" && form != "raw" || name == "generated") {
					t.Errorf("%s: the entries are not the same", form)
				}
			}
		})
	}
}

// What is exported is the same to the byte, whichever store it comes from.
func TestExportsOfEveryStore(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]venicetest.Config{
		"generated": {Seed: 11, Entries: 3000, Days: 90, Now: atNoon, NoLimits: true},
		"awkward":   {Ledger: awkward(), Now: atNoon, NoLimits: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := venicetest.NewServer(t, cfg)
			file, other := inFile.household(t, server), onServer.household(t, server)
			for _, h := range []household{file, other} {
				h.must(t, "sync")
			}
			for form, args := range map[string][]string{
				"csv": {"--with-account"}, "json": nil, "ndjson": nil, "parquet": nil,
			} {
				folder := t.TempDir()
				var texts [2]string
				for i, h := range []household{file, other} {
					path := filepath.Join(folder, fmt.Sprint(i))
					h.must(t, append([]string{"export", "--format", form, "--out", path}, args...)...)
					text, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					texts[i] = string(text)
				}
				if texts[0] != texts[1] {
					t.Errorf("%s: %d bytes from a file, %d others from a server", form, len(texts[0]), len(texts[1]))
				}
			}
			for _, args := range [][]string{{"--file", "parquet"}, {"--grain", "day", "--basis", "consumption"}} {
				var dirs [2]string
				for i, h := range []household{file, other} {
					dirs[i] = filepath.Join(t.TempDir(), "focus")
					got := h.run(t, append([]string{"export", "--format", "focus", "--billing-account-id", "acct-1", "--out", dirs[i]}, args...)...)
					if got.code != exitDone && (got.code != exitIncomplete || name == "generated") {
						t.Errorf("focus %v: exit code %d: %s", args, got.code, got.stderr)
					}
				}
				for _, finding := range focustest.SameBytes(dirs[0], dirs[1]) {
					t.Errorf("focus %v: %v", args, finding)
				}
			}
		})
	}
}

// FOCUS exports of the real command have no finding, in any of their forms, and
// are the same to the byte when they are made again in another time zone.
func TestFocusFolders(t *testing.T) { onEveryStore(t, testFocusFolders) }

func testFocusFolders(t *testing.T, kind storeKind) {
	for name, cfg := range map[string]venicetest.Config{
		"generated": {Seed: 5, Entries: 3000, Days: 400},
		"awkward":   {Ledger: awkward()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := exporter(t, kind, cfg)
			source := entriesOf(t, h)
			for i, want := range []focustest.Expectation{
				{},
				{Grain: "day"},
				{Basis: "consumption"},
				{Basis: "consumption", Grain: "day", AllowanceCost: "face", Version: "1.3"},
				{AllowanceCost: "face", Version: "1.4"},
				{Basis: "consumption", Profile: "vantage"},
			} {
				want.Source, want.BillingAccounts = source, map[string]string{"default": "acct-1"}
				args := []string{"export", "--format", "focus", "--billing-account-id", "acct-1"}
				for flag, value := range map[string]string{
					"--grain": want.Grain, "--basis": want.Basis, "--allowance-cost": want.AllowanceCost,
					"--focus-version": want.Version, "--profile": want.Profile,
				} {
					if value != "" {
						args = append(args, flag, value)
					}
				}
				args = append(args, [][]string{nil, {"--compress", "zstd"}, {"--compress", "gzip"}, nil, {"--file", "parquet"}, nil}[i]...)
				var dirs []string
				for _, zone := range []string{"Asia/Kolkata", "America/New_York"} {
					dir := filepath.Join(t.TempDir(), "focus")
					cmd := h.command(t, append(args, "--out", dir)...)
					cmd.Env = append(cmd.Env, "TZ="+zone)
					out, err := cmd.CombinedOutput()
					// What cannot be written in FOCUS is told by the exit code.
					if code := exitCode(t, err); code != exitDone && (code != exitIncomplete || name == "generated") {
						t.Fatalf("%v: exit code %d: %s", args, code, out)
					}
					for _, finding := range focustest.Validate(dir, want) {
						t.Errorf("%v: %v", args, finding)
					}
					dirs = append(dirs, dir)
				}
				for _, finding := range focustest.SameBytes(dirs[0], dirs[1]) {
					t.Errorf("%v: %v", args, finding)
				}
			}
		})
	}
}

// entriesOf are the entries in the books.
func entriesOf(t *testing.T, h household) []ledger.Entry {
	t.Helper()
	var entries []ledger.Entry
	for e, err := range h.store(t).Entries(t.Context(), ledger.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		t.Fatal("no entries in the books")
	}
	return entries
}
