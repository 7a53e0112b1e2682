package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// An export that is killed at any instant leaves the file as it was: not there,
// or whole.
func TestKilledExport(t *testing.T) { onEveryStore(t, testKilledExport) }

func testKilledExport(t *testing.T, kind storeKind) {
	server := venicetest.NewServer(t, venicetest.Config{Entries: 20_000, Days: 60, Now: atNoon, NoLimits: true})
	folder := t.TempDir()
	h := kind.household(t, server)
	h.must(t, "sync")
	r := rand.New(rand.NewPCG(1, 2))
	for _, form := range []string{formatCSV, formatNDJSON, formatParquet} {
		out := filepath.Join(folder, form)
		args := []string{"export", "--format", form, "--out", out}
		began := time.Now()
		h.must(t, args...)
		took := time.Since(began)
		want, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 8 {
			if i == 4 { // from now on as if for the first time
				if err := os.Remove(out); err != nil {
					t.Fatal(err)
				}
			}
			cmd := h.command(t, args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(time.Duration(r.Int64N(int64(took))), func() { _ = cmd.Process.Kill() })
			_ = cmd.Wait() // killed, or done before
			timer.Stop()
			got, err := os.ReadFile(out)
			if errors.Is(err, fs.ErrNotExist) && i >= 4 {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s: a file of %d bytes, want %d or none", form, len(got), len(want))
			}
		}
	}
}

// Of a FOCUS export that is killed, each partition is there whole or not at all.
func TestKilledFocusExport(t *testing.T) {
	t.Parallel()
	h, _ := exporter(t, inFile, venicetest.Config{Entries: 10_000, Days: 100})
	folder := t.TempDir()
	export := func(out string) []string {
		return []string{"export", "--format", "focus", "--billing-account-id", "acct-1", "--out", filepath.Join(folder, out)}
	}
	began := time.Now()
	h.must(t, export("whole")...)
	took := time.Since(began)
	want := filesOf(t, filepath.Join(folder, "whole"))
	r := rand.New(rand.NewPCG(3, 4))
	for range 8 {
		cmd := h.command(t, export("killed")...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(r.Int64N(int64(took))), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // killed, or done before
		timer.Stop()
		for name, text := range filesOf(t, filepath.Join(folder, "killed")) {
			if text != want[name] {
				t.Errorf("%s has %d bytes, want %d", name, len(text), len(want[name]))
			}
		}
	}
	h.must(t, export("killed")...)
	if diff := cmp.Diff(want, filesOf(t, filepath.Join(folder, "killed"))); diff != "" {
		t.Errorf("after all, the folder is another (-want +got):\n%.2000s", diff)
	}
}

// filesOf are the files of a folder that have their final names.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, pattern := range []string{"metadata/*.json", "metadata/schemas/*.json", "data/BILLING_PERIOD=*/*"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[name[len(dir):]] = string(text)
		}
	}
	return files
}

// An export has the fields of its example.
func TestExportJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	server := venicetest.NewServer(t, venicetest.Config{Now: atNoon, Ledger: []venicetest.Entry{
		{Timestamp: noon.Add(-time.Hour), SKU: "x", Amount: "-0.18", Currency: "USD"}}})
	h := inFile.household(t, server)
	h.must(t, "sync")
	example := documented(t, string(text), "## `ducat export --format json`")
	if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, h.must(t, "export", "--format", "json"))); diff != "" {
		t.Errorf("-documented +printed:\n%s", diff)
	}
}
