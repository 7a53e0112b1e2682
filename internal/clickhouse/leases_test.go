package clickhouse_test

import (
	"testing"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

func TestLeases(t *testing.T) {
	t.Parallel()
	ledgertest.TestLeases(t, func(t *testing.T) ledger.Store { return open(t, chdbtest.Database(t)) })
}
