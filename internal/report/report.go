package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A Report is the answer to a question.
type Report struct {
	By   []ledger.Dimension // as asked
	Zone *time.Location     // where days begin; never nil
	// Window is what was asked for. A zero start reaches back to the first entry.
	// The end of a question without one is where the books end, or Now where they
	// do not reach into the window.
	Window ledger.Window
	// Rows are the groups. Periods of time ascend; other values are in the order
	// of their spend in dollar equivalents, the highest first, then by name, and
	// [Other] is last.
	Rows []Row
	// Totals are of all rows together.
	Totals Figures
	// Complete says that the books know all that Venice had in the window, for
	// every account, when it was read.
	Complete bool
	// Coverage says the same for each account.
	Coverage []Coverage
}

// A Row is one group.
type Row struct {
	// Group has a value for each dimension of the report, spelled as in
	// ledger.Sum. In a period without entries the value beside it is "".
	Group []string
	// Folded says that the row stands for the groups that Top left out, and what
	// is not a period of time in Group is [Other].
	Folded bool
	Figures
}

// Other is the value of groups that Top left out.
const Other = "(other)"

// Ask answers a question. Errors: [ErrQuestion], and those of the books.
func Ask(ctx context.Context, books ledger.Books, q Question) (*Report, error) {
	if err := q.settle(ctx, books); err != nil {
		return nil, err
	}
	a, err := q.gather(ctx, books)
	if err != nil {
		return nil, err
	}
	r := &Report{By: q.By, Zone: q.zone()}
	r.cover(&q, a.known)
	if r.Rows, err = r.rows(&q, a); err != nil {
		return nil, err
	}
	total := newTally()
	for _, s := range a.sums {
		total.add(s)
	}
	r.Totals = total.figures(a.counted, a.total)
	return r, nil
}

// Cover answers only what the books know of the question's range: a report
// without rows and totals. By key is not among it.
func Cover(ctx context.Context, books ledger.Books, q Question) (*Report, error) {
	if err := q.settle(ctx, books); err != nil {
		return nil, err
	}
	r := &Report{By: q.By, Zone: q.zone()}
	known, err := q.known(ctx, books)
	if err != nil {
		return nil, err
	}
	r.cover(&q, known)
	return r, nil
}

// settle checks the question, and names its accounts where it names none.
func (q *Question) settle(ctx context.Context, books ledger.Books) (err error) {
	if err := q.Check(); err != nil {
		return err
	}
	if len(q.Accounts) == 0 {
		if q.Accounts, err = books.Accounts(ctx); err != nil {
			return fmt.Errorf("accounts of the books: %w", err)
		}
	}
	return nil
}

// known is the coverage of each account.
func (q *Question) known(ctx context.Context, books ledger.Books) (map[string]ledger.Coverage, error) {
	known, err := books.Coverage(ctx, q.Accounts...)
	if err != nil {
		return nil, fmt.Errorf("coverage of the accounts: %w", err)
	}
	return known, nil
}

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
func (q *Question) gather(ctx context.Context, books ledger.Books) (a answer, err error) {
	a.known = map[string]ledger.Coverage{}
	if slices.Contains(q.By, ByKey) {
		return a, q.gatherKeys(ctx, books, &a)
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
	if a.sums, err = books.Sums(ctx, q.Query); err != nil {
		return a, fmt.Errorf("sums by %v: %w", q.By, err)
	}
	if q.Uncounted {
		return a, nil
	}
	if a.requests, err = q.requests(ctx, books, q.By); err != nil {
		return a, err
	}
	total, err := q.requests(ctx, books, nil)
	if err != nil {
		return a, err
	}
	a.total = new(total[group{}])
	if q.Top == 0 {
		return a, nil
	}
	a.inPeriod = total
	i := q.period()
	if i < 0 || q.competes(i) {
		return a, nil
	}
	counts, err := q.requests(ctx, books, q.By[i:i+1])
	if err != nil {
		return a, err
	}
	a.inPeriod = map[group]int64{}
	for g, n := range counts {
		var period group
		period[i] = g[0]
		a.inPeriod[period] = n
	}
	return a, nil
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

// period is the place of the dimension that is a period of time, or -1.
func (q *Question) period() int {
	return slices.IndexFunc(q.By, ledger.Dimension.OfTime)
}
