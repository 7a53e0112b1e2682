package ledgertest

import (
	"testing"
	_ "time/tzdata" // the tests name zones that a machine may not know

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Test runs the tests that every store passes. open gives a store with an empty
// ledger of its own, and sees to its end.
func Test(t *testing.T, open func(t *testing.T) ledger.Store) {
	for name, test := range map[string]func(*testing.T, ledger.Store){
		"empty":                       testEmpty,
		"replacing":                   testReplacing,
		"replacing twice":             testReplacingTwice,
		"several windows":             testSeveralWindows,
		"partly covered window":       testPartlyCovered,
		"equal entries":               testEqualEntries,
		"refused readings":            testRefused,
		"numbers at the edge":         testNumbers,
		"texts":                       testTexts,
		"coverage":                    testCoverage,
		"coverage of many accounts":   testCoverageOfMany,
		"bounds of a selection":       testBounds,
		"windows of accounts":         testAccountWindows,
		"more entries than fit":       testManyEntries,
		"changes while reading":       testChangesWhileReading,
		"stopping early":              testStopping,
		"snapshot":                    testSnapshot,
		"version":                     testVersion,
		"periods":                     testPeriods,
		"periods around clock change": testClockChanges,
		"requests":                    testRequests,
		"prices":                      testPrices,
		"refused queries":             testRefusedQueries,
		"balances":                    testBalances,
		"totals by key":               testKeyDays,
		"keys":                        testKeys,
		"cancelled":                   testCancelled,
		"concurrent":                  testConcurrent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
	for _, seed := range []uint64{1, 2} {
		testRandom(t, open, seed)
	}
}
