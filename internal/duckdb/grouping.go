package duckdb

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/periods"
)

// A grouping is how a query's groups are asked for. Whether it groups by time or
// not, each group has a number for its period and a time zone's offset.
type grouping struct {
	by     []ledger.Dimension
	ofTime ledger.Dimension // "" for none
	// period and offset are expressions on ledger_entries.
	period, offset string
	// plain lists the columns of the other dimensions, columns all, each with a
	// comma behind it.
	plain, columns string
}

// grouped opens the ledger and calls ask with the query in SQL.
func (s *Store) grouped(ctx context.Context, q ledger.Query, ask func(*sql.DB, grouping, condition) error) error {
	if err := q.Check(); err != nil {
		return err
	}
	return s.read(ctx, func(db *sql.DB) error {
		where := selects(q.Selection)
		g := grouping{by: q.By, period: periods.None, offset: periods.None}
		for _, d := range q.By {
			if d.OfTime() {
				g.ofTime = d
			} else {
				g.plain += string(d) + ", " // dimensions are named as columns are
			}
		}
		g.columns = "period, zone_offset, " + g.plain
		if g.ofTime != "" {
			var first, last sql.NullTime
			err := db.QueryRowContext(ctx, "SELECT min(ts), max(ts) FROM ledger_entries"+where.sql(), where.args...).Scan(&first, &last)
			if err != nil {
				return err
			}
			g.period, g.offset = ofEntries.Number(g.ofTime, q.Zone, first.Time, last.Time)
		}
		return ask(db, g, where)
	})
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
