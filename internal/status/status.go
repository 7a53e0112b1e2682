// Package status is how the accounts stand, in a few figures for a prompt or a
// status bar, and the small file that keeps them beside the books.
package status

import (
	"context"
	"fmt"
	"maps"
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

// Ask finds out how the accounts stand, and the budgets, which name the accounts
// that they count. Errors: those of the books, and report.ErrQuestion for a budget
// that has no answer.
func Ask(ctx context.Context, books ledger.Books, accounts []string, budgets []report.Budget, now time.Time) (*Status, error) {
	s := &Status{Accounts: make([]Account, len(accounts)), Budgets: make([]Budget, len(budgets))}
	together, ctx := errgroup.WithContext(ctx)
	together.SetLimit(ledger.AtOnce)
	if len(accounts) > 0 {
		byName := make(map[string]*Account, len(accounts))
		for i, name := range accounts {
			s.Accounts[i].Name = name
			byName[name] = &s.Accounts[i]
		}
		together.Go(func() error { return askSpent(ctx, books, accounts, byName, now) })
		together.Go(func() error { return askBalances(ctx, books, accounts, byName) })
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

func askBalances(ctx context.Context, books ledger.Books, names []string, accounts map[string]*Account) error {
	balances, err := books.LastBalances(ctx, names...)
	if err != nil {
		return fmt.Errorf("balances of the accounts: %w", err)
	}
	for name, b := range balances {
		a := accounts[name]
		a.BalanceAt = b.At.UTC()
		a.DIEM, a.USD = b.Balances.DIEM, b.Balances.USD
		a.BundledCredits, a.EarnedCredits = b.Balances.BundledCredits, b.Balances.EarnedCredits
		a.Allocation = b.DIEMEpochAllocation
	}
	return nil
}

// askSpent asks for the month by day, and then for each account's last hour.
func askSpent(ctx context.Context, books ledger.Books, names []string, accounts map[string]*Account, now time.Time) error {
	year, month, day := now.UTC().Date()
	q := report.Question{Now: now, Uncounted: true}
	q.Accounts = names
	q.By = []ledger.Dimension{ledger.ByAccount, ledger.ByDay}
	q.Window.Start = time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	r, err := report.Ask(ctx, books, q)
	if err != nil {
		return err
	}
	today := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	hours := ledger.AccountWindows{} // before each account's books end
	for _, c := range r.Coverage {
		a := accounts[c.Account]
		a.Complete, a.AsOf = len(c.Missing) == 0, c.AsOf
		if !a.AsOf.After(q.Window.Start) {
			continue // not even the month is known
		}
		a.Month.Valid, a.Today.Valid = true, a.AsOf.After(today)
		hours[c.Account] = ledger.Window{Start: a.AsOf.Add(-time.Hour), End: a.AsOf}
	}
	for _, row := range r.Rows {
		a := accounts[row.Group[0]]
		a.Month.Decimal = a.Month.Decimal.Add(row.DollarSpend)
		a.Unpriced = union(a.Unpriced, row.Unpriced)
		if a.Today.Valid && row.Group[1] == today.Format(time.DateOnly) {
			a.Today.Decimal = row.DollarSpend
		}
	}
	if len(hours) == 0 {
		return nil
	}
	return askHours(ctx, books, hours, accounts)
}

// askHours asks what was spent in an hour of each account.
func askHours(ctx context.Context, books ledger.Books, hours ledger.AccountWindows, accounts map[string]*Account) error {
	known, err := books.Coverage(ctx, slices.Sorted(maps.Keys(hours))...)
	if err != nil {
		return fmt.Errorf("coverage of the last hours: %w", err)
	}
	q := ledger.Query{By: []ledger.Dimension{ledger.ByAccount}}
	q.AccountWindows = hours
	sums, err := books.Sums(ctx, q)
	if err != nil {
		return fmt.Errorf("spend of the last hours: %w", err)
	}
	for name, hour := range hours {
		accounts[name].Hour.Valid = len(known[name].Missing(hour)) == 0
	}
	for _, s := range sums {
		hour := &accounts[s.Group[0]].Hour.Decimal
		if spend, ok := report.InDollars(s.Currency, s.Spend); ok {
			*hour = hour.Add(spend)
		}
	}
	return nil
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
