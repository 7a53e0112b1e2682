package metrics

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// readFigures reads everything that is shown of the books, of all accounts together.
func readFigures(ctx context.Context, books ledger.Books, limit int) (*figures, error) {
	f := new(figures)
	names, err := books.Accounts(ctx)
	if err != nil || len(names) == 0 {
		return f, err
	}
	f.accounts = make([]accountFigures, len(names))
	byName := make(map[string]*accountFigures, len(names))
	for i, name := range names {
		f.accounts[i].name = name
		byName[name] = &f.accounts[i]
	}
	coverage, err := books.Coverage(ctx)
	if err != nil {
		return nil, err
	}
	spans, err := books.Spans(ctx)
	if err != nil {
		return nil, err
	}
	balances, err := books.LastBalances(ctx)
	if err != nil {
		return nil, err
	}
	for name, a := range byName {
		a.coverage, a.newest = coverage[name], spans[name].Last
		if b, ok := balances[name]; ok {
			a.balance = &b
		}
	}
	if err := readModels(ctx, books, byName, limit); err != nil {
		return nil, err
	}
	return f, readRecent(ctx, books, byName)
}

// readModels reads the totals and the requests.
func readModels(ctx context.Context, books ledger.Books, accounts map[string]*accountFigures, limit int) error {
	byModel := ledger.Query{By: []ledger.Dimension{ledger.ByAccount, ledger.ByModel}}
	sums, err := books.Sums(ctx, byModel)
	if err != nil {
		return err
	}
	perModel, err := books.Requests(ctx, byModel)
	if err != nil {
		return err
	}
	counts, err := books.Requests(ctx, ledger.Query{By: []ledger.Dimension{ledger.ByAccount}})
	if err != nil {
		return err
	}
	sumsOf, requestsOf := map[string][]ledger.Sum{}, map[string][]ledger.RequestCount{}
	for _, s := range sums {
		account := s.Group[0]
		s.Group = s.Group[1:]
		sumsOf[account] = append(sumsOf[account], s)
	}
	for _, c := range perModel {
		account := c.Group[0]
		c.Group = c.Group[1:]
		requestsOf[account] = append(requestsOf[account], c)
	}
	for name, a := range accounts {
		fold := newFolding(sumsOf[name], limit)
		a.totals, a.byModel = fold.totals(sumsOf[name]), fold.requests(requestsOf[name])
	}
	for _, c := range counts {
		if a := accounts[c.Group[0]]; a != nil { // not one that came meanwhile
			a.requests = c.Requests
		}
	}
	return nil
}

// readRecent adds up what was spent lately, by the entries' own times: counters
// rise when a sync brings an entry, be it a year old.
func readRecent(ctx context.Context, books ledger.Books, accounts map[string]*accountFigures) error {
	for _, recent := range recentWindows {
		windows := ledger.AccountWindows{}
		for name, a := range accounts {
			if end := a.coverage.End(); !end.IsZero() {
				windows[name] = ledger.Window{Start: end.Add(-recent.length), End: end}
			}
		}
		if len(windows) == 0 {
			return nil
		}
		q := ledger.Query{By: []ledger.Dimension{ledger.ByAccount}}
		q.AccountWindows = windows
		sums, err := books.Sums(ctx, q)
		if err != nil {
			return err
		}
		sumsOf := map[string][]ledger.Sum{}
		for _, s := range sums {
			sumsOf[s.Group[0]] = append(sumsOf[s.Group[0]], s)
		}
		for name := range windows {
			accounts[name].addRecent(recent.label, sumsOf[name])
		}
	}
	return nil
}

func (a *accountFigures) addRecent(label string, sums []ledger.Sum) {
	spend := map[venice.Currency]decimal.Decimal{}
	for s := range a.totals {
		spend[s.currency] = decimal.Zero // a currency in the books that rests is 0, not unknown
	}
	for _, s := range sums {
		c := currencyLabel(s.Currency)
		spend[c] = spend[c].Add(s.Spend)
	}
	for currency, amount := range spend {
		a.recent = append(a.recent, recentSpend{label, currency, amount})
	}
}
