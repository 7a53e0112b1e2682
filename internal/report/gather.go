package report

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// An answer is what the store says to a question.
type answer struct {
	sums  []ledger.Sum
	known map[string]ledger.Coverage // by account
	// counted says that entries are known: not by key.
	counted bool
	// requests are by group, inPeriod by the period of time alone, total of all;
	// nil where they are not known.
	requests, inPeriod map[group]int64
	total              *int64
}

// gather asks the books.
func (q *Question) gather(ctx context.Context, books ledger.Books) (a *answer, err error) {
	a = &answer{known: map[string]ledger.Coverage{}}
	if slices.Contains(q.By, ByKey) {
		return a, q.gatherKeys(ctx, books, a)
	}
	// Coverage first: what a sync adds meanwhile is then not claimed.
	if a.known, err = q.known(ctx, books); err != nil {
		return a, err
	}
	a.counted = true
	if len(q.Accounts) == 0 {
		a.total = new(int64)
		return a, nil
	}
	if q.all {
		// Without thousands of names it is answered sooner, and the same, unless
		// an account came whose coverage was not asked for.
		unnamed := *q
		unnamed.Accounts = nil
		if err := unnamed.ask(ctx, books, a); err != nil {
			return a, err
		}
		if now, err := accountsOf(ctx, books); err != nil || slices.Equal(now, q.Accounts) {
			return a, err
		}
	}
	return a, q.ask(ctx, books, a)
}

// ask asks the books for the sums and the requests.
func (q *Question) ask(ctx context.Context, books ledger.Books, a *answer) error {
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() (err error) {
		if a.sums, err = books.Sums(ctx, q.Query); err != nil {
			return fmt.Errorf("sums by %v: %w", q.By, err)
		}
		return nil
	})
	if !q.Uncounted {
		work.Go(func() error { return q.count(ctx, books, a) })
	}
	return work.Wait()
}

// count asks the books for the requests.
func (q *Question) count(ctx context.Context, books ledger.Books, a *answer) (err error) {
	if a.requests, err = q.requests(ctx, books, q.By); err != nil {
		return err
	}
	total := a.requests
	if slices.ContainsFunc(q.By, func(d ledger.Dimension) bool { return d != ledger.ByAccount }) {
		if total, err = q.requests(ctx, books, nil); err != nil {
			return err
		}
	}
	a.total = new(int64)
	for _, n := range total { // a request is of one account
		*a.total += n
	}
	if q.Top == 0 {
		return nil
	}
	a.inPeriod = map[group]int64{{}: *a.total}
	i := q.period()
	if i < 0 || q.competes(i) {
		return nil
	}
	counts, err := q.requests(ctx, books, q.By[i:i+1])
	if err != nil {
		return err
	}
	a.inPeriod = map[group]int64{}
	for g, n := range counts {
		var period group
		period[i] = g[0]
		a.inPeriod[period] = n
	}
	return nil
}

// requests counts them by some of the dimensions.
func (q *Question) requests(ctx context.Context, books ledger.Books, by []ledger.Dimension) (map[group]int64, error) {
	query := q.Query
	query.By = by
	counts, err := books.Requests(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("requests by %v: %w", by, err)
	}
	requests := make(map[group]int64, len(counts))
	for _, c := range counts {
		requests[groupOf(c.Group)] += c.Requests
	}
	return requests, nil
}
