package clickhouse

import (
	"context"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A head is where an account's changes have got to.
type head struct {
	version  uint64 // 0 where there are none
	change   uint64 // a random number that tells who made it
	previous uint64 // the same of the version before
	coverage ledger.Coverage
}

// fewAccounts are looked for; for more it takes the server less to give all.
const fewAccounts = 1000

// heads are those of some accounts, or of all.
func (l *link) heads(ctx context.Context, accounts []string) (map[string]head, error) {
	type row struct {
		account              string
		head                 head
		starts, ends, readAt []time.Time
	}
	var where condition
	where.add(coverageRows)
	if len(accounts) <= fewAccounts {
		addIn(&where, "account", accounts)
	}
	rows, err := collect(ctx, l.conn, func(r *row) []any {
		return []any{&r.account, &r.head.version, &r.head.change, &r.head.previous, &r.starts, &r.ends, &r.readAt}
	}, `SELECT account, max(version), argMax(change, version), argMax(previous, version),
			argMax(window_starts, version), argMax(window_ends, version), argMax(windows_read_at, version)
		FROM ledger_journal`+where.sql()+" GROUP BY account", where.args...)
	heads := make(map[string]head, len(rows))
	asked := make(map[string]bool, len(accounts))
	for _, account := range accounts {
		asked[account] = true
	}
	for _, r := range rows {
		if len(accounts) > 0 && !asked[r.account] {
			continue
		}
		for i := range r.starts {
			r.head.coverage = append(r.head.coverage, ledger.Covered{
				Window: ledger.Window{Start: r.starts[i].UTC(), End: r.ends[i].UTC()}, ReadAt: r.readAt[i].UTC()})
		}
		heads[r.account] = r.head
	}
	return heads, err
}

// Coverage is what is complete for each of the accounts, or for all.
func (r reader) Coverage(ctx context.Context, accounts ...string) (map[string]ledger.Coverage, error) {
	heads, err := r.headsNow(ctx, accounts)
	known := make(map[string]ledger.Coverage, len(heads))
	for account, h := range heads {
		if len(h.coverage) > 0 {
			known[account] = h.coverage
		}
	}
	return known, err
}

// headsNow are those of the moment.
func (r reader) headsNow(ctx context.Context, accounts []string) (heads map[string]head, err error) {
	if r.at == nil {
		err = r.ask(ctx, func() error {
			heads, err = r.heads(ctx, accounts)
			return err
		})
		return heads, err
	}
	if len(accounts) == 0 {
		return r.at.heads, ctx.Err()
	}
	heads = make(map[string]head, len(accounts))
	for _, account := range accounts {
		if h, ok := r.at.heads[account]; ok {
			heads[account] = h
		}
	}
	return heads, ctx.Err()
}

// Accounts are the accounts that have anything in the books. An account that has
// entries has coverage; a moment knows whose that is.
func (r reader) Accounts(ctx context.Context) (names []string, err error) {
	saved := r.savedWhere()
	query := "SELECT account FROM ledger_balances" + saved.sql() +
		" UNION DISTINCT SELECT account FROM ledger_key_days" + saved.sql() +
		" UNION DISTINCT SELECT account FROM ledger_api_keys" + saved.sql()
	if r.at == nil {
		query += " UNION DISTINCT SELECT account FROM ledger_journal WHERE " + coverageRows + " AND notEmpty(window_starts)"
	}
	err = r.ask(ctx, func() error {
		names, err = collect(ctx, r.conn, func(name *string) []any { return []any{name} }, query)
		return err
	})
	if r.at != nil {
		for account, h := range r.at.heads {
			if len(h.coverage) > 0 {
				names = append(names, account)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), err
}

// Version adds up the numbers of all changes, and what was saved beside them.
func (r reader) Version(ctx context.Context) (version string, err error) {
	if r.at != nil {
		return "frozen", ctx.Err()
	}
	err = r.ask(ctx, func() error {
		return one(ctx, r.conn, []any{&version}, `SELECT arrayStringConcat(groupArray(state), ' ') FROM (SELECT state FROM (
			SELECT 1 AS place, toString(sum(version)) AS state FROM (SELECT max(version) AS version FROM ledger_journal WHERE `+coverageRows+` GROUP BY account)
			UNION ALL SELECT 2, concat(toString(count()), '@', toString(toUnixTimestamp64Micro(max(saved_at)))) FROM ledger_balances
			UNION ALL SELECT 3, concat(toString(count()), '@', toString(toUnixTimestamp64Micro(max(saved_at)))) FROM ledger_key_days
			UNION ALL SELECT 4, concat(toString(count()), '@', toString(toUnixTimestamp64Micro(max(saved_at)))) FROM ledger_api_keys) ORDER BY place)`)
	})
	return version, err
}
