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
func TestKilledExport(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 20_000, Days: 60, Now: atNoon, NoLimits: true})
	folder := t.TempDir()
	h := household{server.BaseURL, server.AdminKey, filepath.Join(folder, "ledger.duckdb")}
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

// An export has the fields of its example.
func TestExportJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	server := venicetest.NewServer(t, venicetest.Config{Now: atNoon, Ledger: []venicetest.Entry{
		{Timestamp: noon.Add(-time.Hour), SKU: "x", Amount: "-0.18", Currency: "USD"}}})
	h := household{server.BaseURL, server.AdminKey, filepath.Join(t.TempDir(), "ledger.duckdb")}
	h.must(t, "sync")
	example := documented(t, string(text), "## `ducat export --format json`")
	if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, h.must(t, "export", "--format", "json"))); diff != "" {
		t.Errorf("-documented +printed:\n%s", diff)
	}
}
