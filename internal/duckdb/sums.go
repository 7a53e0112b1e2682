package duckdb

import (
	"context"
	"database/sql"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Sums adds up the selected entries. DuckDB adds decimals exactly; a sum beyond
// 1.7e14 is an error. Entries are added up by SKU first, which then stands for
// its model and meter: that is less work than to look them up for each entry.
func (s *Store) Sums(ctx context.Context, q ledger.Query) ([]ledger.Sum, error) {
	type row struct {
		group                []string
		period, offset       int64
		currency             venice.Currency
		meter                string
		unit                 venice.Unit
		entries              int64
		spend, credit, units number
	}
	var sums []ledger.Sum
	err := s.grouped(ctx, q, func(db *sql.DB, g grouping, where condition) error {
		rows, err := collect(ctx, db, func(r *row) []any {
			r.group = make([]string, len(q.By))
			return append(g.into(&r.period, &r.offset, r.group),
				&r.currency, &r.meter, &r.unit, &r.entries, &r.spend, &r.credit, &r.units)
		}, `WITH parts AS (
				SELECT `+g.period+` AS period, `+g.offset+` AS zone_offset, account, sku, currency, count(*) AS entries,
					-sum(amount) FILTER (amount <= 0) AS spend,
					sum(amount) FILTER (amount > 0) AS credit,
					sum(units) FILTER (amount <= 0) AS units
				FROM ledger_entries`+where.sql()+`
				GROUP BY ALL)
			SELECT `+g.columns+`currency, meter, unit, sum(entries)::BIGINT,
				coalesce(sum(spend), 0), coalesce(sum(credit), 0), coalesce(sum(units), 0)
			FROM parts JOIN ledger_skus USING (sku)
			GROUP BY ALL`, where.args...)
		for _, r := range rows {
			g.spell(r.group, r.period, r.offset)
			sums = append(sums, ledger.Sum{
				Group: r.group, Currency: r.currency, Meter: r.meter, Unit: r.unit, Entries: r.entries,
				Spend: r.spend.Decimal, Credit: r.credit.Decimal, Units: r.units.Decimal,
			})
		}
		return err
	})
	return sums, err
}

// Requests counts distinct requests among the selected entries.
func (s *Store) Requests(ctx context.Context, q ledger.Query) ([]ledger.RequestCount, error) {
	type row struct {
		group          []string
		period, offset int64
		requests       int64
	}
	var counts []ledger.RequestCount
	err := s.grouped(ctx, q, func(db *sql.DB, g grouping, where condition) error {
		rows, err := collect(ctx, db, func(r *row) []any {
			r.group = make([]string, len(q.By))
			return append(g.into(&r.period, &r.offset, r.group), &r.requests)
		}, `WITH requests AS (
				SELECT DISTINCT `+g.period+` AS period, `+g.offset+` AS zone_offset, `+g.plain+`
					account AS of_account, nullif(request_id, '') AS request
				FROM ledger_entries JOIN ledger_skus USING (sku)`+where.sql()+`)
			SELECT `+g.columns+`count(request) FROM requests GROUP BY ALL`, where.args...)
		for _, r := range rows {
			g.spell(r.group, r.period, r.offset)
			counts = append(counts, ledger.RequestCount{Group: r.group, Requests: r.requests})
		}
		return err
	})
	return counts, err
}
