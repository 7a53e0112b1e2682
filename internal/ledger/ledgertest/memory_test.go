package ledgertest_test

import (
	"testing"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

// TestMemory holds the reference to the written tests; the random ones compare
// it with itself here.
func TestMemory(t *testing.T) {
	t.Parallel()
	ledgertest.Test(t, func(*testing.T) ledger.Store { return &ledgertest.Memory{} })
}

func TestMemoryLeases(t *testing.T) {
	t.Parallel()
	ledgertest.TestLeases(t, func(*testing.T) ledger.Store { return &ledgertest.Memory{} })
}
