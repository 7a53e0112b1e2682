package clickhouse

import (
	"context"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A span is that of an account.
type span struct {
	account string
	ledger.Span
}

// Spans says from when to when the entries of accounts are.
func (r reader) Spans(ctx context.Context, accounts ...string) (map[string]ledger.Span, error) {
	found, err := r.spans(ctx, accounts)
	spans := make(map[string]ledger.Span, len(found))
	for _, s := range found {
		spans[s.account] = s.Span
	}
	return spans, err
}

// spans asks once more where entries were removed: the first or the last may be
// among them.
func (r reader) spans(ctx context.Context, accounts []string) (found []span, err error) {
	type row struct {
		span
		removals uint64
	}
	err = r.ask(ctx, func() error {
		where := r.selects(ledger.Selection{Accounts: accounts})
		rows, err := collect(ctx, r.conn, func(r *row) []any {
			return []any{&r.account, &r.Entries, &r.First, &r.Last, &r.removals}
		}, "SELECT account, sum(sign), min(timestamp), max(timestamp), countIf(sign < 0) FROM ledger_journal"+where.sql()+" GROUP BY account", where.args...)
		for _, r := range rows {
			if r.removals > 0 {
				return errRemovals
			}
			r.First, r.Last = r.First.UTC(), r.Last.UTC()
			found = append(found, r.span)
		}
		return err
	})
	return again(ctx, r, found, err, func(r reader) ([]span, error) { return r.spans(ctx, accounts) })
}
