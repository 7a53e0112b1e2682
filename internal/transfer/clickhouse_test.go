package transfer_test

import (
	"testing"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/transfer"
)

func onClickHouse(t *testing.T) *clickhouse.Store {
	t.Helper()
	s, err := clickhouse.Open(chdbtest.Database(t), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Random books go from memory to a server, to another place there and back, and
// stay what they were in everything that can be asked.
func TestClickHouseAndBack(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{3, 4} {
		from := &ledgertest.Memory{}
		ledgertest.Fill(t, from, seed)
		var last ledger.Store = from
		for _, to := range []ledger.Store{onClickHouse(t), onClickHouse(t), &ledgertest.Memory{}} {
			if _, err := transfer.Copy(t.Context(), snapshot(t, last), to, transfer.Options{Part: 100}); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			ledgertest.Same(t, from, to)
			last = to
		}
	}
}
