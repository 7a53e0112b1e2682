package report_test

import (
	"path/filepath"
	"testing"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

// A storeKind is a kind of store that questions are put to.
type storeKind struct {
	name string
	// open gives books without anything in them.
	open func(t testing.TB) ledger.Store
	// one in so many seeds is tried: what is slow need not try all.
	one uint64
}

var storeKinds = []storeKind{
	{"memory", func(testing.TB) ledger.Store { return new(ledgertest.Memory) }, 1},
	{"duckdb", func(t testing.TB) ledger.Store {
		return ledgertest.Opened(duckdb.Open(filepath.Join(t.TempDir(), "ledger.duckdb"), duckdb.Options{}))(t)
	}, 10},
	{"clickhouse", func(t testing.TB) ledger.Store {
		return ledgertest.Opened(clickhouse.Open(chdbtest.Database(t), ""))(t)
	}, 10},
}

// onEveryStore makes a test once for each kind of store, with the same
// expectations.
func onEveryStore(t *testing.T, test func(t *testing.T, kind storeKind)) {
	t.Parallel()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			test(t, kind)
		})
	}
}
