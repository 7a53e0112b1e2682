package duckdb

import (
	"context"
	"database/sql"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Prices gives each price at which each SKU was charged.
func (s *Store) Prices(ctx context.Context, selection ledger.Selection) ([]ledger.PriceUse, error) {
	type row struct {
		sku         string
		price       number
		first, last time.Time
		entries     int64
	}
	where := selects(selection)
	where.add("amount <= 0")
	var uses []ledger.PriceUse
	err := s.read(ctx, func(db *sql.DB) error {
		rows, err := collect(ctx, db, func(r *row) []any {
			return []any{&r.sku, &r.price, &r.first, &r.last, &r.entries}
		}, "SELECT sku, price, min(ts), max(ts), count(*) FROM ledger_entries"+where.sql()+" GROUP BY sku, price", where.args...)
		for _, r := range rows {
			uses = append(uses, ledger.PriceUse{SKU: r.sku, Price: r.price.Decimal, First: r.first.UTC(), Last: r.last.UTC(), Entries: r.entries})
		}
		return err
	})
	return uses, err
}
