package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/duckdb/duckdb-go/v2"
)

// change opens the ledger, calls work within a transaction, commits and closes.
func (s *Store) change(ctx context.Context, work func(*sql.Conn) error) error {
	defer private()()
	h, err := s.openToWrite(ctx)
	if err != nil {
		return err
	}
	// Closing also folds the write-ahead log into the file. When that fails, the
	// next one to open the file does it.
	defer h.Close()
	conn, err := h.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return transact(ctx, conn, work)
}

// transact calls work between BEGIN and COMMIT. An open transaction would keep
// the file locked, so it is always ended; and a COMMIT is never interrupted,
// since its outcome would be unknown.
func transact(ctx context.Context, conn *sql.Conn, work func(*sql.Conn) error) error {
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	err := migrate(ctx, conn)
	if err == nil {
		err = work(conn)
	}
	if err == nil {
		err = ctx.Err()
	}
	final := context.WithoutCancel(ctx)
	if err != nil {
		_, _ = conn.ExecContext(final, "ROLLBACK") // err says more than its error
		return err
	}
	_, err = conn.ExecContext(final, "COMMIT")
	return err
}

// appendRows inserts rows, much faster than INSERT does. next gives a row after
// another, with a value for each column of the table, and then nil.
func appendRows(ctx context.Context, conn *sql.Conn, table string, next func() ([]driver.Value, error)) error {
	return conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(driver.Conn)
		if !ok {
			return fmt.Errorf("connection of type %T cannot append", driverConn)
		}
		a, err := duckdb.NewAppenderFromConn(c, "", table)
		if err != nil {
			return err
		}
		for n := 0; ; n++ {
			row, err := next()
			if err == nil && row == nil {
				return a.Close()
			}
			if err == nil && n%1024 == 0 {
				err = ctx.Err()
			}
			if err == nil {
				err = a.AppendRow(row...)
			}
			if err != nil {
				return errors.Join(fmt.Errorf("appending to %s: %w", table, err), a.Clear(), a.Close())
			}
		}
	})
}
