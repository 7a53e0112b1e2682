package status

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

// Total adds the accounts up, each currency for itself. What the books know of
// one account only is not known of all: spend is then not Valid, and AsOf and
// BalanceAt are those of the account that is most behind.
func (s *Status) Total() Account {
	if len(s.Accounts) == 0 {
		return Account{}
	}
	sum := s.Accounts[0]
	for _, a := range s.Accounts[1:] {
		sum.Name = ""
		sum.AsOf, sum.BalanceAt = earlier(sum.AsOf, a.AsOf), earlier(sum.BalanceAt, a.BalanceAt)
		sum.Complete = sum.Complete && a.Complete
		sum.DIEM, sum.USD = either(sum.DIEM, a.DIEM), either(sum.USD, a.USD)
		sum.BundledCredits = either(sum.BundledCredits, a.BundledCredits)
		sum.EarnedCredits = either(sum.EarnedCredits, a.EarnedCredits)
		sum.Allocation = sum.Allocation.Add(a.Allocation)
		sum.Today, sum.Month, sum.Hour = both(sum.Today, a.Today), both(sum.Month, a.Month), both(sum.Hour, a.Hour)
		sum.Unpriced = union(sum.Unpriced, a.Unpriced)
	}
	return sum
}

// EpochUsed is how much of the DIEM of today's epoch is used. It is not Valid
// where there is none, or where the balance is of an earlier epoch.
func (a *Account) EpochUsed(now time.Time) decimal.NullDecimal {
	if !a.DIEM.Valid || !a.Allocation.IsPositive() || !a.InEpoch(now) {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(a.Allocation.Sub(a.DIEM.Decimal))
}

// InEpoch says whether the balance was read in the epoch of an instant: DIEM
// refills at 00:00 UTC.
func (a *Account) InEpoch(now time.Time) bool {
	return a.BalanceAt.UTC().Format(time.DateOnly) == now.UTC().Format(time.DateOnly)
}

// earlier is the first of two instants; a zero one comes before all.
func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// either adds up what is there.
func either(a, b decimal.NullDecimal) decimal.NullDecimal {
	return decimal.NullDecimal{Decimal: a.Decimal.Add(b.Decimal), Valid: a.Valid || b.Valid}
}

// both adds up what is known of both.
func both(a, b decimal.NullDecimal) decimal.NullDecimal {
	if !a.Valid || !b.Valid {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(a.Decimal.Add(b.Decimal))
}

func union(a, b []venice.Currency) []venice.Currency {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
