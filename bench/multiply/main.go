// Multiply makes large books of small ones: so many of each entry, a second apart,
// with requests and identities of their own. It is a program, since a process that
// starts others hands them its own high-water mark of memory.
package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"

	_ "github.com/duckdb/duckdb-go/v2" // the file format of the books
)

const multiply = `
INSERT INTO ledger_entries
SELECT account, ts - to_seconds(i %% %[1]d), sku, price, units, amount, currency, notes,
	request_id || '-' || (i %% %[1]d), execution_ms, prompt_tokens, completion_tokens,
	md5(identity::VARCHAR || i)::UUID, 0
FROM range(%[1]d * %[2]d) r(i)
JOIN (SELECT *, row_number() OVER (ORDER BY ts) - 1 AS place FROM ledger_entries) seed ON place = i // %[1]d
WHERE i %% %[1]d > 0`

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: multiply LEDGER TIMES")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "multiply:", err)
		os.Exit(1)
	}
}

func run(path, times string) (err error) {
	copies, err := strconv.Atoi(times)
	if err != nil {
		return err
	}
	db, err := sql.Open("duckdb", path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var seed, made int
	if err := db.QueryRow("SELECT count(*) FROM ledger_entries").Scan(&seed); err != nil {
		return err
	}
	if _, err := db.Exec(fmt.Sprintf(multiply, copies, seed)); err != nil {
		return err
	}
	if err := db.QueryRow("SELECT count(*) FROM ledger_entries").Scan(&made); err != nil {
		return err
	}
	if made != seed*copies {
		return fmt.Errorf("there are %d entries, want %d", made, seed*copies)
	}
	return nil
}
