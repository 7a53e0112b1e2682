package cli

import (
	"path/filepath"
	"testing"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A storeKind is a kind of store that keeps the books of a test.
type storeKind struct {
	name string
	// place is for books that are still to be made.
	place func(t testing.TB) string
	// seeds is how many of the campaign are played on it, unless flags say it.
	seeds uint64
}

var inFile = storeKind{"duckdb", func(t testing.TB) string { return filepath.Join(t.TempDir(), "books", "ledger.duckdb") }, 8}

var onServer = storeKind{"clickhouse", chdbtest.Database, 3}

// onEveryStore makes a test of the command once for each kind of store, with the
// same expectations.
func onEveryStore(t *testing.T, test func(t *testing.T, kind storeKind)) {
	t.Parallel()
	for _, kind := range []storeKind{inFile, onServer} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			test(t, kind)
		})
	}
}

// shelf is the environment of a user with a place for books, and one for what a
// machine keeps beside books on a server.
func (k storeKind) shelf(t testing.TB) shelf {
	return shelf{config.EnvLedger: k.place(t), "XDG_DATA_HOME": t.TempDir()}
}

// A shelf is a part of an environment, by name.
type shelf map[string]string

// list is the shelf as processes are given it.
func (s shelf) list() []string {
	var list []string
	for name, value := range s {
		list = append(list, name+"="+value)
	}
	return list
}

func (s shelf) app() app { return app{env: func(name string) string { return s[name] }} }

func (s shelf) config(t testing.TB) *config.Config {
	t.Helper()
	c, err := config.Load(s.app().env)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s shelf) store(t testing.TB) ledger.Store {
	t.Helper()
	return ledgertest.Opened(s.app().openLedger(s.config(t).Ledger, duckdb.Options{}))(t)
}

// household is one of the server, without books.
func (k storeKind) household(t testing.TB, server *venicetest.Server) household {
	return household{server.BaseURL, server.AdminKey, k.shelf(t)}
}

// customer is a user of the server without books; server may be nil.
func (k storeKind) customer(t testing.TB, server *venicetest.Server) *bookkeeper {
	b := &bookkeeper{k.shelf(t)}
	if server != nil {
		b.env[envKey], b.env[envBaseURL] = server.AdminKey, server.BaseURL
	}
	return b
}

// bookkeeper is a user with the books of keep.
func (k storeKind) bookkeeper(t *testing.T) *bookkeeper {
	t.Helper()
	if k.name == inFile.name {
		return newBookkeeper(t)
	}
	b := k.customer(t, nil)
	if err := keep(t.Context(), b.env.store(t)); err != nil {
		t.Fatal(err)
	}
	return b
}

// ledgerName is how the user's ledger is spelled for people.
func (b *bookkeeper) ledgerName() string { return config.Place(b.env[config.EnvLedger]).String() }
