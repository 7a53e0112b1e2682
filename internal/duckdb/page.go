package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// page reads the first entries that a condition chooses, so many at most. It asks the driver
// itself: to scan rows by way of database/sql takes a third more time, which
// counts where all entries are read.
func (s *Store) page(ctx context.Context, where condition, most int) (entries []ledger.Entry, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		return conn.Raw(func(driverConn any) error {
			entries, err = readPage(ctx, driverConn, where, most)
			return err
		})
	})
	return entries, err
}

func readPage(ctx context.Context, driverConn any, where condition, most int) (entries []ledger.Entry, err error) {
	conn, ok := driverConn.(driver.QueryerContext)
	if !ok {
		return nil, fmt.Errorf("connection of type %T cannot be asked", driverConn)
	}
	var args []driver.NamedValue
	for i, arg := range append(where.args, most) {
		args = append(args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	rows, err := conn.QueryContext(ctx, `
		SELECT account, ts, sku, price, units, amount, currency, notes, identity, ordinal,
			request_id, execution_ms, prompt_tokens, completion_tokens
		FROM ledger_entries`+where.sql()+`
		ORDER BY ts, account, identity, ordinal LIMIT ?`, args)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, len(rows.Columns()))
	entries = make([]ledger.Entry, 0, room(most))
	for {
		switch err := rows.Next(row); {
		case err == io.EOF:
			return entries, nil
		case err != nil:
			return nil, err
		}
		var r rowReader
		entries = append(entries, r.entry(row))
		if r.err != nil {
			return nil, r.err
		}
	}
}

// room is for how many entries there is room at first, of at most so many: small
// pages are often not full.
func room(most int) int {
	if most <= firstPage {
		return 0
	}
	return most
}

// A rowReader makes entries of rows, and keeps the first value that it did not
// expect.
type rowReader struct{ err error }

func (r *rowReader) entry(row []driver.Value) ledger.Entry {
	id, _ := row[8].([]byte)
	e := ledger.Entry{
		Account: read[string](r, row[0]),
		UsageEntry: venice.UsageEntry{
			Timestamp:       read[time.Time](r, row[1]).UTC(),
			SKU:             read[string](r, row[2]),
			PricePerUnitUSD: readNumber(r, row[3]),
			Units:           readNumber(r, row[4]),
			Amount:          readNumber(r, row[5]),
			Currency:        venice.Currency(read[string](r, row[6])),
			Notes:           read[string](r, row[7]),
		},
		Ordinal: int(read[int32](r, row[9])),
	}
	if copy(e.Identity[:], id) != len(e.Identity) {
		r.unexpected(row[8])
	}
	if row[10] == nil {
		return e
	}
	e.InferenceDetails = &venice.InferenceDetails{
		RequestID:              read[string](r, row[10]),
		InferenceExecutionTime: readCount(r, row[11]),
		PromptTokens:           readCount(r, row[12]),
		CompletionTokens:       readCount(r, row[13]),
	}
	return e
}

func (r *rowReader) unexpected(value driver.Value) {
	if r.err == nil {
		r.err = fmt.Errorf("an entry has a value of type %T where another was expected", value)
	}
}

func read[T any](r *rowReader, value driver.Value) T {
	v, ok := value.(T)
	if !ok {
		r.unexpected(value)
	}
	return v
}

func readNumber(r *rowReader, value driver.Value) decimal.Decimal {
	v, ok := value.(duckdb.Decimal)
	if !ok {
		r.unexpected(value)
		return decimal.Decimal{}
	}
	return exact(v)
}

func readCount(r *rowReader, value driver.Value) *int64 {
	if value == nil {
		return nil
	}
	return new(read[int64](r, value))
}
