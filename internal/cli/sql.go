package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/export"
)

// maxQuery is how much text is taken for a query.
const maxQuery = 1 << 20

func (a app) sqlCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sql 'SELECT ...'",
		Short: "Read-only SQL on the books",
		Long: `A query in DuckDB's SQL, or in ClickHouse's where the ledger is there, on the
views entries, coverage, balances, keys and api_keys; with '-' it is read from
stdin. It can read the books, and change nothing. docs/sql.md describes the views
and has examples.

Tables show at most six decimals; json, ndjson and csv have every digit. Times
are UTC.`,
		Example: `  ducat sql --schema
  ducat sql 'SELECT model, sum(spend) AS spend FROM entries WHERE currency = $$USD$$ GROUP BY ALL ORDER BY spend DESC'
  ducat sql -o ndjson - < query.sql`,
		Args: func(cmd *cobra.Command, args []string) error {
			schema, _ := cmd.Flags().GetBool("schema")
			if schema == (len(args) == 1) || len(args) > 1 {
				return errors.New("sql takes one query in quotes, - for stdin, or --schema")
			}
			return nil
		},
	}
	var schema bool
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&schema, "schema", false, "list the views and their columns")
	output := outputFlag(cmd, formatTable, formatJSON, formatNDJSON, formatCSV)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if schema {
			return a.sql(cmd.Context(), "", output.value)
		}
		query := args[0]
		if query == "-" {
			text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), maxQuery+1))
			if err != nil {
				return fmt.Errorf("reading the query from stdin: %w", err)
			}
			if len(text) > maxQuery {
				return wrongUsage(fmt.Errorf("the query is longer than %d bytes", maxQuery), cmd.CommandPath())
			}
			query = string(text)
		}
		if strings.TrimSpace(query) == "" {
			return wrongUsage(errors.New("the query is empty"), cmd.CommandPath())
		}
		return a.sql(cmd.Context(), query, output.value)
	}
	return cmd
}

// sql asks a query, or with none for the views, and prints the answer.
func (a app) sql(ctx context.Context, query, format string) (err error) {
	_, store, err := a.books()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	rows, err := askSQL(ctx, store, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if format == formatJSON || format == formatNDJSON {
		if err := distinct(rows.columns); err != nil {
			return err
		}
	}
	w := export.NewLineWriter(a.out)
	switch format {
	case formatJSON:
		err = writeSQLJSON(w, rows)
	case formatNDJSON:
		err = writeSQLNDJSON(w, rows)
	case formatCSV:
		err = writeSQLCSV(w, rows)
	default:
		err = writeSQLTable(w, a.out, rows)
	}
	return errors.Join(err, w.Flush())
}

// distinct refuses two columns of one name, of which JSON would keep one.
func distinct(columns []sqlColumn) error {
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Name] {
			return &usageError{msg: fmt.Sprintf("two columns are named %q", c.Name), hint: "rename one with AS"}
		}
		seen[c.Name] = true
	}
	return nil
}
