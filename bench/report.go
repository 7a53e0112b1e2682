//go:build unix

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the file format of the books
)

const (
	seedEntries = 1000
	copies      = 10_000 // of each: ten million entries
	reportLimit = 2      // times the same figures by plain SQL
)

// multiply puts copies of each entry beside it, a second apart, with requests
// and identities of their own.
const multiply = `
INSERT INTO ledger_entries
SELECT account, ts - to_seconds(i %% %[1]d), sku, price, units, amount, currency, notes,
	request_id || '-' || (i %% %[1]d), execution_ms, prompt_tokens, completion_tokens,
	md5(identity::VARCHAR || i)::UUID, 0
FROM range(%[1]d * %[2]d) r(i)
JOIN (SELECT *, row_number() OVER (ORDER BY ts) - 1 AS place FROM ledger_entries) seed ON place = i // %[1]d
WHERE i %% %[1]d > 0`

// plain asks for the figures of a report as somebody would who knows SQL.
const plain = `
SELECT day, model, currency, meter, sum(spend), sum(credit), count(*), sum(units), NULL AS requests
FROM entries GROUP BY ALL
UNION ALL
SELECT day, model, NULL, NULL, NULL, NULL, NULL, NULL, count(DISTINCT request_id)
FROM entries GROUP BY ALL`

// report adds up ten million entries by day and model.
func report(ctx context.Context, b bench) (rows []row, err error) {
	ducat, err := b.build(ctx, "./cmd/ducat")
	if err != nil {
		return nil, err
	}
	books, err := b.manyBooks(ctx, ducat, copies)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, books.remove()) }()
	ask := func(args ...string) func() (usage, error) {
		return func() (usage, error) { return measure(ctx, nil, books.env(simulator{}), ducat, args...) }
	}
	ours, theirs, err := pairs(b.pairs,
		ask("report", "--by", "day,model", "--since", "all", "-o", "json"), ask("sql", "-o", "json", plain))
	if err != nil {
		return nil, err
	}
	wall := func(u usage) time.Duration { return u.wall }
	user := func(u usage) time.Duration { return u.user }
	return []row{
		ratio("report on 10M entries: wall", median(ours, wall), median(theirs, wall), seconds, reportLimit),
		ratio("report on 10M entries: user", median(ours, user), median(theirs, user), seconds, 0),
	}, nil
}

// multiply makes so many of each entry that there is.
func (b books) multiply(ctx context.Context, copies int) (err error) {
	db, err := sql.Open("duckdb", b.path())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, fmt.Sprintf(multiply, copies, seedEntries)); err != nil {
		return err
	}
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM ledger_entries").Scan(&n); err != nil {
		return err
	}
	if n != seedEntries*copies {
		return fmt.Errorf("there are %d entries, want %d", n, seedEntries*copies)
	}
	return nil
}
