package duckdb

import (
	"context"
	"database/sql"
)

// database is what *sql.DB and *sql.Conn have in common.
type database interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// collect asks a query and gives its rows. Each is scanned into the fields that
// into names. The driver holds the whole result in memory too, so what can be
// long is asked for in parts.
func collect[T any](ctx context.Context, db database, into func(*T) []any, query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var row T
		if err := rows.Scan(into(&row)...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
