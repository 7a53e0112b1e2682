//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

const (
	blocks       = 3
	blockEntries = 200_000 // of the largest change that a sync makes
	insertLimit  = 1 / 0.5 // times the same rows by a plain INSERT
)

// clickhouseInsert puts readings into new books, and the rows that come of it,
// prepared, into a table of the same columns.
func clickhouseInsert(ctx context.Context, b bench) (rows []row, err error) {
	seed, err := newSeed(ctx, blocks*blockEntries)
	if err != nil {
		return nil, err
	}
	readings := cut(seed.Reading, blocks)
	err = b.onServer(ctx, func(s server) error {
		books := s.newBooks("insert")
		var prepared [][]any
		ours, theirs, err := pairs(b.pairs,
			func() (time.Duration, error) {
				begin := ledger.Window{Start: seed.Window.End, End: seed.Window.End.Add(time.Hour)}
				if _, err := books.replace(ctx, ledger.Reading{Window: begin, ReadAt: begin.End}); err != nil {
					return 0, err
				}
				took, err := books.replace(ctx, readings...)
				for version := 2; err == nil && len(prepared) < blocks; version++ {
					var block []any
					block, err = books.columns(ctx, fmt.Sprintf("SELECT * FROM ledger_journal WHERE version = %d ORDER BY timestamp", version))
					prepared = append(prepared, block)
				}
				return took, err
			},
			func() (time.Duration, error) {
				took, err := books.insertPlainly(ctx, prepared)
				return took, errors.Join(err, books.drop(ctx))
			})
		if err != nil {
			return err
		}
		rows = []row{ratio(fmt.Sprintf("clickhouse: insert of %dk entries", len(seed.Entries)/1000), median(ours, self), median(theirs, self), seconds, insertLimit)}
		return nil
	})
	return rows, err
}

// cut makes several readings of one, of about the same number of entries.
func cut(r ledger.Reading, parts int) (cut []ledger.Reading) {
	for ; parts > 1; parts-- {
		at := len(r.Entries) / parts
		for r.Entries[at].Timestamp.Equal(r.Entries[at-1].Timestamp) {
			at++
		}
		part := r
		part.Entries, part.Window.End = r.Entries[:at], r.Entries[at].Timestamp
		cut = append(cut, part)
		r.Entries, r.Window.Start = r.Entries[at:], part.Window.End
	}
	return append(cut, r)
}

// columns are what a query answers, a slice for each column, as the driver takes
// them fastest.
func (b serverBooks) columns(ctx context.Context, query string) (columns []any, err error) {
	conn, err := b.connect()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var into []any
	var slices []reflect.Value
	for _, column := range rows.ColumnTypes() {
		into = append(into, reflect.New(column.ScanType()).Interface())
		slices = append(slices, reflect.Zero(reflect.SliceOf(column.ScanType())))
	}
	for rows.Next() {
		for i := range into {
			reflect.ValueOf(into[i]).Elem().SetZero() // what an array held belongs to its row
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i := range slices {
			slices[i] = reflect.Append(slices[i], reflect.ValueOf(into[i]).Elem())
		}
	}
	for _, slice := range slices {
		columns = append(columns, slice.Interface())
	}
	return columns, rows.Err()
}

// insertPlainly makes a table of the journal's columns and puts blocks into it.
func (b serverBooks) insertPlainly(ctx context.Context, blocks [][]any) (took time.Duration, err error) {
	err = b.execute(ctx, "CREATE TABLE plain AS ledger_journal", "ALTER TABLE plain DROP CONSTRAINT in_time")
	if err != nil {
		return 0, err
	}
	conn, err := b.connect()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	began := time.Now()
	for _, columns := range blocks {
		batch, err := conn.PrepareBatch(ctx, "INSERT INTO plain")
		if err != nil {
			return 0, err
		}
		for i, column := range columns {
			if err := batch.Column(i).Append(column); err != nil {
				return 0, errors.Join(err, batch.Abort())
			}
		}
		if err := batch.Send(); err != nil {
			return 0, err
		}
	}
	took = time.Since(began)
	var missing int64
	if err := conn.QueryRow(ctx, "SELECT (SELECT count() FROM ledger_journal) - (SELECT count() FROM plain)").Scan(&missing); err != nil {
		return 0, err
	}
	if missing != 1 { // the coverage of the change that began the books
		return 0, fmt.Errorf("the plain table lacks %d rows of the journal, want 1", missing)
	}
	return took, nil
}
