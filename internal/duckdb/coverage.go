package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/ducat-ledger/ducat/internal/ledger"
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
