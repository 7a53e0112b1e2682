package report

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A Budget is what may be spent in each period of time. Credits lower no spend.
type Budget struct {
	Name string
	// Accounts and Models keep only these. No models means all, no accounts those
	// in the books.
	Accounts, Models []string
	// Key keeps only what an API key spent, by its name or its id. It is answered
	// from Venice's own sums by key, so a UTC day counts when it is over.
	Key string
	// Currency is what is counted; "" is the dollar equivalent of
	// Figures.DollarSpend.
	Currency venice.Currency
	Amount   decimal.Decimal // more than 0
	Period   BudgetPeriod
	Zone     *time.Location // where periods begin; nil is UTC
}

// A BudgetPeriod says how often a budget begins anew.
type BudgetPeriod string

// The periods. An epoch is a UTC day, whatever the zone; weeks begin on Monday.
const (
	PerEpoch BudgetPeriod = "epoch"
	PerDay   BudgetPeriod = "day"
	PerWeek  BudgetPeriod = "week"
	PerMonth BudgetPeriod = "month"
)

// BudgetPeriods are all of them.
func BudgetPeriods() []BudgetPeriod { return []BudgetPeriod{PerEpoch, PerDay, PerWeek, PerMonth} }

// Dollars is how the dollar equivalent is spelled in the place of a currency.
const Dollars = "dollars"

// Unit is the currency of the amount, or [Dollars].
func (b *Budget) Unit() string {
	if b.Currency == "" {
		return Dollars
	}
	return string(b.Currency)
}

// Check refuses, as an [ErrQuestion], a budget that has no answer.
func (b *Budget) Check() error {
	switch {
	case !b.Amount.IsPositive():
		return refuse("the amount must be more than 0")
	case !slices.Contains(BudgetPeriods(), b.Period):
		return refuse("unknown period %q: expected one of %q", b.Period, BudgetPeriods())
	case b.Period == PerEpoch && !isUTC(b.zone()):
		return refuse("an epoch begins at 00:00 UTC: leave out the zone, or choose the period day")
	case b.Key == "":
		return nil
	case !isUTC(b.zone()):
		return refuse("by key knows UTC days only, which cannot be cut into days of %s: choose the zone UTC", b.zone())
	case len(b.Models) > 0:
		return refuse("by key takes no models: Venice's sums by key do not say for which model")
	case !slices.Contains([]venice.Currency{"", venice.USD, venice.DIEM}, b.Currency):
		return refuse("by key knows %s, %s and %s only: Venice's sums by key have no other currency", venice.USD, venice.DIEM, Dollars)
	}
	return nil
}

// PeriodAt is the period that holds an instant.
func (b *Budget) PeriodAt(t time.Time) ledger.Window {
	d := map[BudgetPeriod]ledger.Dimension{PerWeek: ledger.ByWeek, PerMonth: ledger.ByMonth}[b.Period]
	if d == "" {
		d = ledger.ByDay
	}
	return periodAt(d, b.zone(), t).Window
}

func (b *Budget) zone() *time.Location {
	if b.Zone == nil || b.Period == PerEpoch && isUTC(b.Zone) {
		return time.UTC
	}
	return b.Zone
}

func isUTC(zone *time.Location) bool {
	return slices.Contains([]string{"UTC", "Etc/UTC"}, zone.String())
}

// A BudgetState is how a budget stands in one of its periods.
type BudgetState struct {
	Budget
	Window ledger.Window // the period
	// Spent is exact, as far as the books know the period.
	Spent decimal.Decimal
	// Complete says that the books know the period without a hole, for every
	// account: up to where they end, or to its end where that is past. Without it
	// more may have been spent.
	Complete bool
	Coverage []Coverage
	// AsOf is where the books of the account end that is most behind, at most the
	// end of the period, and zero where nothing is known of one. Lag is how long
	// before now that is, and 0 with a zero AsOf.
	AsOf time.Time
	Lag  time.Duration
	// Unpriced are currencies that were spent and have no known worth in dollars.
	Unpriced []venice.Currency
	// Warnings say what is probably a mistake, a sentence each: the books have
	// never seen a name of the budget. Notes say what the figures leave out.
	Warnings, Notes []string
}

// Left is what may still be spent, less than 0 when the budget is exceeded.
func (s *BudgetState) Left() decimal.Decimal { return s.Amount.Sub(s.Spent) }

// Exceeded says that more than the amount is spent: not by the amount itself.
func (s *BudgetState) Exceeded() bool { return s.Spent.GreaterThan(s.Amount) }

// Reached says whether so many percent of the amount are spent, or more.
func (s *BudgetState) Reached(percent int) bool {
	return s.Spent.Shift(2).GreaterThanOrEqual(s.Amount.Mul(decimal.NewFromInt(int64(percent))))
}

// shareDigits is how fine a share is.
const shareDigits = 4

// Share is how many percent of the amount are spent, rounded down to four digits
// behind the point: it never says 100 before all is spent.
func (s *BudgetState) Share() decimal.Decimal {
	quotient, _ := s.Spent.Shift(2).QuoRem(s.Amount, shareDigits)
	return quotient
}
