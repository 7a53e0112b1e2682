package duckdb

import (
	"context"
	"database/sql"
	"iter"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// pageSize is how many entries are read at once, firstPage how many at first: many
// readers want no more than the beginning.
const (
	firstPage = 1024
	pageSize  = 16_384
)

// Entries streams the selected entries in pages. The file is open only while a
// page is read, so changes made meanwhile are seen in the pages that follow. From
// the second on, the next page is read while one is given out.
func (s *Store) Entries(ctx context.Context, selection ledger.Selection) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		first, err := s.page(ctx, selects(selection), firstPage)
		if err != nil {
			yield(ledger.Entry{}, err)
			return
		}
		for i := range first {
			if !yield(first[i], nil) {
				return
			}
		}
		if len(first) < firstPage {
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		pages := make(chan []ledger.Entry, 1)
		failed := make(chan error, 1)
		go func() {
			defer close(pages)
			failed <- s.pages(ctx, selection, &first[len(first)-1], pages)
		}()
		defer func() {
			cancel()
			for range pages { // until the reader has ended
			}
		}()
		for entries := range pages {
			for i := range entries {
				if !yield(entries[i], nil) {
					return
				}
			}
		}
		if err := <-failed; err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

// pages sends the selected entries that follow one in order, page by page. They
// are read in stretches of time that hold about a page each: to find the first of
// all that follow would mean to look at all of it for every page.
func (s *Store) pages(ctx context.Context, selection ledger.Selection, last *ledger.Entry, pages chan<- []ledger.Entry) error {
	selection.Window.Start = last.Timestamp
	borders, err := s.borders(ctx, selects(selection))
	if err != nil {
		return err
	}
	for _, border := range append(borders, selection.Window.End) {
		stretch := selection
		stretch.Window.End = border
		if err := s.stretch(ctx, stretch, last, pages); err != nil {
			return err
		}
		selection.Window.Start, last = border, nil
	}
	return nil
}

// stretch sends the selected entries that follow one in order, or all of them.
func (s *Store) stretch(ctx context.Context, selection ledger.Selection, last *ledger.Entry, pages chan<- []ledger.Entry) error {
	for {
		where := selects(selection)
		if last != nil {
			where.after(last)
		}
		var err error
		if last, err = s.send(ctx, where, pages); err != nil || last == nil {
			return err
		}
	}
}

// send reads a page and sends it. It returns the last entry of a full one, which
// others may follow.
func (s *Store) send(ctx context.Context, where condition, pages chan<- []ledger.Entry) (*ledger.Entry, error) {
	entries, err := s.page(ctx, where, pageSize)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	select {
	case pages <- entries:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if len(entries) < pageSize {
		return nil, nil
	}
	return &entries[len(entries)-1], nil
}

// borders are instants, in order, between which there is about a page of the
// entries that a condition chooses, or one hour with more than that.
func (s *Store) borders(ctx context.Context, where condition) (borders []time.Time, err error) {
	type hours struct {
		hour time.Time
		n    int
	}
	err = s.read(ctx, func(db *sql.DB) error {
		counts, err := collect(ctx, db, func(h *hours) []any { return []any{&h.hour, &h.n} },
			"SELECT date_trunc('hour', ts) AS hour, count(*) FROM ledger_entries"+where.sql()+" GROUP BY hour ORDER BY hour", where.args...)
		sum := 0
		for i, h := range counts {
			if sum+h.n > pageSize && i > 0 {
				borders, sum = append(borders, h.hour.UTC()), 0
			}
			sum += h.n
		}
		return err
	})
	return borders, err
}

// A condition chooses rows of ledger_entries.
type condition struct {
	terms []string
	args  []any
}

func (c *condition) add(term string, args ...any) {
	c.terms = append(c.terms, term)
	c.args = append(c.args, args...)
}

// sql is the WHERE clause, or nothing.
func (c *condition) sql() string {
	if len(c.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.terms, " AND ")
}

// selects is the condition that a selection makes.
func selects(s ledger.Selection) condition {
	var c condition
	addIn(&c, "account IN (%)", s.Accounts)
	addIn(&c, "currency IN (%)", s.Currencies)
	addIn(&c, "sku IN (%)", s.SKUs)
	addIn(&c, "request_id IN (%)", s.Requests)
	addIn(&c, "sku IN (SELECT sku FROM ledger_skus WHERE model IN (%))", s.Models)
	c.within("ts", s.Window)
	if s.AccountWindows != nil {
		c.withinOwn(s.AccountWindows)
	}
	return c
}

// withinOwn chooses accounts, and of each what is within its own window.
func (c *condition) withinOwn(windows ledger.AccountWindows) {
	c.within("ts", windows.Around())
	accounts, starts, ends := windows.Columns()
	c.add(`EXISTS (
		FROM (SELECT unnest(?::VARCHAR[]) AS name, unnest(?::BIGINT[]) AS start, unnest(?::BIGINT[]) AS stop)
		WHERE name = account AND epoch_us(ts) >= start AND epoch_us(ts) < stop)`, accounts, starts, ends)
}

// ofAccounts chooses what is of some accounts, or of all where none is named.
func ofAccounts(accounts []string) (c condition) {
	if len(accounts) > 0 {
		c.add("account IN (SELECT unnest(?::VARCHAR[]))", accounts)
	}
	return c
}

// addIn adds a term with the values in the place of its %, unless there are none.
func addIn[T ~string](c *condition, term string, values []T) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = string(v)
	}
	c.add(strings.Replace(term, "%", strings.Repeat(", ?", len(values))[2:], 1), args...)
}

// after keeps only what follows an entry in the order of Entries.
func (c *condition) after(e *ledger.Entry) {
	id := duckdb.UUID(e.Identity)
	c.add(`ts >= ? AND (ts > ? OR (account, identity, ordinal) > (?::VARCHAR, ?::UUID, ?::INTEGER))`,
		e.Timestamp, e.Timestamp, e.Account, id.String(), e.Ordinal)
}

// Newest is the timestamp of the account's newest entry before an instant.
func (s *Store) Newest(ctx context.Context, account string, before time.Time) (newest time.Time, err error) {
	var c condition
	c.add("account = ?", account)
	if !before.IsZero() {
		c.add("ts < ?", ledger.NotBefore(before))
	}
	err = s.read(ctx, func(db *sql.DB) error {
		var found sql.NullTime
		err := db.QueryRowContext(ctx, "SELECT max(ts) FROM ledger_entries"+c.sql(), c.args...).Scan(&found)
		newest = found.Time
		return err
	})
	return newest, err
}

// Spans says from when to when the entries of accounts are.
func (s *Store) Spans(ctx context.Context, accounts ...string) (map[string]ledger.Span, error) {
	type row struct {
		account string
		ledger.Span
	}
	spans := map[string]ledger.Span{}
	err := s.read(ctx, func(db *sql.DB) error {
		c := ofAccounts(accounts)
		rows, err := collect(ctx, db, func(r *row) []any { return []any{&r.account, &r.Entries, &r.First, &r.Last} },
			"SELECT account, count(*), min(ts), max(ts) FROM ledger_entries"+c.sql()+" GROUP BY account", c.args...)
		for _, r := range rows {
			spans[r.account] = r.Span
		}
		return err
	})
	return spans, err
}

// Accounts are the accounts that have anything in the books: an account that has
// entries has coverage.
func (s *Store) Accounts(ctx context.Context) (names []string, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		names, err = collect(ctx, db, func(name *string) []any { return []any{name} }, `
			SELECT account FROM ledger_coverage UNION
			SELECT account FROM ledger_balances UNION SELECT account FROM ledger_key_days UNION
			SELECT account FROM ledger_api_key_lists ORDER BY account`)
		return err
	})
	return names, err
}
