package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Replace puts readings in the place of what the account has in their windows,
// in one transaction, and writes only what differs. It holds the identities of
// one window's entries in memory at a time, those read and those in the books.
func (s *Store) Replace(ctx context.Context, account string, readings []ledger.Reading) ([]ledger.Change, error) {
	for _, r := range readings {
		if err := s.checkReading(r); err != nil {
			return nil, err
		}
	}
	changes := make([]ledger.Change, 0, len(readings))
	err := s.write(ctx, func(conn *sql.Conn) error {
		known, err := coverage(ctx, conn, []string{account})
		if err != nil {
			return err
		}
		covered := known[account]
		for _, r := range readings {
			change, err := replace(ctx, conn, account, r, covered)
			if err != nil {
				return fmt.Errorf("replacing window %s: %w", r.Window, err)
			}
			changes = append(changes, change)
			covered = covered.Read(r)
		}
		if err := saveSKUs(ctx, conn, readings); err != nil {
			return err
		}
		return saveCoverage(ctx, conn, account, covered)
	})
	if err != nil {
		return nil, err
	}
	return changes, nil
}

// checkReading says what of a reading cannot be kept.
func (s *Store) checkReading(r ledger.Reading) error {
	if err := r.Check(); err != nil {
		return err
	}
	for i := range r.Entries {
		if err := s.Check(&r.Entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// Check says what of an entry cannot be kept.
func (*Store) Check(e *venice.UsageEntry) error {
	if !e.Timestamp.Equal(e.Timestamp.Truncate(time.Microsecond)) {
		return fmt.Errorf("%w: %s is finer than a microsecond", ledger.ErrInexact, name(e))
	}
	for _, d := range []decimal.Decimal{e.PricePerUnitUSD, e.Units, e.Amount} {
		if fits(d) {
			continue
		}
		if _, err := stored(d); err != nil {
			return fmt.Errorf("%s: %w", name(e), err)
		}
	}
	return nil
}

// name says which entry is meant, in an error.
func name(e *venice.UsageEntry) string {
	return fmt.Sprintf("entry of %s (%s)", e.Timestamp.UTC().Format(time.RFC3339Nano), e.SKU)
}

// A line is an entry that is read, and who it is.
type line struct {
	entry    *venice.UsageEntry
	identity ledger.Identity
	ordinal  int
}

// replace brings a window to what was read, and says what that changes in the
// parts of it that were covered.
func replace(ctx context.Context, conn *sql.Conn, account string, r ledger.Reading, covered ledger.Coverage) (ledger.Change, error) {
	change := ledger.Change{
		Window:        r.Window,
		Entries:       len(r.Entries),
		AddedAmount:   map[venice.Currency]decimal.Decimal{},
		RemovedAmount: map[venice.Currency]decimal.Decimal{},
	}
	had, err := identities(ctx, conn, account, r.Window)
	if err != nil {
		return change, err
	}
	has := make(map[ledger.Identity]int, len(r.Entries))
	come := make([]line, 0, len(r.Entries))
	uncovered := covered.Missing(r.Window)
	for i := range r.Entries {
		e := &r.Entries[i]
		id := ledger.IdentityOf(e)
		ordinal := has[id]
		has[id]++
		fresh := within(uncovered, e.Timestamp)
		if fresh {
			change.Fresh++
		}
		if ordinal < had[id] {
			continue
		}
		come = append(come, line{e, id, ordinal})
		if !fresh {
			change.Added++
			change.AddedAmount[e.Currency] = change.AddedAmount[e.Currency].Add(e.Amount)
		}
	}
	for id, n := range had {
		if has[id] >= n {
			delete(had, id)
		}
	}
	err = remove(ctx, conn, account, r.Window, had, has, func(ts time.Time, c venice.Currency, amount decimal.Decimal) {
		if !within(uncovered, ts) {
			change.Removed++
			change.RemovedAmount[c] = change.RemovedAmount[c].Add(amount)
		}
	})
	if err != nil {
		return change, err
	}
	slices.SortStableFunc(come, func(a, b line) int { return a.entry.Timestamp.Compare(b.entry.Timestamp) })
	return change, insert(ctx, conn, account, come)
}

// within says whether one of some windows in order holds t.
func within(windows []ledger.Window, t time.Time) bool {
	i, _ := slices.BinarySearchFunc(windows, t, func(w ledger.Window, t time.Time) int {
		if t.Before(w.End) {
			return 1
		}
		return -1
	})
	return i < len(windows) && windows[i].Contains(t)
}

// identities counts the account's entries in a window by their identities.
func identities(ctx context.Context, conn *sql.Conn, account string, w ledger.Window) (map[ledger.Identity]int, error) {
	type group struct {
		id duckdb.UUID
		n  int
	}
	groups, err := collect(ctx, conn, func(g *group) []any { return []any{&g.id, &g.n} },
		`SELECT identity, count(*) FROM ledger_entries WHERE account = ? AND ts >= ? AND ts < ? GROUP BY identity`,
		account, w.Start.UTC(), w.End.UTC())
	counts := make(map[ledger.Identity]int, len(groups))
	for _, g := range groups {
		counts[ledger.Identity(g.id)] = g.n
	}
	return counts, err
}

// remove deletes of each identity in gone the entries beyond the number that
// stay, and tells of each.
func remove(ctx context.Context, conn *sql.Conn, account string, w ledger.Window, gone, stay map[ledger.Identity]int,
	tell func(time.Time, venice.Currency, decimal.Decimal)) error {
	ids := make([]ledger.Identity, 0, len(gone))
	for id := range gone {
		ids = append(ids, id)
	}
	for part := range slices.Chunk(ids, 10_000) {
		identities, ordinals := make([]string, len(part)), make([]int32, len(part))
		for i, id := range part {
			identities[i], ordinals[i] = hex.EncodeToString(id[:]), int32(stay[id])
		}
		type entry struct {
			ts       time.Time
			currency venice.Currency
			amount   number
		}
		removed, err := collect(ctx, conn, func(e *entry) []any { return []any{&e.ts, &e.currency, &e.amount} },
			`DELETE FROM ledger_entries e
			USING (SELECT unnest($1::VARCHAR[])::UUID AS identity, unnest($2::INTEGER[]) AS stay) gone
			WHERE e.account = $3 AND e.ts >= $4 AND e.ts < $5 AND e.identity = gone.identity AND e.ordinal >= gone.stay
			RETURNING e.ts, e.currency, e.amount`, identities, ordinals, account, w.Start.UTC(), w.End.UTC())
		if err != nil {
			return err
		}
		for _, e := range removed {
			tell(e.ts, e.currency, e.amount.Decimal)
		}
	}
	return nil
}

func insert(ctx context.Context, conn *sql.Conn, account string, lines []line) error {
	row := make([]driver.Value, 14)
	return appendRows(ctx, conn, "ledger_entries", func() ([]driver.Value, error) {
		if len(lines) == 0 {
			return nil, nil
		}
		l := lines[0]
		lines = lines[1:]
		return row, l.fill(row, account)
	})
}

// fill puts an entry into a row of ledger_entries.
func (l line) fill(row []driver.Value, account string) error {
	e := l.entry
	price, errPrice := stored(e.PricePerUnitUSD)
	units, errUnits := stored(e.Units)
	amount, errAmount := stored(e.Amount)
	row = append(row[:0], account, e.Timestamp.UTC(), e.SKU, price, units, amount, string(e.Currency), e.Notes)
	if d := e.InferenceDetails; d == nil {
		row = append(row, nil, nil, nil, nil)
	} else {
		row = append(row, d.RequestID, count(d.InferenceExecutionTime), count(d.PromptTokens), count(d.CompletionTokens))
	}
	_ = append(row, duckdb.UUID(l.identity), int32(l.ordinal))
	return cmp.Or(errPrice, errUnits, errAmount)
}

// count is n as the driver wants it.
func count(n *int64) driver.Value {
	if n == nil {
		return nil
	}
	return *n
}
