package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Coverage is what is complete for each of the accounts, or for all.
func (s *Store) Coverage(ctx context.Context, accounts ...string) (found map[string]ledger.Coverage, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		found, err = coverage(ctx, db, accounts)
		return err
	})
	return found, err
}

func coverage(ctx context.Context, db database, accounts []string) (map[string]ledger.Coverage, error) {
	type row struct {
		account string
		ledger.Covered
	}
	c := ofAccounts(accounts)
	rows, err := collect(ctx, db, func(r *row) []any { return []any{&r.account, &r.Start, &r.End, &r.ReadAt} },
		"SELECT account, window_start, window_end, read_at FROM ledger_coverage"+c.sql()+" ORDER BY window_start", c.args...)
	found := map[string]ledger.Coverage{}
	for _, r := range rows {
		found[r.account] = append(found[r.account], r.Covered)
	}
	return found, err
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
