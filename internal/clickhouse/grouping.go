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
	first, last    time.Time // of its entries, where the zone's clocks matter
}

// grouped asks for aggregates of the groups of a query, each with a comma before
// it, and gives what they are together with the group's names. Whether it groups
// by time or not, each group has a number for its period and a time zone's offset.
func grouped[T any](ctx context.Context, r reader, q ledger.Query, aggregates, having string, into func(*T) []any) (names [][]string, values []T, err error) {
	type row struct {
		group
		value T
	}
	where := r.selects(q.Selection)
	place := slices.IndexFunc(q.By, ledger.Dimension.OfTime)
	local := place >= 0 && q.Zone != nil && q.Zone != time.UTC // clocks of UTC are never changed
	var plain strings.Builder
	for i, d := range q.By {
		if i != place {
			fmt.Fprintf(&plain, ", %s AS by_%s", d, d) // dimensions are named as columns are
		}
	}
	if local {
		plain.WriteString(", min(timestamp), max(timestamp)")
	}
	for {
		period, offset := periods.None, periods.None
		var first, last time.Time
		if local {
			if err := one(ctx, r.conn, []any{&first, &last}, "SELECT min(timestamp), max(timestamp) FROM ledger_journal"+where.sql(), where.args...); err != nil {
				return nil, nil, err
			}
		}
		if place >= 0 {
			period, offset = ofJournal.Number(q.By[place], q.Zone, first.UTC(), last.UTC())
		}
		rows, err := collect(ctx, r.conn, func(r *row) []any {
			r.names = make([]string, len(q.By))
			all := []any{&r.period, &r.offset}
			for i := range r.names {
				if i != place {
					all = append(all, &r.names[i])
				}
			}
			if local {
				all = append(all, &r.first, &r.last)
			}
			return append(all, into(&r.value)...)
		}, "SELECT "+period+" AS period, "+offset+" AS zone_offset"+plain.String()+aggregates+
			" FROM ledger_journal"+where.sql()+" GROUP BY ALL HAVING "+having, where.args...)
		if err != nil {
			return nil, nil, err
		}
		if local && slices.ContainsFunc(rows, func(r row) bool { return r.first.Before(first) || r.last.After(last) }) {
			continue // entries came meanwhile, from before or after the offsets that were asked for
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
