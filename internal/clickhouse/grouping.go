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

// A column of an answer.
type column struct {
	expression string
	field      any // that it is scanned into
}

// askGroups asks for columns of the groups of the journal's rows.
func (r reader) askGroups(ctx context.Context, where condition, columns []column, rest string, found func()) error {
	expressions, fields := make([]string, len(columns)), make([]any, len(columns))
	for i, c := range columns {
		expressions[i], fields[i] = c.expression, c.field
	}
	return each(ctx, r.conn, fields, found,
		"SELECT "+strings.Join(expressions, ", ")+" FROM ledger_journal"+where.sql()+" GROUP BY ALL"+rest, where.args...)
}

// grouped asks for the groups of a query. Each is a T, which has its names and the
// columns that into says. Those with the same name of a dimension come side by
// side: adding them up takes a third of the time then.
func grouped[T any](ctx context.Context, r reader, q ledger.Query, having string, into func(*T) (names *[]string, columns []column)) (groups []T, err error) {
	var group T
	groupNames, columns := into(&group)
	names := make([]string, len(q.By))
	rest, separator := " HAVING "+having, " ORDER BY "
	place := -1 // of the dimension of time
	for i, d := range q.By {
		if d.OfTime() {
			place = i
		} else {
			columns = append(columns, column{fmt.Sprintf("%s AS by_%s", d, d), &names[i]}) // dimensions are named as columns are
		}
		rest += separator + "by_" + string(d)
		separator = ", "
	}
	where := r.selects(q.Selection)
	local := place >= 0 && q.Zone != nil && q.Zone != time.UTC // clocks of UTC are never changed
	for {
		asked := slices.Clip(columns)
		var number, offset int64                         // of the group's period
		var first, last, groupFirst, groupLast time.Time // of the entries
		if local {
			if err := one(ctx, r.conn, []any{&first, &last}, "SELECT min(timestamp), max(timestamp) FROM ledger_journal"+where.sql(), where.args...); err != nil {
				return nil, err
			}
			asked = append(asked, column{"min(timestamp)", &groupFirst}, column{"max(timestamp)", &groupLast})
		}
		if place >= 0 {
			ofNumber, ofOffset := ofJournal.Number(q.By[place], q.Zone, first.UTC(), last.UTC())
			asked = append(asked, column{ofNumber + " AS by_" + string(q.By[place]), &number}, column{ofOffset + " AS zone_offset", &offset})
		}
		groups = nil
		missed := false // entries came meanwhile, from before or after the offsets that were asked for
		err := r.askGroups(ctx, where, asked, rest, func() {
			missed = missed || groupFirst.Before(first) || groupLast.After(last)
			if place >= 0 {
				names[place] = periods.Spell(q.By[place], number, time.Duration(offset)*time.Microsecond)
			}
			*groupNames = slices.Clone(names)
			groups = add(groups, group)
		})
		if err != nil {
			return nil, err
		}
		if !missed {
			return groups, nil
		}
	}
}
