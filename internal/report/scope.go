package report

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A Scope says whose spend is looked at, where days begin, and what the present
// is. Empty lists choose all.
type Scope struct {
	Accounts   []string
	Models     []string
	Currencies []venice.Currency
	Zone       *time.Location // nil is UTC
	Now        time.Time
}

func (s Scope) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// A view is what the books know of a scope.
type view struct {
	Scope
	books ledger.Books
	known map[string]ledger.Coverage // by account
	// asOf is where the books end: of the account that is most behind, those of
	// which nothing is known aside. It is zero where nothing is known of any.
	asOf time.Time
}

// look asks the books what they know of the scope.
func look(ctx context.Context, books ledger.Books, s Scope) (*view, error) {
	q := Question{Query: ledger.Query{Selection: ledger.Selection{Accounts: s.Accounts}}, Now: s.Now}
	if err := q.settle(ctx, books); err != nil {
		return nil, err
	}
	s.Accounts = q.Accounts
	known, err := q.known(ctx, books)
	if err != nil {
		return nil, err
	}
	return newView(books, s, known), nil
}

func newView(books ledger.Books, s Scope, known map[string]ledger.Coverage) *view {
	v := &view{Scope: s, books: books, known: known}
	for _, c := range known {
		if end := c.End(); !end.IsZero() && (v.asOf.IsZero() || end.Before(v.asOf)) {
			v.asOf = end
		}
	}
	if v.asOf.After(s.Now) {
		v.asOf = s.Now
	}
	return v
}

// whole is the view of all that one of the accounts spends.
func (v *view) whole(account string) *view {
	known := map[string]ledger.Coverage{}
	if c, ok := v.known[account]; ok {
		known[account] = c
	}
	return newView(v.books, Scope{Accounts: []string{account}, Now: v.Now}, known)
}

// selection chooses the scope's entries in a window.
func (v *view) selection(w ledger.Window) ledger.Selection {
	return ledger.Selection{Accounts: v.Accounts, Models: v.Models, Currencies: v.Currencies, Window: w}
}

// sums asks for what was spent in a window.
func (v *view) sums(ctx context.Context, w ledger.Window, by ...ledger.Dimension) ([]ledger.Sum, error) {
	if len(v.Accounts) == 0 || w.Empty() {
		return nil, nil
	}
	sums, err := v.books.Sums(ctx, ledger.Query{Selection: v.selection(w), By: by, Zone: v.Zone})
	if err != nil {
		return nil, fmt.Errorf("sums by %v: %w", by, err)
	}
	return sums, nil
}

// spentIn adds up what was spent in each of some windows. They are asked for side
// by side, since a store may open its file for as long as somebody asks.
func (v *view) spentIn(ctx context.Context, windows ...ledger.Window) ([]tally, error) {
	tallies := make([]tally, len(windows))
	g, ctx := errgroup.WithContext(ctx)
	for i, w := range windows {
		g.Go(func() (err error) {
			tallies[i], err = v.spent(ctx, w)
			return err
		})
	}
	return tallies, g.Wait()
}

// spent adds up what was spent in a window.
func (v *view) spent(ctx context.Context, w ledger.Window) (tally, error) {
	t := newTally()
	sums, err := v.sums(ctx, w)
	for _, s := range sums {
		t.add(s)
	}
	return t, err
}

// missing is what of a window is not known of some account.
func (v *view) missing(w ledger.Window) (missing []ledger.Window) {
	for _, account := range v.Accounts {
		missing = append(missing, v.known[account].Missing(w)...)
	}
	return missing
}

// knows says whether all of a window is known of every account.
func (v *view) knows(w ledger.Window) bool { return len(v.Accounts) > 0 && len(v.missing(w)) == 0 }

// cover says what is known from an instant on. An account's books must reach to
// another one; where they do not, all up to now is missing.
func (v *view) cover(start, reach time.Time) (complete bool, coverage []Coverage) {
	complete = len(v.Accounts) > 0
	for _, account := range v.Accounts {
		c, asked := v.known[account], ledger.Window{Start: start, End: v.Now}
		if end := c.End(); !end.Before(reach) && end.Before(v.Now) {
			asked.End = end
		}
		found := Coverage{Account: account, AsOf: c.End(), Missing: c.Missing(asked)}
		if found.AsOf.After(v.Now) {
			found.AsOf = v.Now
		}
		complete = complete && len(found.Missing) == 0
		coverage = append(coverage, found)
	}
	return complete, coverage
}
