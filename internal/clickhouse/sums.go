package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/periods"
)

// ofJournal is how ClickHouse spells periods of time, of the journal.
var ofJournal = periods.Dialect{
	Micros: "toUnixTimestamp64Micro(timestamp)",
	Before: func(micros int64) string { return fmt.Sprintf("toUnixTimestamp64Micro(timestamp) < %d", micros) },
	Divide: func(dividend string, divisor int64) string { return fmt.Sprintf("intDiv(%s, %d)", dividend, divisor) },
	YearAndMonth: func(micros string) (year, month string) {
		date := fmt.Sprintf("fromUnixTimestamp64Micro(%s, 'UTC')", micros)
		return fmt.Sprintf("toYear(%s)", date), fmt.Sprintf("toMonth(%s)", date)
	},
}

// A group is one row of a query's answer, but for what was counted in it.
type group struct {
	names          []string // of the dimensions
	period, offset int64
	first, last    time.Time // of its entries
}

// grouped asks for aggregates of the groups of a query, each with a comma before
// it, and gives what they are together with the group's names. Whether it groups
// by time or not, each group has a number for its period and a time zone's offset.
// Offsets are asked for of the time in which there are entries. Where others have
// come meanwhile, all is asked again.
func grouped[T any](ctx context.Context, r reader, q ledger.Query, aggregates, having string, into func(*T) []any) (names [][]string, values []T, err error) {
	type row struct {
		group
		value T
	}
	where := r.selects(q.Selection)
	place := slices.IndexFunc(q.By, ledger.Dimension.OfTime)
	var plain strings.Builder
	for i, d := range q.By {
		if i != place {
			fmt.Fprintf(&plain, ", %s AS by_%s", d, d) // dimensions are named as columns are
		}
	}
	for {
		period, offset := periods.None, periods.None
		var first, last time.Time
		if place >= 0 {
			if err := one(ctx, r.conn, []any{&first, &last}, "SELECT min(timestamp), max(timestamp) FROM ledger_journal"+where.sql(), where.args...); err != nil {
				return nil, nil, err
			}
			period, offset = ofJournal.Number(q.By[place], q.Zone, first.UTC(), last.UTC())
		}
		rows, err := collect(ctx, r.conn, func(r *row) []any {
			r.names = make([]string, len(q.By))
			all := []any{&r.period, &r.offset, &r.first, &r.last}
			for i := range r.names {
				if i != place {
					all = append(all, &r.names[i])
				}
			}
			return append(all, into(&r.value)...)
		}, "SELECT "+period+" AS period, "+offset+" AS zone_offset, min(timestamp), max(timestamp)"+plain.String()+aggregates+
			" FROM ledger_journal"+where.sql()+" GROUP BY ALL HAVING "+having, where.args...)
		if err != nil {
			return nil, nil, err
		}
		if place >= 0 && slices.ContainsFunc(rows, func(r row) bool { return r.first.Before(first) || r.last.After(last) }) {
			continue
		}
		for _, r := range rows {
			if place >= 0 {
				r.names[place] = periods.Spell(q.By[place], r.period, time.Duration(r.offset)*time.Microsecond)
			}
			names, values = append(names, r.names), append(values, r.value)
		}
		return names, values, nil
	}
}

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
		names, found, err := grouped(ctx, r, q, ", uniqExactIf((account, request_id), request_id != ''), countIf(sign < 0)", "count() > 0",
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
