package duckdb_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A process that was killed while it made the ledger leaves nothing for good; a
// ledger of another name in the same folder is none of its business.
func TestSweep(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{".a.duckdb-new-1", ".b.duckdb-new-1"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name, "ledger"), []byte("half of a"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store, err := duckdb.Open(filepath.Join(folder, "a.duckdb"), duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SaveBalance(t.Context(), "home", ledger.BalanceAt{At: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, file.Name())
	}
	if len(names) != 2 || names[0] != ".b.duckdb-new-1" || names[1] != "a.duckdb" {
		t.Errorf("in the folder: %q", names)
	}
}
