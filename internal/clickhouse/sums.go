package clickhouse

import (
	"context"
	"fmt"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// total adds up a column where a condition holds, less what was removed. In 256
// bits no sum of the journal is too large.
func total(column, where string) string {
	sum := func(sign string) string {
		return fmt.Sprintf("sumIf(toDecimal256(%s, %d), %s AND %s)", column, ledger.NumberScale, where, sign)
	}
	return sum("sign > 0") + " - " + sum("sign < 0")
}

// Sums adds up the selected entries. Removals are subtracted within the statement,
// so that it is of one moment.
func (r reader) Sums(ctx context.Context, q ledger.Query) (sums []ledger.Sum, err error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	err = r.ask(ctx, func() error {
		names, found, err := grouped(ctx, r, q, ", currency, meter, unit, sum(sign) AS entries, "+
			total("amount", "amount <= 0")+", "+total("amount", "amount > 0")+", "+total("units", "amount <= 0"), "entries > 0",
			func(s *ledger.Sum) []any {
				return []any{(*string)(&s.Currency), &s.Meter, (*string)(&s.Unit), &s.Entries, &s.Spend, &s.Credit, &s.Units}
			})
		for i, s := range found {
			s.Group, s.Spend, s.Credit, s.Units = names[i], short(s.Spend).Neg(), short(s.Credit), short(s.Units)
			sums = append(sums, s)
		}
		return err
	})
	return sums, err
}

// Requests counts distinct requests among the selected entries. Nearly always no
// selected entry was removed; where one was, it is asked again without those.
func (r reader) Requests(ctx context.Context, q ledger.Query) (counts []ledger.RequestCount, err error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	type count struct{ requests, removals uint64 }
	err = r.ask(ctx, func() error {
		names, found, err := grouped(ctx, r, q, ", uniqExactIf(request, request != 0), countIf(sign < 0)", "count() > 0",
			func(c *count) []any { return []any{&c.requests, &c.removals} })
		for i, c := range found {
			if c.removals > 0 {
				return errRemovals
			}
			counts = append(counts, ledger.RequestCount{Group: names[i], Requests: int64(c.requests)})
		}
		return err
	})
	return again(ctx, r, counts, err, func(r reader) ([]ledger.RequestCount, error) { return r.Requests(ctx, q) })
}
