package metrics

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// figures are what the books say, exactly. They do not change once read.
type figures struct {
	accounts []accountFigures // by name
}

type accountFigures struct {
	name     string
	totals   map[series]totals
	requests int64
	// byModel counts a request once for each model that it has entries of.
	byModel  map[string]int64
	recent   []recentSpend
	coverage ledger.Coverage
	newest   time.Time // zero for no entry
	balance  *ledger.BalanceAt
}

// A recentSpend is the spend of a time that ends where the coverage does.
type recentSpend struct {
	window   string
	currency venice.Currency
	spend    decimal.Decimal
}

// recentWindows are the times of recentSpend, by their labels.
var recentWindows = []struct {
	label  string
	length time.Duration
}{{"1h", time.Hour}, {"1d", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}}

// uses says whether the account has entries in a currency.
func (a *accountFigures) uses(c venice.Currency) bool {
	for s := range a.totals {
		if s.currency == c {
			return true
		}
	}
	return false
}

// A currencyBalance is what is left of a currency.
type currencyBalance struct {
	currency venice.Currency
	left     decimal.Decimal
}

// balances are what is left of each currency that the account has or had. Venice
// names no balance where nothing is left, which is 0 where the account ever had
// any: an alert on a low balance must not fall silent when it is used up.
func (a *accountFigures) balances() []currencyBalance {
	if a.balance == nil {
		return nil
	}
	var known []currencyBalance
	for _, b := range []struct {
		currency venice.Currency
		left     decimal.NullDecimal
		has      bool
	}{
		{venice.DIEM, a.balance.Balances.DIEM, a.balance.DIEMEpochAllocation.IsPositive()},
		{venice.EarnedCredits, a.balance.Balances.EarnedCredits, false},
		{venice.BundledCredits, a.balance.Balances.BundledCredits, false},
		{venice.USD, a.balance.Balances.USD, false},
	} {
		if b.left.Valid || b.has || a.uses(b.currency) {
			known = append(known, currencyBalance{b.currency, b.left.Decimal})
		}
	}
	return known
}

// epochUsed is the used part of today's DIEM allocation, and false where that is
// not known: without an allocation, or when the balance is of an earlier day.
func (a *accountFigures) epochUsed(now time.Time) (decimal.Decimal, bool) {
	if a.balance == nil || !a.balance.DIEMEpochAllocation.IsPositive() ||
		a.balance.At.UTC().Format(time.DateOnly) != now.UTC().Format(time.DateOnly) {
		return decimal.Decimal{}, false
	}
	whole := a.balance.DIEMEpochAllocation
	return whole.Sub(a.balance.Balances.DIEM.Decimal).Div(whole), true
}

// gap is how much time between the first and the last covered instant is not
// covered.
func (a *accountFigures) gap() time.Duration {
	var sum time.Duration
	if len(a.coverage) > 0 {
		for _, w := range a.coverage.Missing(ledger.Window{Start: a.coverage[0].Start, End: a.coverage.End()}) {
			sum += w.Length()
		}
	}
	return sum
}
