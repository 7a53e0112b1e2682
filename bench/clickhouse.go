//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	answers "github.com/ducat-ledger/ducat/internal/report"
)

const (
	manyCopies    = 10_000 // of a thousand entries: ten million
	serverLimit   = 3      // times the same figures by plain SQL
	accountsLimit = 2      // times the same report of one account
)

// plainStatements ask for the figures of a report by day as somebody would who
// knows SQL, and nothing of removals.
var plainStatements = []string{`
	SELECT toDate(timestamp) AS day, currency, meter, count(), sum(units),
		sumIf(-amount, amount < 0) AS spend, sumIf(amount, amount > 0) AS credit
	FROM ledger_journal WHERE sign = 1 GROUP BY day, currency, meter`, `
	SELECT toDate(timestamp) AS day, uniqExact(request_id) FROM ledger_journal WHERE sign = 1 GROUP BY day`}

// clickhouseReport adds up ten million entries: of one account, against plain
// SQL, and as many of more accounts, against those of one.
func clickhouseReport(ctx context.Context, b bench) (rows []row, err error) {
	err = b.onServer(ctx, func(s server) error {
		one, err := s.manyBooks(ctx, 1)
		if err != nil {
			return err
		}
		ours, theirs, err := pairs(b.pairs,
			func() (time.Duration, error) { return one.report(ctx, ledger.ByDay) },
			func() (time.Duration, error) { return one.plain(ctx) })
		if err != nil {
			return err
		}
		rows = append(rows, ratio("clickhouse: report on 10M entries", median(ours, self), median(theirs, self), seconds, serverLimit))
		for _, accounts := range []int{100, manyCopies} {
			many, err := s.manyBooks(ctx, accounts)
			if err != nil {
				return err
			}
			for _, by := range []ledger.Dimension{ledger.ByDay, ledger.ByAccount} {
				ours, theirs, err := pairs(b.pairs,
					func() (time.Duration, error) { return many.report(ctx, by) },
					func() (time.Duration, error) { return one.report(ctx, by) })
				if err != nil {
					return err
				}
				rows = append(rows, ratio(fmt.Sprintf("clickhouse: report by %s, %d accounts against 1", by, accounts),
					median(ours, self), median(theirs, self), seconds, accountsLimit))
			}
			if err := many.drop(ctx); err != nil {
				return err
			}
		}
		return one.drop(ctx)
	})
	return rows, err
}

func self(d time.Duration) time.Duration { return d }

// report asks for a report of all entries, and makes sure that it is one.
func (b serverBooks) report(ctx context.Context, by ledger.Dimension) (took time.Duration, err error) {
	store, err := b.open()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	began := time.Now()
	r, err := answers.Ask(ctx, store, answers.Question{Now: b.seed.end, Query: ledger.Query{By: []ledger.Dimension{by}}})
	took = time.Since(began)
	switch {
	case err != nil:
		return took, err
	case !r.Complete || len(r.Coverage) != b.accounts:
		return took, fmt.Errorf("the report knows %d accounts, complete: %t; want %d, complete", len(r.Coverage), r.Complete, b.accounts)
	case *r.Totals.Entries != manyCopies*seedEntries || *r.Totals.Requests != manyCopies*b.seed.requests:
		return took, fmt.Errorf("the report has %d entries of %d requests, want %d of %d",
			*r.Totals.Entries, *r.Totals.Requests, manyCopies*seedEntries, manyCopies*b.seed.requests)
	}
	return took, nil
}

// plain asks the plain statements, and reads what they answer.
func (b serverBooks) plain(ctx context.Context) (took time.Duration, err error) {
	conn, err := b.connect()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	began := time.Now()
	for _, statement := range plainStatements {
		rows, err := conn.Query(ctx, statement)
		if err != nil {
			return 0, err
		}
		groups := 0
		for rows.Next() {
			groups++
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || groups == 0 {
			return 0, errors.Join(err, fmt.Errorf("%d groups", groups))
		}
	}
	return time.Since(began), nil
}
