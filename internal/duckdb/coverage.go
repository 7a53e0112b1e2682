package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Coverage is what is complete for the account.
func (s *Store) Coverage(ctx context.Context, account string) (found ledger.Coverage, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		found, err = coverage(ctx, db, account)
		return err
	})
	return found, err
}

func coverage(ctx context.Context, db database, account string) (ledger.Coverage, error) {
	return collect(ctx, db, func(c *ledger.Covered) []any { return []any{&c.Start, &c.End, &c.ReadAt} },
		"SELECT window_start, window_end, read_at FROM ledger_coverage WHERE account = ? ORDER BY window_start", account)
}

func saveCoverage(ctx context.Context, conn *sql.Conn, account string, c ledger.Coverage) error {
	if _, err := conn.ExecContext(ctx, "DELETE FROM ledger_coverage WHERE account = ?", account); err != nil {
		return err
	}
	return appendRows(ctx, conn, "ledger_coverage", func() ([]driver.Value, error) {
		if len(c) == 0 {
			return nil, nil
		}
		w := c[0]
		c = c[1:]
		return []driver.Value{account, w.Start.UTC(), w.End.UTC(), w.ReadAt.UTC()}, nil
	})
}

// saveSKUs keeps what the SKUs of all entries mean. Those known are parsed again
// too, since ParseSKU may have learned more of them.
func saveSKUs(ctx context.Context, conn *sql.Conn, readings []ledger.Reading) error {
	type meaning struct {
		sku string
		venice.SKU
	}
	known, err := collect(ctx, conn, func(m *meaning) []any { return []any{&m.sku, &m.Model, &m.Meter, &m.Unit} },
		"SELECT sku, model, meter, unit FROM ledger_skus")
	if err != nil {
		return err
	}
	parsed := map[string]venice.SKU{}
	changed := false
	for _, m := range known {
		parsed[m.sku] = venice.ParseSKU(m.sku)
		changed = changed || parsed[m.sku] != m.SKU
	}
	for _, r := range readings {
		for i := range r.Entries {
			sku := r.Entries[i].SKU
			if _, ok := parsed[sku]; !ok {
				parsed[sku] = venice.ParseSKU(sku)
				changed = true
			}
		}
	}
	if !changed {
		return nil
	}
	if _, err := conn.ExecContext(ctx, "DELETE FROM ledger_skus"); err != nil {
		return err
	}
	rows := make([]meaning, 0, len(parsed))
	for sku, m := range parsed {
		rows = append(rows, meaning{sku, m})
	}
	return appendRows(ctx, conn, "ledger_skus", func() ([]driver.Value, error) {
		if len(rows) == 0 {
			return nil, nil
		}
		m := rows[0]
		rows = rows[1:]
		return []driver.Value{m.sku, m.Model, m.Meter, string(m.Unit)}, nil
	})
}
