package report

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/shopspring/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// runOuts are of each account. The hours may be nil, and serve where the view is
// of one account's whole spend.
func (v *view) runOuts(ctx context.Context, h *hours) ([]RunOut, error) {
	if len(v.Accounts) == 0 {
		return nil, nil
	}
	balances, err := v.books.LastBalances(ctx, v.Accounts...)
	if err != nil {
		return nil, fmt.Errorf("newest balances of the accounts: %w", err)
	}
	list := make([]RunOut, len(v.Accounts))
	open := map[string]*RunOut{} // those that are not known yet
	accounts := map[string]*view{}
	since, last := ledger.AccountWindows{}, ledger.AccountWindows{}
	for i, account := range v.Accounts {
		r, own := &list[i], v.whole(account)
		r.Account = account
		why := "no balance is read yet"
		if balance, ok := balances[account]; ok {
			why = r.begin(balance, own)
		}
		if why != "" {
			r.unknown(why)
			continue
		}
		open[account], accounts[account] = r, own
		since[account], last[account] = ledger.Window{Start: r.BalanceAt, End: r.From}, own.lastHour()
	}
	var spent, rates map[string]decimal.Decimal
	work, together := errgroup.WithContext(ctx)
	work.Go(func() (err error) { spent, err = v.spentDIEM(together, since); return err })
	work.Go(func() (err error) { rates, err = v.spentDIEM(together, last); return err })
	if err := work.Wait(); err != nil {
		return nil, err
	}
	for account, r := range open {
		if r.subtract(spent[account]) {
			r.PresentRate = r.atPresentRate(accounts[account], rates[account])
		} else {
			delete(accounts, account)
		}
	}
	if h != nil && len(v.Accounts) == 1 && len(v.Models)+len(v.Currencies) == 0 {
		for account := range accounts {
			open[account].Forecast = open[account].atForecast(h)
		}
		return list, nil
	}
	return list, v.foresee(ctx, accounts, open)
}

// learntTogether is of how many accounts the hours are asked for at once: there may
// be thousands for each.
const learntTogether = 32

// foresee fills in the forecasts of accounts from the hours of each.
func (v *view) foresee(ctx context.Context, accounts map[string]*view, of map[string]*RunOut) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(2) // the books are asked while the answers before are reckoned with
	for names := range slices.Chunk(slices.Sorted(maps.Keys(accounts)), learntTogether) {
		work.Go(func() error {
			some := make(map[string]*view, len(names))
			for _, name := range names {
				some[name] = accounts[name]
			}
			found, err := hoursOf(ctx, v.books, some)
			for name, h := range found {
				of[name].Forecast = of[name].atForecast(h)
			}
			return err
		})
	}
	return work.Wait()
}

// spentDIEM is the DIEM that each account spent in its window.
func (v *view) spentDIEM(ctx context.Context, windows ledger.AccountWindows) (map[string]decimal.Decimal, error) {
	if len(windows) == 0 {
		return nil, nil
	}
	q := ledger.Query{By: []ledger.Dimension{ledger.ByAccount}}
	q.AccountWindows, q.Currencies = windows, []venice.Currency{venice.DIEM}
	sums, err := v.books.Sums(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("DIEM of the accounts: %w", err)
	}
	spent := make(map[string]decimal.Decimal, len(windows))
	for _, s := range sums {
		spent[s.Group[0]] = plus(spent[s.Group[0]], s.Spend)
	}
	return spent, nil
}
