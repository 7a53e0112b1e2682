package clickhouse

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Entries streams the selected entries by one statement, so that all of them are
// of the moment at which it began.
func (r reader) Entries(ctx context.Context, s ledger.Selection) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		stopped := errors.New("the reader stopped")
		err := r.ask(ctx, func() error {
			return r.rows(ctx, r.selects(s), len(s.Accounts) == 1, func(row *journalRow) error {
				if !yield(row.entry(), nil) {
					return stopped
				}
				return nil
			})
		})
		if err != nil && !errors.Is(err, stopped) {
			yield(ledger.Entry{}, err)
		}
	}
}

// A journalRow is an entry in the journal.
type journalRow struct {
	account           string
	timestamp         time.Time
	identity          string
	ordinal           uint32
	added             uint64
	sign              int8
	sku               string
	price             decimal.Decimal
	units             decimal.Decimal
	amount            decimal.Decimal
	currency          string
	notes             string
	request           *string
	execution         *int64
	prompt, completed *int64
}

// asInJournal is the order of the rows of one account.
const asInJournal = " ORDER BY account, timestamp, identity, ordinal, added, sign"

// rows gives the rows that a condition chooses and that no removal takes away, in
// order. Those of one account need not be sorted for it.
func (l *link) rows(ctx context.Context, where condition, ofOneAccount bool, give func(*journalRow) error) (err error) {
	order := " ORDER BY timestamp, account, identity, ordinal, added, sign"
	if ofOneAccount {
		order = asInJournal
	}
	ctx, cancel := context.WithCancel(ctx)
	rows, err := l.conn.Query(ctx, `SELECT account, timestamp, identity, ordinal, added, sign, sku, price, units, amount, currency, notes,
		request_id, execution_ms, prompt_tokens, completion_tokens FROM ledger_journal`+where.sql()+order, where.args...)
	if err != nil {
		cancel()
		return err
	}
	defer func() {
		cancel() // else closing would read what is left
		if closed := rows.Close(); err == nil && !errors.Is(closed, context.Canceled) {
			err = closed
		}
	}()
	var removal *journalRow
	for rows.Next() {
		row := new(journalRow)
		if err := rows.Scan(&row.account, &row.timestamp, &row.identity, &row.ordinal, &row.added, &row.sign, &row.sku,
			&row.price, &row.units, &row.amount, &row.currency, &row.notes, &row.request, &row.execution, &row.prompt, &row.completed); err != nil {
			return err
		}
		switch {
		case row.sign == isRemoval:
			removal = row
		case removal != nil && removal.isOf(row):
		default:
			if err := give(row); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

// isOf says whether a removal takes this entry away.
func (r *journalRow) isOf(e *journalRow) bool {
	return r.account == e.account && r.identity == e.identity && r.ordinal == e.ordinal && r.added == e.added
}

func (r *journalRow) entry() ledger.Entry {
	e := ledger.Entry{
		Account: r.account, Identity: ledger.Identity([]byte(r.identity)), Ordinal: int(r.ordinal),
		UsageEntry: venice.UsageEntry{
			Timestamp: r.timestamp.UTC(), SKU: r.sku, PricePerUnitUSD: short(r.price), Units: short(r.units), Amount: short(r.amount),
			Currency: venice.Currency(r.currency), Notes: r.notes,
		},
	}
	if r.request != nil {
		e.InferenceDetails = &venice.InferenceDetails{
			RequestID: *r.request, InferenceExecutionTime: r.execution, PromptTokens: r.prompt, CompletionTokens: r.completed,
		}
	}
	return e
}

func short(d decimal.Decimal) decimal.Decimal {
	return ledger.ShortNumber(d.Coefficient(), -d.Exponent())
}

// Newest is the timestamp of the account's newest entry before an instant. It
// looks at the newest first, and past those that were removed: at one moment, since
// others may come and go meanwhile.
func (r reader) Newest(ctx context.Context, account string, before time.Time) (newest time.Time, err error) {
	err = r.ask(ctx, func() error {
		for {
			var at time.Time
			var rows uint64
			where := r.selects(ledger.Selection{Accounts: []string{account}, Window: ledger.Window{End: before}})
			if err := one(ctx, r.conn, []any{&at, &rows}, "SELECT max(timestamp), count() FROM ledger_journal"+where.sql(), where.args...); err != nil || rows == 0 {
				return err
			}
			var entries int64
			where = r.selects(ledger.Selection{Accounts: []string{account}, Window: ledger.Window{Start: at, End: at.Add(time.Microsecond)}})
			if err := one(ctx, r.conn, []any{&entries}, "SELECT sum(sign) FROM ledger_journal"+where.sql(), where.args...); err != nil {
				return err
			}
			if entries > 0 {
				newest = at.UTC()
				return nil
			}
			if r.at != nil {
				before = at
			} else if r.at, err = r.moment(ctx); err != nil {
				return err
			}
		}
	})
	return newest, err
}
