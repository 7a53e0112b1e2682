package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// Rows is the answer to a query in SQL.
type Rows struct {
	// Columns are in the order of the values of each row.
	Columns []Column

	ctx   context.Context
	store *Store
	rows  *sql.Rows
	done  func()
}

// A Column is what one value of each row is.
type Column struct {
	Name string
	Type string // as DuckDB spells it: "VARCHAR", "DECIMAL(38,24)", "TIMESTAMP"
}

// ReadOnlySQL asks one query, a SELECT or what DuckDB treats as one (FROM, WITH,
// VALUES, DESCRIBE, SHOW, SUMMARIZE), or an EXPLAIN. It can read the views and
// tables of the ledger and nothing else: no files, no network, no settings. The
// end of the context interrupts it.
//
// The whole answer is in memory, outside of Options.MemoryMB, and the ledger is
// open for reading until Close is called, as it must be.
func (s *Store) ReadOnlySQL(ctx context.Context, query string) (*Rows, error) {
	db, done, err := s.borrow(ctx)
	if err != nil {
		return nil, err
	}
	r, err := ask(ctx, db, query)
	if err != nil {
		done()
		return nil, s.explainSQL(ctx, err)
	}
	r.ctx, r.store, r.done = ctx, s, done
	return r, nil
}

func ask(ctx context.Context, db *sql.DB, query string) (*Rows, error) {
	if err := isQuestion(ctx, db, query); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, errors.Join(err, rows.Close())
	}
	r := &Rows{rows: rows}
	for _, t := range types {
		if strings.Contains(t.DatabaseTypeName(), "JSON") {
			err := fmt.Errorf("column %q is JSON, whose numbers would lose digits; cast it, as in %s::VARCHAR", t.Name(), t.Name())
			return nil, errors.Join(err, rows.Close())
		}
		r.Columns = append(r.Columns, Column{t.Name(), t.DatabaseTypeName()})
	}
	return r, nil
}

// isQuestion refuses what is not one statement that only reads. The ledger is
// open for reading only, so this is about what else a statement can do.
func isQuestion(ctx context.Context, db *sql.DB, query string) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*duckdb.Conn)
		if !ok {
			return fmt.Errorf("connection of type %T cannot prepare", driverConn)
		}
		prepared, err := c.Prepare(query)
		if says(err, "PrepareContext") {
			return errors.New("more than one statement; ask one query at a time")
		}
		if err != nil {
			return err
		}
		defer prepared.Close()
		kind, err := prepared.(*duckdb.Stmt).StatementType()
		if err != nil {
			return err
		}
		if kind != duckdb.STATEMENT_TYPE_SELECT && kind != duckdb.STATEMENT_TYPE_EXPLAIN {
			return errors.New("not a query: only SELECT and its relatives are allowed, since the books are changed only by syncs")
		}
		return nil
	})
}

// explainSQL leaves out the ledger's name, for a mistake is the query's.
func (s *Store) explainSQL(ctx context.Context, err error) error {
	if fault, ok := errors.AsType[*duckdb.Error](err); ok && ctx.Err() == nil && fault.Type != duckdb.ErrorTypeIO && fault.Type != duckdb.ErrorTypeFatal {
		return fmt.Errorf("query: %s", fault.Msg)
	}
	return s.explain(ctx, err)
}

// All gives the rows, once. Values are nil, bool, integers and floats of Go's
// types, string, []byte, time.Time in UTC, decimal.Decimal (also for integers of
// 128 bits), and []any and map[string]any of these. UUID, TIME and INTERVAL come
// as text, as does what else DuckDB has. An error is yielded once and ends the sequence.
func (r *Rows) All() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		into := make([]any, len(r.Columns))
		for r.rows.Next() {
			values := make([]any, len(r.Columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := r.rows.Scan(into...); err != nil {
				yield(nil, err)
				return
			}
			for i := range values {
				values[i] = plain(values[i], r.Columns[i].Type)
			}
			if !yield(values, nil) {
				return
			}
		}
		if err := r.rows.Err(); err != nil {
			yield(nil, r.store.explainSQL(r.ctx, err))
		}
	}
}

// Close ends the reading.
func (r *Rows) Close() error {
	if r.done == nil {
		return nil
	}
	err := r.rows.Close()
	r.done()
	r.done = nil
	return err
}
