package dashboard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/serve/access"
)

const (
	// unusualDays is how far back unusual days are looked for.
	unusualDays = 28
	// outlookEvery is how often an outlook follows the clock. In every zone, days
	// begin at a quarter of an hour.
	outlookEvery = 15 * time.Minute
)

// A Budget is one to show, with the percents of it that are marked.
type Budget struct {
	report.Budget
	Thresholds []int
	everybody  bool // it is of all accounts, whatever they are
}

// An outlook is what the books say that does not depend on the range of a view:
// what is to come, what was unusual, and how much of each limit is used.
type outlook struct {
	forecast *report.Forecast // nil without accounts
	unusual  *report.Unusual
	budgets  []budgetState
	keys     []accountKeys // of those accounts whose keys were read
}

type budgetState struct {
	*report.BudgetState
	thresholds []int
	everybody  bool
}

type accountKeys struct {
	account string
	ledger.KeysAt
}

// outlook asks the books, or remembers what they said. It is of whole accounts,
// whatever else the view chooses.
func (d *dashboard) outlook(ctx context.Context, version string, p plan, kept []string, viewer access.Viewer) (*outlook, error) {
	q := p.question
	key := fmt.Sprintf("%s %q %q %q %d", version, viewer.Account, q.Accounts, q.Zone, q.Now.Truncate(outlookEvery).Unix())
	return d.outlooks.get(key, func() (*outlook, error) {
		if len(q.Accounts) == 0 {
			return new(outlook), nil
		}
		ctx, cancel := working(ctx)
		defer cancel()
		scope := report.Scope{Accounts: q.Accounts, Zone: q.Zone, Now: q.Now}
		return lookAhead(ctx, d.Books, scope, d.budgetsFor(viewer, q.Accounts, kept))
	})
}

// lookAhead asks for the parts of an outlook side by side.
func lookAhead(ctx context.Context, books ledger.Books, scope report.Scope, budgets []Budget) (*outlook, error) {
	o := &outlook{budgets: make([]budgetState, len(budgets))}
	group, among := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		o.forecast, err = report.Foresee(among, books, scope)
		return err
	})
	group.Go(func() (err error) {
		o.unusual, err = report.FindUnusual(among, books, scope, unusualDays)
		return err
	})
	for i, b := range budgets {
		group.Go(func() error {
			state, err := report.AskBudget(among, books, b.Budget, b.PeriodAt(scope.Now), scope.Now)
			if err != nil {
				return fmt.Errorf("budget %s: %w", b.Name, err)
			}
			o.budgets[i] = budgetState{state, b.Thresholds, b.everybody}
			return nil
		})
	}
	var rings map[string]ledger.KeysAt
	group.Go(func() (err error) {
		if rings, err = books.Keys(among, scope.Accounts...); err != nil {
			return fmt.Errorf("API keys of the accounts: %w", err)
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, account := range scope.Accounts {
		if ring, ok := rings[account]; ok {
			o.keys = append(o.keys, accountKeys{account, ring})
		}
	}
	return o, nil
}

// budgetsFor are the budgets that count one of the accounts that are looked at.
// A viewer of one account sees those of it alone: what others spent must not show
// in a sum.
func (d *dashboard) budgetsFor(viewer access.Viewer, looked, kept []string) (budgets []Budget) {
	for _, b := range d.Budgets {
		if viewer.Account != "" && !slices.Equal(b.Accounts, []string{viewer.Account}) {
			continue
		}
		if len(b.Accounts) == 0 {
			b.Accounts, b.everybody = d.AccountsWith(kept), true
		} else if !slices.ContainsFunc(b.Accounts, func(account string) bool { return slices.Contains(looked, account) }) {
			continue
		}
		budgets = append(budgets, b)
	}
	return budgets
}

// periodBegan is when the day or month of UTC began that an instant is in.
func periodBegan(t time.Time, month bool) time.Time {
	year, m, day := t.UTC().Date()
	if month {
		day = 1
	}
	return time.Date(year, m, day, 0, 0, 0, 0, time.UTC)
}
