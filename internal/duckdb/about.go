package duckdb

import (
	"context"
	"database/sql"
	"errors"
)

// NewestVersion is the version of the ledgers that this program writes.
const NewestVersion = len(migrations)

// SchemaVersion is the version of the ledger, after an older one was migrated.
func (s *Store) SchemaVersion(ctx context.Context) (version int, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		version, err = versionOf(ctx, db)
		return err
	})
	return version, err
}

// EngineVersion is the version of DuckDB in this program, such as "v1.4.1". It
// needs no ledger.
func EngineVersion(ctx context.Context) (version string, err error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, "SELECT version()").Scan(&version)
	return version, err
}
