package clickhouse

import (
	"context"
	"errors"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// errRemovals is met where a question needs the entries that remain.
var errRemovals = errors.New("some of the entries were removed")

// again asks once more where some of the entries were removed, and then of those
// that remain: of one moment, since the journal is read twice for it.
func again[T any](ctx context.Context, r reader, answer []T, err error, ask func(reader) ([]T, error)) ([]T, error) {
	if !errors.Is(err, errRemovals) {
		return answer, err
	}
	if r.at == nil {
		if r.at, err = r.moment(ctx); err != nil {
			return nil, err
		}
	}
	at := *r.at
	at.remaining = true
	r.at = &at
	return ask(r)
}

// Prices gives each price at which each SKU was charged.
func (r reader) Prices(ctx context.Context, s ledger.Selection) (uses []ledger.PriceUse, err error) {
	type row struct {
		sku               string
		price             decimal.Decimal
		first, last       time.Time
		entries, removals uint64
	}
	err = r.ask(ctx, func() error {
		where := r.selects(s)
		where.add(debits)
		rows, err := collect(ctx, r.conn, func(r *row) []any {
			return []any{&r.sku, &r.price, &r.first, &r.last, &r.entries, &r.removals}
		}, "SELECT sku, price, min(timestamp), max(timestamp), count(), countIf(sign < 0) FROM ledger_journal"+where.sql()+" GROUP BY sku, price", where.args...)
		for _, r := range rows {
			if r.removals > 0 {
				return errRemovals
			}
			uses = append(uses, ledger.PriceUse{SKU: r.sku, Price: short(r.price), First: r.first.UTC(), Last: r.last.UTC(), Entries: int64(r.entries)})
		}
		return err
	})
	return again(ctx, r, uses, err, func(r reader) ([]ledger.PriceUse, error) { return r.Prices(ctx, s) })
}
