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
	bundles, total := a.bundles(), newTally()
	for _, b := range bundles {
		total.merge(b.tally)
	}
	r.Totals = total.figures(a.counted, a.total)
	if r.Rows, err = r.rows(&q, a, bundles); err != nil {
		return nil, err
	}
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
		q.all = true
		q.Accounts, err = accountsOf(ctx, books)
	}
	return err
}

func accountsOf(ctx context.Context, books ledger.Books) ([]string, error) {
	names, err := books.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("accounts of the books: %w", err)
	}
	return names, nil
}

// known is the coverage of each account.
func (q *Question) known(ctx context.Context, books ledger.Books) (map[string]ledger.Coverage, error) {
	known, err := books.Coverage(ctx, q.Accounts...)
	if err != nil {
		return nil, fmt.Errorf("coverage of the accounts: %w", err)
	}
	return known, nil
}

// period is the place of the dimension that is a period of time, or -1.
func (q *Question) period() int {
	return slices.IndexFunc(q.By, ledger.Dimension.OfTime)
}
