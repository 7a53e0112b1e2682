package clickhouse_test

import (
	"testing"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

func open(t *testing.T, address string) *clickhouse.Store {
	t.Helper()
	return ledgertest.Opened(clickhouse.Open(address, ""))(t)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	ledgertest.Test(t, func(t *testing.T) ledger.Store { return open(t, chdbtest.Database(t)) })
}

// TestConformanceInCluster has tables of the engine Distributed.
func TestConformanceInCluster(t *testing.T) {
	t.Parallel()
	cluster := chdbtest.Cluster(t)
	ledgertest.Test(t, func(t *testing.T) ledger.Store { return open(t, chdbtest.Database(t)+"?cluster="+cluster) })
}
