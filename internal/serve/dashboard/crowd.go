package dashboard

import (
	"cmp"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// accountsShown is how many accounts a page tells of one by one. Of a crowd it
// tells of those that most need a look, and how many there are.
const accountsShown = 12

// neediest are those of a crowd to show, and of is how many it is, or 0 where all
// of them are shown.
func neediest[T any](all []T, order func(a, b T) int) (shown []T, of int64) {
	shown, others := report.Neediest(all, accountsShown, order)
	if others > 0 {
		of = int64(len(all))
	}
	return shown, of
}

// byDIEMLeft puts first the accounts that have the least DIEM left of their
// allowance, then those without one and those whose balance is of an epoch that is
// over, and last those without a balance.
func byDIEMLeft(balances map[string]ledger.BalanceAt, now time.Time) func(a, b string) int {
	left := func(account string) (share decimal.Decimal, rank int) {
		b, ok := balances[account]
		switch {
		case !ok:
			return share, 2
		case !b.DIEMEpochAllocation.IsPositive(), b.At.Before(now.UTC().Truncate(day)):
			return share, 1
		}
		return b.Balances.DIEM.Decimal.DivRound(b.DIEMEpochAllocation, 6), 0
	}
	return func(a, b string) int {
		shareA, rankA := left(a)
		shareB, rankB := left(b)
		return cmp.Or(cmp.Compare(rankA, rankB), shareA.Cmp(shareB))
	}
}
