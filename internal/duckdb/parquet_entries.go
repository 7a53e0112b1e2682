package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// WriteParquet writes entries of another store to a new Parquet file, the same
// that [Snapshot.WriteParquet] writes of these entries. They go through a ledger
// of their own in the folder for temporary files, which takes room there; memory
// does not grow with their number. An error of the entries is returned.
func WriteParquet(ctx context.Context, entries iter.Seq2[ledger.Entry, error], path, note string, withAccount bool) (err error) {
	folder, err := os.MkdirTemp("", "ducat-parquet-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	h, err := open(filepath.Join(folder, "ledger"), Options{}.withDefaults(), "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.fill(ctx, entries); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return h.writeParquet(ctx, condition{}, path, note, withAccount)
}

// fill makes the file, which is empty, a ledger of the entries.
func (h *handle) fill(ctx context.Context, entries iter.Seq2[ledger.Entry, error]) error {
	if _, err := h.ExecContext(ctx, schemaOfMeta); err != nil {
		return err
	}
	conn, err := h.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	next, stop := iter.Pull2(entries)
	defer stop()
	return transact(ctx, conn, func(conn *sql.Conn) error {
		skus := meanings{}
		row := make([]driver.Value, 14)
		err := appendRows(ctx, conn, "ledger_entries", func() ([]driver.Value, error) {
			e, err, ok := next()
			if err != nil || !ok {
				return nil, err
			}
			skus.learn(e.SKU)
			return row, fill(row, e.Account, ledger.Line{Entry: &e.UsageEntry, Identity: e.Identity, Ordinal: e.Ordinal})
		})
		if err != nil {
			return err
		}
		return skus.insert(ctx, conn)
	})
}
