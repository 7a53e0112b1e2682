// Package status is how the accounts stand, in a few figures for a prompt or a
// status bar, and the small file that keeps them beside the books.
package status

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// A Status is how the accounts stand by the books alone.
type Status struct {
	Accounts []Account `json:"accounts"`
	Budgets  []Budget  `json:"budgets"`
}

// An Account is how one of them stands. What the books do not know is zero or
// not Valid.
type Account struct {
	Name string `json:"name"`
	// AsOf is where the books end. Complete says that up to there they know all
	// of this UTC month.
	AsOf     time.Time `json:"asOf"`
	Complete bool      `json:"complete"`

	// The balance was read at BalanceAt. A currency that Venice did not name is
	// not Valid; Allocation is the DIEM of an epoch, or 0.
	BalanceAt      time.Time           `json:"balanceAt"`
	DIEM           decimal.NullDecimal `json:"diem"`
	USD            decimal.NullDecimal `json:"usd"`
	BundledCredits decimal.NullDecimal `json:"bundledCredits"`
	EarnedCredits  decimal.NullDecimal `json:"earnedCredits"`
	Allocation     decimal.Decimal     `json:"allocation"`

	// What was spent in this UTC day and month, and in the hour before AsOf, in
	// dollar equivalents (see report.Figures).
	Today decimal.NullDecimal `json:"today"`
	Month decimal.NullDecimal `json:"month"`
	Hour  decimal.NullDecimal `json:"hour"`
	// Unpriced are the currencies of this month that those leave out.
	Unpriced []venice.Currency `json:"unpriced"`
}

// questions is how many are asked at once, so that thousands of accounts do not
// wait for each other's connections until they give up.
const questions = 16

// Ask finds out how the accounts stand, and the budgets, which name the accounts
// that they count. Errors: those of the
// books, and report.ErrQuestion for a budget that has no answer.
func Ask(ctx context.Context, books ledger.Books, accounts []string, budgets []report.Budget, now time.Time) (*Status, error) {
	s := &Status{Accounts: make([]Account, len(accounts)), Budgets: make([]Budget, len(budgets))}
	together, ctx := errgroup.WithContext(ctx)
	together.SetLimit(questions)
	for i, name := range accounts {
		a := &s.Accounts[i]
		a.Name = name
		together.Go(func() error { return a.spent(ctx, books, now) })
		together.Go(func() error { return a.balance(ctx, books) })
	}
	for i, b := range budgets {
		together.Go(func() (err error) {
			s.Budgets[i], err = askBudget(ctx, books, b, now)
			return err
		})
	}
	if err := together.Wait(); err != nil {
		return nil, err
	}
	return s, nil
}

func (a *Account) balance(ctx context.Context, books ledger.Books) error {
	b, err := books.LastBalance(ctx, a.Name)
	if err != nil {
		return fmt.Errorf("balance of the account %s: %w", a.Name, err)
	}
	if b == nil {
		return nil
	}
	a.BalanceAt = b.At.UTC()
	a.DIEM, a.USD = b.Balances.DIEM, b.Balances.USD
	a.BundledCredits, a.EarnedCredits = b.Balances.BundledCredits, b.Balances.EarnedCredits
	a.Allocation = b.DIEMEpochAllocation
	return nil
}

func (a *Account) spent(ctx context.Context, books ledger.Books, now time.Time) error {
	year, month, day := now.UTC().Date()
	q := report.Question{Now: now, Uncounted: true}
	q.Accounts = []string{a.Name}
	q.By = []ledger.Dimension{ledger.ByDay}
	q.Window.Start = time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	r, err := report.Ask(ctx, books, q)
	if err != nil {
		return err
	}
	a.Complete, a.AsOf = r.Complete, r.Coverage[0].AsOf
	if !a.AsOf.After(q.Window.Start) {
		return nil // not even the month is known
	}
	a.Month = decimal.NewNullDecimal(r.Totals.DollarSpend)
	a.Unpriced = r.Totals.Unpriced
	if a.AsOf.After(time.Date(year, month, day, 0, 0, 0, 0, time.UTC)) {
		a.Today = decimal.NewNullDecimal(spentOn(r, now))
	}
	q.By = nil
	q.Window = ledger.Window{Start: a.AsOf.Add(-time.Hour), End: a.AsOf}
	if r, err = report.Ask(ctx, books, q); err != nil {
		return err
	}
	a.Hour = decimal.NullDecimal{Decimal: r.Totals.DollarSpend, Valid: r.Complete}
	return nil
}

// spentOn is the spend of a day in a report by day.
func spentOn(r *report.Report, day time.Time) decimal.Decimal {
	name := day.UTC().Format(time.DateOnly)
	i := slices.IndexFunc(r.Rows, func(row report.Row) bool { return row.Group[0] == name })
	if i < 0 {
		return decimal.Zero
	}
	return r.Rows[i].DollarSpend
}

// Of keeps only some of the accounts, and the budgets that count any of them; no
// names keep all.
func (s *Status) Of(names []string) *Status {
	if len(names) == 0 {
		return s
	}
	other := func(name string) bool { return !slices.Contains(names, name) }
	return &Status{
		Accounts: slices.DeleteFunc(slices.Clone(s.Accounts), func(a Account) bool { return other(a.Name) }),
		Budgets: slices.DeleteFunc(slices.Clone(s.Budgets), func(b Budget) bool {
			return !slices.ContainsFunc(b.Accounts, func(name string) bool { return !other(name) })
		}),
	}
}
