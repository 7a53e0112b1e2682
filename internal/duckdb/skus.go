package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// meanings are what venice.ParseSKU reads from SKUs.
type meanings map[string]venice.SKU

// learn says whether the SKU was not known.
func (m meanings) learn(sku string) bool {
	if _, ok := m[sku]; ok {
		return false
	}
	m[sku] = venice.ParseSKU(sku)
	return true
}

// saveSKUs keeps what the SKUs of all entries mean. Those known are parsed again
// too, since ParseSKU may have learned more of them.
func saveSKUs(ctx context.Context, conn *sql.Conn, readings []ledger.Reading) error {
	type known struct {
		sku string
		venice.SKU
	}
	before, err := collect(ctx, conn, func(k *known) []any { return []any{&k.sku, &k.Model, &k.Meter, &k.Unit} },
		"SELECT sku, model, meter, unit FROM ledger_skus")
	if err != nil {
		return err
	}
	all, changed := meanings{}, false
	for _, k := range before {
		all.learn(k.sku)
		changed = changed || all[k.sku] != k.SKU
	}
	for _, r := range readings {
		for i := range r.Entries {
			if all.learn(r.Entries[i].SKU) {
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
	return all.insert(ctx, conn)
}

// insert puts all of them into the table, which has none.
func (m meanings) insert(ctx context.Context, conn *sql.Conn) error {
	rows := make([][]driver.Value, 0, len(m))
	for sku, s := range m {
		rows = append(rows, []driver.Value{sku, s.Model, s.Meter, string(s.Unit)})
	}
	return appendRows(ctx, conn, "ledger_skus", func() ([]driver.Value, error) {
		if len(rows) == 0 {
			return nil, nil
		}
		row := rows[0]
		rows = rows[1:]
		return row, nil
	})
}
