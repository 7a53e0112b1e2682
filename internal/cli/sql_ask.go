package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// These list the documented views.
const (
	duckdbSchema = `SELECT table_name AS view, column_name AS "column", data_type AS type
FROM duckdb_columns() WHERE NOT internal AND table_name NOT LIKE 'ledger\_%' ESCAPE '\'
ORDER BY table_name, column_index`
	clickhouseSchema = `SELECT table AS view, name AS column, type FROM system.columns
WHERE database = currentDatabase() AND NOT startsWith(table, 'ledger_') ORDER BY table, position`
)

// sqlRows are the answer to a query in SQL, from whichever store.
type sqlRows struct {
	columns []sqlColumn
	values
}

// A sqlColumn is what one value of each row is. The type is as the store spells it.
type sqlColumn struct{ Name, Type string }

// values are the rows of an answer, in plain types of Go.
type values interface {
	All() iter.Seq2[[]any, error]
	Close() error
}

// askSQL asks a query that can only read, or with none what there is to ask. Close
// must be called.
func askSQL(ctx context.Context, store ledger.Store, query string) (*sqlRows, error) {
	switch s := store.(type) {
	case *duckdb.Store:
		rows, err := s.ReadOnlySQL(ctx, cmp.Or(query, duckdbSchema))
		if err != nil {
			return nil, mistake(err)
		}
		return &sqlRows{sqlColumns(rows.Columns), rows}, nil
	case *clickhouse.Store:
		rows, err := s.ReadOnlySQL(ctx, cmp.Or(query, clickhouseSchema))
		if errors.Is(err, clickhouse.ErrQuery) {
			return nil, &usageError{msg: err.Error(), hint: schemaHint}
		}
		if err != nil {
			return nil, err
		}
		return &sqlRows{sqlColumns(rows.Columns), rows}, nil
	default:
		return nil, fmt.Errorf("these books cannot be asked in SQL: they are a %T", store)
	}
}

const schemaHint = "see 'ducat sql --schema'"

func sqlColumns[C duckdb.Column | clickhouse.Column](columns []C) []sqlColumn {
	list := make([]sqlColumn, len(columns))
	for i, c := range columns {
		list[i] = sqlColumn(c)
	}
	return list
}

// mistake shortens what DuckDB says of a query that it cannot make sense of: it
// goes on to quote the query, over several lines.
func mistake(err error) error {
	said, _, quoted := strings.Cut(err.Error(), "\n\nLINE ")
	if !quoted {
		return err
	}
	return &usageError{msg: strings.Join(strings.Fields(said), " "), hint: schemaHint}
}
