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

// askedAtOnce bounds the questions at once: there may be many budgets.
const askedAtOnce = 16

// Ask finds out how the accounts stand, and the budgets, which name the accounts
// that they count. Errors: those of the books, and report.ErrQuestion for a budget
// that has no answer.
func Ask(ctx context.Context, books ledger.Books, accounts []string, budgets []report.Budget, now time.Time) (*Status, error) {
	s := &Status{Accounts: make([]Account, len(accounts)), Budgets: make([]Budget, len(budgets))}
	together, ctx := errgroup.WithContext(ctx)
	together.SetLimit(askedAtOnce)
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

// askSpent asks for what was spent in the month, today, and in each account's last hour.
func askSpent(ctx context.Context, books ledger.Books, names []string, accounts map[string]*Account, now time.Time) error {
	// Coverage first: what a sync adds meanwhile is then not claimed.
	known, err := books.Coverage(ctx, names...)
	if err != nil {
		return fmt.Errorf("coverage of the accounts: %w", err)
	}
	today := ledger.Window{Start: now.UTC().Truncate(24 * time.Hour)}
	today.End = today.Start.AddDate(0, 0, 1)
	month := ledger.Window{Start: today.Start.AddDate(0, 0, 1-today.Start.Day())}
	hours := ledger.AccountWindows{}
	for name, a := range accounts {
		c := known[name]
		if a.AsOf = c.End(); !a.AsOf.After(month.Start) {
			continue // not even the month is known
		}
		a.Complete = len(c.Missing(ledger.Window{Start: month.Start, End: a.AsOf})) == 0
		a.Month.Valid, a.Today.Valid = true, a.AsOf.After(today.Start)
		hours[name] = ledger.Window{Start: a.AsOf.Add(-time.Hour), End: a.AsOf}
		a.Hour.Valid = len(c.Missing(hours[name])) == 0
	}
	work, ctx := errgroup.WithContext(ctx)
	add := func(s ledger.Selection, count func(a *Account, s ledger.Sum)) {
		work.Go(func() error {
			sums, err := books.Sums(ctx, ledger.Query{Selection: s, By: []ledger.Dimension{ledger.ByAccount}})
			if err != nil {
				return fmt.Errorf("spend of the accounts: %w", err)
			}
			for _, s := range sums {
				count(accounts[s.Group[0]], s)
			}
			return nil
		})
	}
	add(ledger.Selection{Accounts: names, Window: month}, func(a *Account, s ledger.Sum) {
		if !spend(&a.Month, s) && !(s.Spend.IsZero() && s.Credit.IsZero()) {
			a.Unpriced = union(a.Unpriced, []venice.Currency{s.Currency})
		}
	})
	add(ledger.Selection{Accounts: names, Window: today}, func(a *Account, s ledger.Sum) { spend(&a.Today, s) })
	add(ledger.Selection{AccountWindows: hours}, func(a *Account, s ledger.Sum) { spend(&a.Hour, s) })
	return work.Wait()
}

// spend adds to what was spent, in dollar equivalents, and says whether it could.
func spend(to *decimal.NullDecimal, s ledger.Sum) bool {
	dollars, ok := report.InDollars(s.Currency, s.Spend)
	if ok && to.Valid {
		to.Decimal = to.Decimal.Add(dollars)
	}
	return ok
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
