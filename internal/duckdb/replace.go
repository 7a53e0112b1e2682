package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"maps"
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

// replace brings a window to what was read, and says what that changes in the
// parts of it that were covered.
func replace(ctx context.Context, conn *sql.Conn, account string, r ledger.Reading, covered ledger.Coverage) (ledger.Change, error) {
	had, err := identities(ctx, conn, account, r.Window)
	if err != nil {
		return ledger.Change{}, err
	}
	differs := ledger.NewDifference(r, had, covered)
	if err := remove(ctx, conn, account, r.Window, differs); err != nil {
		return ledger.Change{}, err
	}
	slices.SortStableFunc(differs.Come, func(a, b ledger.Line) int { return a.Entry.Timestamp.Compare(b.Entry.Timestamp) })
	return differs.Change, insert(ctx, conn, account, differs.Come)
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

// remove deletes what is too much in a window.
func remove(ctx context.Context, conn *sql.Conn, account string, w ledger.Window, differs *ledger.Difference) error {
	ids := slices.Collect(maps.Keys(differs.Gone))
	for part := range slices.Chunk(ids, 10_000) {
		identities, ordinals := make([]string, len(part)), make([]int32, len(part))
		for i, id := range part {
			identities[i], ordinals[i] = hex.EncodeToString(id[:]), int32(differs.Gone[id].Stay)
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
			differs.Goes(e.ts, e.currency, e.amount.Decimal)
		}
	}
	return nil
}

func insert(ctx context.Context, conn *sql.Conn, account string, lines []ledger.Line) error {
	row := make([]driver.Value, 14)
	return appendRows(ctx, conn, "ledger_entries", func() ([]driver.Value, error) {
		if len(lines) == 0 {
			return nil, nil
		}
		l := lines[0]
		lines = lines[1:]
		return row, fill(row, account, l)
	})
}

// fill puts an entry into a row of ledger_entries.
func fill(row []driver.Value, account string, l ledger.Line) error {
	e := l.Entry
	price, errPrice := stored(e.PricePerUnitUSD)
	units, errUnits := stored(e.Units)
	amount, errAmount := stored(e.Amount)
	row = append(row[:0], account, e.Timestamp.UTC(), e.SKU, price, units, amount, string(e.Currency), e.Notes)
	if d := e.InferenceDetails; d == nil {
		row = append(row, nil, nil, nil, nil)
	} else {
		row = append(row, d.RequestID, count(d.InferenceExecutionTime), count(d.PromptTokens), count(d.CompletionTokens))
	}
	_ = append(row, duckdb.UUID(l.Identity), int32(l.Ordinal))
	return cmp.Or(errPrice, errUnits, errAmount)
}

// count is n as the driver wants it.
func count(n *int64) driver.Value {
	if n == nil {
		return nil
	}
	return *n
}
