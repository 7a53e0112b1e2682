package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"regexp"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ErrQuery: a query makes no sense to the server; the error says why.
var ErrQuery = errors.New("query")

// Rows is the answer to a query in SQL.
type Rows struct {
	// Columns are in the order of the values of each row.
	Columns []Column

	ctx   context.Context
	store *Store
	rows  driver.Rows
	told  bool // an error of the rows was yielded
}

// A Column is what one value of each row is.
type Column struct {
	Name string
	Type string // as ClickHouse spells it: "String", "Nullable(Decimal(38, 24))"
}

// ReadOnlySQL asks one query: a SELECT, or what only reads too (FROM, WITH,
// EXPLAIN, SHOW, DESCRIBE, EXISTS). The server lets it change nothing, settings included,
// and read no files and no other servers, but what else of its own the user may
// read. The end of the context interrupts it.
//
// The answer is read as it comes, so Close must be called.
func (s *Store) ReadOnlySQL(ctx context.Context, query string) (*Rows, error) {
	if !question.MatchString(query) {
		return nil, errors.New("not a query: only SELECT and its relatives are allowed, since the books are changed only by syncs")
	}
	if err := s.prepare(ctx, false); err != nil {
		return nil, s.explain(ctx, err)
	}
	rows, err := s.conn.Query(clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"readonly": 1})), query)
	if err != nil {
		return nil, s.explainSQL(ctx, err)
	}
	r := &Rows{ctx: ctx, store: s, rows: rows}
	for _, c := range rows.ColumnTypes() {
		if strings.Contains(c.DatabaseTypeName(), "JSON") {
			err := fmt.Errorf("column %q is JSON, whose numbers would lose digits; cast it, as in %s::String", c.Name(), c.Name())
			return nil, errors.Join(err, rows.Close())
		}
		r.Columns = append(r.Columns, Column{c.Name(), c.DatabaseTypeName()})
	}
	return r, nil
}

// question is how a query begins that reads, after comments and parentheses. The
// server alone would let KILL and USE pass.
var question = regexp.MustCompile(`(?is)^(?:\s|\(|--[^\n]*\n|#[^\n]*\n|/\*.*?\*/)*(?:SELECT|WITH|FROM|EXPLAIN|SHOW|DESCRIBE|DESC|EXISTS)\b`)

// notMistakes are the server's errors that are not the query's fault.
var notMistakes = map[int32]string{
	tooSlow: "it took too long", readOnly: "it may read only", outOfMemory: "it takes too much memory", queryCancelled: "it was cancelled", accessDenied: "the user may not",
}

// explainSQL tells a mistake of the query from what else can fail.
func (s *Store) explainSQL(ctx context.Context, err error) error {
	refused, ok := errors.AsType[*clickhouse.Exception](err)
	if !ok || ctx.Err() != nil {
		return s.explain(ctx, err)
	}
	said, _, _ := strings.Cut(refused.Message, ". Expected one of: ") // a list of all that could stand there
	said = strings.Join(strings.Fields(said), " ")
	if why, other := notMistakes[refused.Code]; other {
		return fmt.Errorf("query: %s: %s", why, said)
	}
	return fmt.Errorf("%w: %s", ErrQuery, said)
}

// All gives the rows, once. Values are nil, bool, integers and floats of Go's
// types, string, time.Time in UTC, decimal.Decimal (also for integers of more than
// 64 bits), and []any and map[string]any of these. Dates and all else that the
// server has come as text. An error is yielded once and ends the sequence.
func (r *Rows) All() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		types := r.rows.ColumnTypes()
		into := make([]any, len(types))
		for i, t := range types {
			into[i] = reflect.New(t.ScanType()).Interface()
		}
		for r.rows.Next() {
			if err := r.rows.Scan(into...); err != nil {
				yield(nil, err)
				return
			}
			values := make([]any, len(into))
			for i := range into {
				values[i] = plain(reflect.ValueOf(into[i]).Elem(), types[i].DatabaseTypeName())
			}
			if !yield(values, nil) {
				return
			}
		}
		if err := r.rows.Err(); err != nil {
			r.told = true
			yield(nil, r.store.explainSQL(r.ctx, err))
		}
	}
}

// Close ends the reading.
func (r *Rows) Close() error {
	if err := r.rows.Close(); err != nil && !r.told {
		return r.store.explainSQL(r.ctx, err)
	}
	return nil
}
