package cli

import (
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/transfer"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func storeAt(t *testing.T, path string) *duckdb.Store {
	t.Helper()
	store, err := duckdb.Open(path, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// Random books go from memory into a file and back, and stay what
// they were in everything that can be asked.
func TestLedgerGoesThereAndBack(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		from := &ledgertest.Memory{}
		ledgertest.Fill(t, from, seed)
		file, back := storeAt(t, filepath.Join(t.TempDir(), "ledger")), &ledgertest.Memory{}
		if _, err := transfer.Copy(t.Context(), from, file, transfer.Options{Part: 150}); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		kept, err := file.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer kept.Close()
		ledgertest.Same(t, from, kept)
		if _, err := transfer.Copy(t.Context(), kept, back, transfer.Options{Part: 150}); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		ledgertest.Same(t, from, back)
	}
}

// A copy that is killed at any instant goes on when it is repeated, and ends with
// the same books.
func TestKilledLedgerCopy(t *testing.T) {
	t.Parallel()
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "copied")
		testKilledLedgerCopy(t, path, storeAt(t, path))
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		address := chdbtest.Database(t)
		store, err := clickhouse.Open(address, "")
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		testKilledLedgerCopy(t, address, store)
	})
}

func testKilledLedgerCopy(t *testing.T, place string, copied ledger.Store) {
	server := venicetest.NewServer(t, venicetest.Config{Entries: 20_000, Days: 60, Now: atNoon, NoLimits: true})
	folder := t.TempDir()
	h := household{server.BaseURL, server.AdminKey, filepath.Join(folder, "ledger.duckdb")}
	ledgertest.Fill(t, storeAt(t, h.ledger), 7) // more accounts
	h.must(t, "sync")
	began := time.Now()
	h.must(t, "ledger", "copy", h.ledger, filepath.Join(folder, "whole"))
	took := time.Since(began)
	r := rand.New(rand.NewPCG(1, 2))
	for range 6 {
		cmd := h.command(t, "ledger", "copy", h.ledger, place)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(r.Int64N(int64(took))), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // killed, or done before
		timer.Stop()
	}
	h.must(t, "ledger", "copy", h.ledger, place)
	first, err := storeAt(t, h.ledger).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	ledgertest.Same(t, first, copied)
}

// A copy in which one digit is another has all that the form can hold.
func TestLedgerCopyJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	b := newBookkeeper(t)
	path := filepath.Join(t.TempDir(), "copy.duckdb")
	from := b.env["DUCAT_LEDGER"]
	if got := b.run(t, "ledger", "copy", from, path); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	flipDigit(t, path)
	got := b.run(t, "ledger", "copy", from, path, "--verify", "-o", "json")
	if got.code != exitIncomplete {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	example := documented(t, string(text), "## `ducat ledger copy -o json`")
	if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, got.stdout)); diff != "" {
		t.Errorf("-documented +printed:\n%s", diff)
	}
	if got := b.run(t, "ledger", "copy", from, path); got.code != exitIncomplete {
		t.Errorf("a copy that is not like the books: exit code %d: %s", got.code, got.stdout)
	}
}

// flipDigit changes the last digit that can be kept of one amount, as a broken
// disk would.
func flipDigit(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	changed, err := db.ExecContext(t.Context(), "UPDATE ledger_entries SET amount = amount - 0.000000000000000000000001 WHERE rowid = (SELECT max(rowid) FROM ledger_entries)")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := changed.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d rows changed, %v", n, err)
	}
}
