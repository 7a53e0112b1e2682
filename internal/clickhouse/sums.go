package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/periods"
	"github.com/ducat-ledger/ducat/venice"
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

// A grouping is how a query's groups are asked for. Whether it groups by time or
// not, each group has a number for its period and a time zone's offset.
type grouping struct {
	by     []ledger.Dimension
	ofTime ledger.Dimension // "" for none
	// columns are expressions on the journal, each with a comma behind it: the
	// period, the offset and the other dimensions.
	columns string
	where   condition
}

// grouping is a query in SQL. Its errors are those of ledger.Query.Check, and of
// asking from when to when the entries are.
func (r reader) grouping(ctx context.Context, q ledger.Query) (grouping, error) {
	g := grouping{by: q.By, where: r.selects(q.Selection)}
	period, offset := periods.None, periods.None
	var plain strings.Builder
	for _, d := range q.By {
		if d.OfTime() {
			g.ofTime = d
		} else {
			fmt.Fprintf(&plain, "%s AS by_%s, ", d, d) // dimensions are named as columns are
		}
	}
	if g.ofTime != "" {
		var first, last time.Time
		if q.Zone != nil && q.Zone != time.UTC { // its clocks may have been changed in between
			err := one(ctx, r.conn, []any{&first, &last}, "SELECT min(timestamp), max(timestamp) FROM ledger_journal"+g.where.sql(), g.where.args...)
			if err != nil {
				return g, err
			}
		}
		period, offset = ofJournal.Number(g.ofTime, q.Zone, first.UTC(), last.UTC())
	}
	g.columns = period + " AS period, " + offset + " AS zone_offset, " + plain.String()
	return g, nil
}

// into is where the columns of a group are scanned.
func (g grouping) into(period, offset *int64, group []string) []any {
	into := []any{period, offset}
	for i, d := range g.by {
		if d != g.ofTime {
			into = append(into, &group[i])
		}
	}
	return into
}

// spell fills in the period of a group.
func (g grouping) spell(group []string, period, offset int64) {
	if i := slices.Index(g.by, g.ofTime); i >= 0 {
		group[i] = periods.Spell(g.ofTime, period, time.Duration(offset)*time.Microsecond)
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
	type row struct {
		group                []string
		period, offset       int64
		currency             venice.Currency
		meter, unit          string
		entries              int64
		debit, credit, units decimal.Decimal
	}
	err = r.ask(ctx, func() error {
		g, err := r.grouping(ctx, q)
		if err != nil {
			return err
		}
		rows, err := collect(ctx, r.conn, func(r *row) []any {
			r.group = make([]string, len(q.By))
			return append(g.into(&r.period, &r.offset, r.group),
				(*string)(&r.currency), &r.meter, &r.unit, &r.entries, &r.debit, &r.credit, &r.units)
		}, "SELECT "+g.columns+"currency, meter, unit, sum(sign) AS entries, "+
			total("amount", "amount <= 0")+", "+total("amount", "amount > 0")+", "+total("units", "amount <= 0")+
			" FROM ledger_journal"+g.where.sql()+" GROUP BY ALL HAVING entries > 0", g.where.args...)
		for _, r := range rows {
			g.spell(r.group, r.period, r.offset)
			sums = append(sums, ledger.Sum{
				Group: r.group, Currency: r.currency, Meter: r.meter, Unit: venice.Unit(r.unit), Entries: r.entries,
				Spend: short(r.debit).Neg(), Credit: short(r.credit), Units: short(r.units),
			})
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
	type row struct {
		group          []string
		period, offset int64
		requests       uint64
		removals       uint64
	}
	err = r.ask(ctx, func() error {
		g, err := r.grouping(ctx, q)
		if err != nil {
			return err
		}
		rows, err := collect(ctx, r.conn, func(r *row) []any {
			r.group = make([]string, len(q.By))
			return append(g.into(&r.period, &r.offset, r.group), &r.requests, &r.removals)
		}, "SELECT "+g.columns+"uniqExactIf(request, request != 0), countIf(sign < 0) FROM ledger_journal"+
			g.where.sql()+" GROUP BY ALL HAVING count() > 0", g.where.args...)
		for _, r := range rows {
			if r.removals > 0 {
				return errRemovals
			}
			g.spell(r.group, r.period, r.offset)
			counts = append(counts, ledger.RequestCount{Group: r.group, Requests: int64(r.requests)})
		}
		return err
	})
	return again(ctx, r, counts, err, func(r reader) ([]ledger.RequestCount, error) { return r.Requests(ctx, q) })
}
