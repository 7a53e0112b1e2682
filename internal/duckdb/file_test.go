package duckdb_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

func TestNoLedger(t *testing.T) {
	t.Parallel()
	path := file(t)
	s := open(t, path, duckdb.Options{})
	if _, err := ledgertest.VersionOf(t.Context(), s); !errors.Is(err, ledger.ErrNoLedger) || !contains(err, path) || !contains(err, "ducat sync") {
		t.Errorf("error is %v", err)
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading makes the folder: %v", err)
	}
}

// alter changes a ledger as only another program would.
func alter(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), query)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestFilesThatAreNoLedgers also holds a store to leaving them as they are.
func TestFilesThatAreNoLedgers(t *testing.T) {
	t.Parallel()
	content := func(text string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	ledgerWith := func(query string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := ledgertest.Put(t.Context(), open(t, path, duckdb.Options{}), ledgertest.Version(300)); err != nil {
				t.Fatal(err)
			}
			alter(t, path, query)
		}
	}
	for name, test := range map[string]struct {
		make func(*testing.T, string)
		want error
		says string
	}{
		"empty file":         {content(""), ledger.ErrNotLedger, "another kind"},
		"text":               {content("account,amount\n"), ledger.ErrNotLedger, "another kind"},
		"zeros":              {content(string(make([]byte, 100_000))), ledger.ErrNotLedger, "another kind"},
		"SQLite":             {content("SQLite format 3\x00" + string(make([]byte, 8192))), ledger.ErrNotLedger, "another kind"},
		"another's database": {func(t *testing.T, path string) { alter(t, path, "CREATE TABLE t (x INTEGER)") }, ledger.ErrNotLedger, "another program"},
		"another's meta":     {ledgerWith("UPDATE ledger_meta SET application = 'x'"), ledger.ErrNotLedger, "another program"},
		"newer":              {ledgerWith("UPDATE ledger_meta SET version = 99"), ledger.ErrNewer, "update ducat"},
		"newer DuckDB": {func(t *testing.T, path string) {
			ledgerWith("SELECT 1")(t, path)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			at := bytes.Index(text, []byte("DUCK")) + 4 // its storage version follows
			text[at], text[at+1] = 200, 0
			content(string(text))(t, path)
		}, nil, ""},
		"truncated": {func(t *testing.T, path string) {
			ledgerWith("SELECT 1")(t, path)
			if err := os.Truncate(path, 20_000); err != nil {
				t.Fatal(err)
			}
		}, nil, "damaged"},
		"folder": {func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, nil, "directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "ledger.db")
			test.make(t, path)
			before, _ := os.ReadFile(path)
			s := open(t, path, duckdb.Options{})
			_, reading := ledgertest.VersionOf(t.Context(), s)
			writing := ledgertest.Put(t.Context(), s, ledgertest.Version(1))
			for _, err := range []error{reading, writing} {
				if err == nil || test.want != nil && !errors.Is(err, test.want) || !contains(err, test.says) || !contains(err, path) {
					t.Errorf("error is %v; want %v, saying %q and the path", err, test.want, test.says)
				}
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

// TestOlderLedgerIsMigrated has a ledger of version 0, which is one of meta data
// alone.
func TestOlderLedgerIsMigrated(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(ledger.Store) error{
		"by a reader": func(s ledger.Store) error { _, err := s.Accounts(t.Context()); return err },
		"by a writer": func(s ledger.Store) error { return ledgertest.Put(t.Context(), s, ledgertest.Version(0)) },
	} {
		path := filepath.Join(t.TempDir(), "ledger.db")
		alter(t, path, "CREATE TABLE ledger_meta (application VARCHAR, version INTEGER); INSERT INTO ledger_meta VALUES ('ducat ledger', 0)")
		s := open(t, path, duckdb.Options{})
		if err := first(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := ledgertest.Put(t.Context(), s, ledgertest.Version(7)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n, err := ledgertest.VersionOf(t.Context(), s); n != 7 || err != nil {
			t.Errorf("%s: version %d, %v", name, n, err)
		}
	}
}

// TestLedgerOfVersion1 has one as it was before API keys were kept.
func TestLedgerOfVersion1(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := ledgertest.Put(t.Context(), open(t, path, duckdb.Options{}), ledgertest.Version(5)); err != nil {
		t.Fatal(err)
	}
	alter(t, path, "DROP VIEW api_keys; DROP TABLE ledger_api_keys; DROP TABLE ledger_api_key_lists; UPDATE ledger_meta SET version = 1")
	s := open(t, path, duckdb.Options{})
	if keys, err := s.Keys(t.Context()); len(keys) > 0 || err != nil {
		t.Errorf("keys %v, %v", keys, err)
	}
	if n, err := ledgertest.VersionOf(t.Context(), s); n != 5 || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
	if err := s.SaveKeys(t.Context(), "default", ledger.KeysAt{Keys: []venice.APIKey{{ID: "k"}}}); err != nil {
		t.Error(err)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, works := range map[string]bool{
		"it's a ledger.db": true, "ü — $HOME;.db": true, "a:b.db": true, "50%25.db": true, "no extension": true,
		"what?.db": false, "50%.db": false, "a#b.db": false,
	} {
		s, err := duckdb.Open(filepath.Join(folder, name), duckdb.Options{})
		if !works {
			if !contains(err, name) {
				t.Errorf("%s: error is %v", name, err)
			}
			continue
		}
		if err == nil {
			err = ledgertest.Put(t.Context(), s, ledgertest.Version(2))
		}
		if n, readErr := ledgertest.VersionOf(t.Context(), s); err != nil || readErr != nil || n != 2 {
			t.Errorf("%s: %v, %v, version %d", name, err, readErr, n)
		}
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := duckdb.Open("", duckdb.Options{}); err == nil {
		t.Error("the empty path is opened")
	}
}

// TestMovedLedger has the views work under another name of the file.
func TestMovedLedger(t *testing.T) {
	t.Parallel()
	path := file(t)
	if err := ledgertest.Put(t.Context(), open(t, path, duckdb.Options{}), ledgertest.Version(3)); err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(t.TempDir(), "books.duckdb")
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	rows, err := open(t, moved, duckdb.Options{}).ReadOnlySQL(t.Context(), "SELECT count(*) FROM entries")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for row, err := range rows.All() {
		if err != nil || row[0] != int64(3) {
			t.Errorf("%v, %v", row, err)
		}
	}
}
