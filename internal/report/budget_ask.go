package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// AskBudget finds how a budget stands in the period w, one of [Budget.PeriodAt]
// that has begun. Errors: [ErrQuestion], and those of the books.
func AskBudget(ctx context.Context, books ledger.Books, b Budget, w ledger.Window, now time.Time) (*BudgetState, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	q := Question{Now: now, Query: ledger.Query{Selection: ledger.Selection{
		Accounts: b.Accounts, Window: w, Models: b.Models}}}
	if !w.Start.Before(now) { // a period that begins just now
		q.Now = w.Start.Add(time.Nanosecond)
	}
	if b.Currency != "" && b.Key == "" {
		q.Currencies = []venice.Currency{b.Currency}
	}
	if err := q.settle(ctx, books); err != nil {
		return nil, err
	}
	s := &BudgetState{Budget: b, Window: w}
	total := newTally()
	var err error
	if b.Key != "" {
		err = s.askKey(ctx, books, q, total)
	} else {
		err = s.askEntries(ctx, books, q, total)
	}
	if err != nil {
		return nil, err
	}
	s.Spent = total.money[b.Currency].spend
	if b.Currency == "" {
		figures := total.figures(false, nil)
		s.Spent, s.Unpriced = figures.DollarSpend, unpricedSpend(figures)
	}
	s.date(now)
	return s, s.warnAccounts(ctx, books, q.Accounts)
}

// unpricedSpend leaves out what was only credited.
func unpricedSpend(f Figures) []venice.Currency {
	return slices.DeleteFunc(f.Unpriced, func(c venice.Currency) bool {
		return !slices.ContainsFunc(f.Currencies, func(m Money) bool { return m.Currency == c && !m.Spend.IsZero() })
	})
}

// askEntries adds up the entries of the period.
func (s *BudgetState) askEntries(ctx context.Context, books ledger.Books, q Question, total tally) error {
	known, err := q.known(ctx, books) // first: what a sync adds meanwhile is then not claimed
	if err != nil {
		return err
	}
	s.cover(q, known)
	query := q.Query
	query.By = []ledger.Dimension{ledger.ByModel}
	sums, err := books.Sums(ctx, query)
	if err != nil {
		return fmt.Errorf("sums of the budget %s: %w", s.Name, err)
	}
	models, currencies := map[string]bool{}, map[string]bool{}
	for _, sum := range sums {
		total.add(sum)
		models[sum.Group[0]], currencies[string(sum.Currency)] = true, true
	}
	if err := s.warnUnseen(ctx, books, q, ledger.ByModel, s.Models, models); err != nil {
		return err
	}
	if priced(s.Currency) || s.Currency == "" { // not spent yet, but no mistake
		return nil
	}
	return s.warnUnseen(ctx, books, q, ledger.ByCurrency, []string{string(s.Currency)}, currencies)
}

// warnUnseen looks in all of the accounts' books for names that the period does
// not have.
func (s *BudgetState) warnUnseen(ctx context.Context, books ledger.Books, q Question, by ledger.Dimension, names []string, seen map[string]bool) error {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return seen[name] })
	if len(names) == 0 {
		return nil
	}
	query := ledger.Query{By: []ledger.Dimension{by}, Selection: ledger.Selection{Accounts: q.Accounts}}
	if by == ledger.ByModel {
		query.Models = names
	} else {
		query.Currencies = []venice.Currency{venice.Currency(names[0])}
	}
	sums, err := books.Sums(ctx, query)
	if err != nil {
		return fmt.Errorf("%ss of the budget %s: %w", by, s.Name, err)
	}
	for _, name := range names {
		if !slices.ContainsFunc(sums, func(sum ledger.Sum) bool { return sum.Group[0] == name }) {
			s.Warnings = append(s.Warnings, fmt.Sprintf("the books have never seen the %s %q", by, name))
		}
	}
	return nil
}

// warnAccounts names accounts of which the books have nothing.
func (s *BudgetState) warnAccounts(ctx context.Context, books ledger.Books, accounts []string) error {
	kept, err := books.Accounts(ctx)
	if err != nil {
		return fmt.Errorf("accounts of the books: %w", err)
	}
	for _, account := range accounts {
		if !slices.Contains(kept, account) {
			s.Warnings = append(s.Warnings, fmt.Sprintf("the books have never seen the account %q", account))
		}
	}
	return nil
}

// askKey adds up Venice's totals of the key for the days of the period.
func (s *BudgetState) askKey(ctx context.Context, books ledger.Books, q Question, total tally) error {
	known, ids := map[string]ledger.Coverage{}, map[string]bool{}
	var days map[string][]ledger.KeyDay
	if len(q.Accounts) > 0 {
		var err error
		if days, err = books.KeyDays(ctx, ledger.Window{}, q.Accounts...); err != nil {
			return fmt.Errorf("totals by key of the accounts: %w", err)
		}
	}
	for account, kept := range days {
		for _, day := range kept {
			known[account] = known[account].Add(knownOf(day), day.ReadAt)
			for _, key := range day.Keys {
				if key.APIKeyID == s.Key || cmp.Or(key.Description, key.APIKeyID, webApp) == s.Key {
					ids[key.APIKeyID] = true
				}
			}
		}
	}
	for _, account := range q.Accounts {
		for _, day := range days[account] {
			if day.Day.Before(s.Window.Start) || !day.Day.Before(s.Window.End) {
				continue
			}
			for _, key := range day.Keys {
				if ids[key.APIKeyID] {
					for _, sum := range keySums(nil, key) {
						total.add(sum)
					}
				}
			}
		}
	}
	if today := q.Now.UTC().Truncate(24 * time.Hour); today.Before(s.Window.End) {
		q.Window.End = today // no sums can be there for the day that is not over
	}
	s.cover(q, known)
	s.Notes = append(s.Notes, "Venice's own sums by key: a UTC day counts when it is over",
		"USD includes bundled credits", "earned credits are left out")
	switch {
	case len(ids) == 0:
		s.Warnings = append(s.Warnings, fmt.Sprintf("the books have never seen the key %q", s.Key))
	case len(ids) > 1:
		s.Warnings = append(s.Warnings, fmt.Sprintf("%d keys have the name %q, and are added together: name one by its id", len(ids), s.Key))
	}
	return nil
}

// cover finds what is known of the period, up to the end of the question. One
// that ends where it begins is known when the books reach up to there.
func (s *BudgetState) cover(q Question, known map[string]ledger.Coverage) {
	if q.Window.Empty() {
		s.Complete = len(q.Accounts) > 0
		for _, account := range q.Accounts {
			c := Coverage{Account: account, AsOf: known[account].End()}
			if c.AsOf.Before(s.Window.Start) {
				s.Complete = false
				c.Missing = []ledger.Window{{Start: latest(c.AsOf, ledger.Beginning), End: s.Window.Start}}
			} else {
				c.AsOf = s.Window.Start
			}
			s.Coverage = append(s.Coverage, c)
		}
		return
	}
	var r Report
	r.cover(&q, known)
	s.Complete, s.Coverage = r.Complete, r.Coverage
}

// date finds how old the figures are.
func (s *BudgetState) date(now time.Time) {
	for i, c := range s.Coverage {
		if i == 0 || c.AsOf.Before(s.AsOf) {
			s.AsOf = c.AsOf
		}
	}
	if !s.AsOf.IsZero() && now.After(s.AsOf) {
		s.Lag = now.Sub(s.AsOf)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
