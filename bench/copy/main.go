// Copy is what somebody who knows SQL would do to export the books: DuckDB's own
// COPY of the entries, in their order.
package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"

	_ "github.com/duckdb/duckdb-go/v2" // the file format of the books
)

// queries are by the form of the file.
var queries = map[string]string{
	"csv": `COPY (SELECT timestamp, sku, price_per_unit_usd, units, amount, currency, notes,
			request_id, execution_ms, prompt_tokens, completion_tokens
		FROM entries ORDER BY timestamp, account, identity, ordinal) TO '%s' (FORMAT csv)`,
	"parquet": `COPY (SELECT account, timestamp, sku, model, meter, unit, price_per_unit_usd, units, amount, currency, notes,
			request_id, execution_ms, prompt_tokens, completion_tokens
		FROM entries ORDER BY timestamp, account, identity, ordinal) TO '%s' (FORMAT parquet, COMPRESSION zstd)`,
}

func main() {
	if len(os.Args) != 5 || queries[os.Args[2]] == "" {
		fmt.Fprintln(os.Stderr, "usage: copy LEDGER csv|parquet FILE MEMORY")
		os.Exit(2)
	}
	if err := run(os.Args[1], queries[os.Args[2]], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, "copy:", err)
		os.Exit(1)
	}
}

// run lets the database take so much memory. What does not fit goes to a folder
// beside the file.
func run(ledger, query, file, memory string) error {
	db, err := sql.Open("duckdb", ledger+"?access_mode=read_only&memory_limit="+memory+"&temp_directory="+file+".spill")
	if err != nil {
		return err
	}
	_, err = db.Exec(fmt.Sprintf(query, file))
	return errors.Join(err, db.Close(), os.RemoveAll(file+".spill"))
}
