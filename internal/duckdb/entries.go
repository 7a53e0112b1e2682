package duckdb

import (
	"context"
	"database/sql"
	"iter"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// page is how many entries are read at once.
const page = 16_384

// Entries streams the selected entries in pages. The file is open only while a
// page is read, so changes made meanwhile are seen in the pages that follow.
func (s *Store) Entries(ctx context.Context, selection ledger.Selection) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		where := selects(selection)
		for {
			entries, err := s.page(ctx, where)
			if err != nil {
				yield(ledger.Entry{}, err)
				return
			}
			for i := range entries {
				if !yield(entries[i], nil) {
					return
				}
			}
			if len(entries) < page {
				return
			}
			where = selects(selection)
			where.after(&entries[len(entries)-1])
		}
	}
}

func (s *Store) page(ctx context.Context, where condition) (entries []ledger.Entry, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		rows, err := collect(ctx, db, (*row).fields, `
			SELECT account, ts, sku, price, units, amount, currency, notes,
				request_id, execution_ms, prompt_tokens, completion_tokens, identity, ordinal
			FROM ledger_entries`+where.sql()+`
			ORDER BY ts, account, identity, ordinal LIMIT ?`, append(where.args, page)...)
		entries = make([]ledger.Entry, len(rows))
		for i := range rows {
			entries[i] = rows[i].entry()
		}
		return err
	})
	return entries, err
}

// A row is an entry as it is kept.
type row struct {
	account              string
	ts                   time.Time
	sku                  string
	price, units, amount number
	currency             venice.Currency
	notes                string
	requestID            *string
	execution            *int64
	prompt, completion   *int64
	identity             duckdb.UUID
	ordinal              int
}

func (r *row) fields() []any {
	return []any{
		&r.account, &r.ts, &r.sku, &r.price, &r.units, &r.amount, &r.currency, &r.notes,
		&r.requestID, &r.execution, &r.prompt, &r.completion, &r.identity, &r.ordinal,
	}
}

func (r *row) entry() ledger.Entry {
	e := ledger.Entry{
		Account:  r.account,
		Identity: ledger.Identity(r.identity),
		Ordinal:  r.ordinal,
		UsageEntry: venice.UsageEntry{
			Timestamp:       r.ts.UTC(),
			SKU:             r.sku,
			PricePerUnitUSD: r.price.Decimal,
			Units:           r.units.Decimal,
			Amount:          r.amount.Decimal,
			Currency:        r.currency,
			Notes:           r.notes,
		},
	}
	if r.requestID != nil {
		e.InferenceDetails = &venice.InferenceDetails{
			RequestID:              *r.requestID,
			InferenceExecutionTime: r.execution,
			PromptTokens:           r.prompt,
			CompletionTokens:       r.completion,
		}
	}
	return e
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
	if !s.Window.Start.IsZero() {
		c.add("ts >= ?", notBefore(s.Window.Start))
	}
	if !s.Window.End.IsZero() {
		c.add("ts < ?", notBefore(s.Window.End))
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

// notBefore is the first microsecond that is not before t.
func notBefore(t time.Time) time.Time {
	whole := t.UTC().Truncate(time.Microsecond)
	if whole.Before(t) {
		whole = whole.Add(time.Microsecond)
	}
	return whole
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
		c.add("ts < ?", notBefore(before))
	}
	err = s.read(ctx, func(db *sql.DB) error {
		var found sql.NullTime
		err := db.QueryRowContext(ctx, "SELECT max(ts) FROM ledger_entries"+c.sql(), c.args...).Scan(&found)
		newest = found.Time
		return err
	})
	return newest, err
}

// Accounts are the accounts that have anything in the books.
func (s *Store) Accounts(ctx context.Context) (names []string, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		names, err = collect(ctx, db, func(name *string) []any { return []any{name} }, `
			SELECT account FROM ledger_entries UNION SELECT account FROM ledger_coverage UNION
			SELECT account FROM ledger_balances UNION SELECT account FROM ledger_key_days ORDER BY account`)
		return err
	})
	return names, err
}
