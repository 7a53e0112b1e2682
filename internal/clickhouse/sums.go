package clickhouse

import (
	"context"
	"fmt"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Conditions of what is added up. Rows without an amount count as debits.
const (
	debits  = "amount <= 0"
	credits = "amount > 0"
)

// total adds up a column where a condition holds, of the rows of one sign less
// those of the other. In 256 bits no sum of the journal is too large.
func total(column, where, sign, less string) string {
	sum := func(sign string) string {
		return fmt.Sprintf("sumIf(toDecimal256(%s, %d), %s AND %s)", column, ledger.NumberScale, where, sign)
	}
	return sum(sign) + " - " + sum(less)
}

// Sums adds up the selected entries. Removals are subtracted within the statement,
// so that it is of one moment.
func (r reader) Sums(ctx context.Context, q ledger.Query) (sums []ledger.Sum, err error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	err = r.ask(ctx, func() error {
		sums, err = grouped(ctx, r, q, "entries > 0", func(s *ledger.Sum) (names *[]string, columns []column) {
			return &s.Group, []column{
				{"currency", (*string)(&s.Currency)}, {"meter", &s.Meter}, {"unit", (*string)(&s.Unit)},
				{"sum(sign) AS entries", &s.Entries},
				{total("amount", debits, removals, added), &s.Spend}, // minus the amounts
				{total("amount", credits, added, removals), &s.Credit},
				{total("units", debits, added, removals), &s.Units},
			}
		})
		return err
	})
	for i := range sums {
		s := &sums[i]
		s.Spend, s.Credit, s.Units = short(s.Spend), short(s.Credit), short(s.Units)
	}
	return sums, err
}

// Requests counts distinct requests among the selected entries. Nearly always no
// selected entry was removed; where one was, it is asked again without those.
func (r reader) Requests(ctx context.Context, q ledger.Query) (counts []ledger.RequestCount, err error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	type group struct {
		names              []string
		requests, removals uint64
	}
	err = r.ask(ctx, func() error {
		groups, err := grouped(ctx, r, q, "count() > 0", func(g *group) (names *[]string, columns []column) {
			return &g.names, []column{{"uniqExactIf(request, request != 0)", &g.requests}, {"countIf(sign < 0)", &g.removals}}
		})
		for _, g := range groups {
			if g.removals > 0 {
				return errRemovals
			}
			counts = append(counts, ledger.RequestCount{Group: g.names, Requests: int64(g.requests)})
		}
		return err
	})
	return again(ctx, r, counts, err, func(r reader) ([]ledger.RequestCount, error) { return r.Requests(ctx, q) })
}
