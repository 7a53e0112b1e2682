//go:build unix

package main

import (
	"context"
	"errors"
	"time"
)

const (
	seedEntries = 1000
	copies      = 10_000 // of each: ten million entries
	reportLimit = 2      // times the same figures by plain SQL
)

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
