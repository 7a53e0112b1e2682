package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

var _ ledger.Leases = (*Store)(nil)

// leaseColumns are those of the table of leases. Each change of a lease is a row,
// of which the last counts; merges take the others away.
const leaseColumns = "account, number, holder, since, until, synced"

// Leases are the last row of each account, and the server's clock. A first look
// makes the ledger: who shares accounts is about to write.
func (s *Store) Leases(ctx context.Context) (leases []ledger.Lease, clock time.Time, err error) {
	err = s.prepare(ctx, true)
	if err == nil {
		err = one(ctx, s.conn, []any{&clock}, "SELECT now64(6, 'UTC')")
	}
	if err == nil {
		leases, err = s.leases(ctx, "")
	}
	return leases, clock.UTC(), s.explain(ctx, err)
}

func (s *Store) leases(ctx context.Context, where string, args ...any) ([]ledger.Lease, error) {
	leases, err := collect(ctx, s.conn, func(l *ledger.Lease) []any {
		return []any{&l.Account, &l.Number, &l.Holder, &l.Since, &l.Until, &l.Synced}
	}, "SELECT "+leaseColumns+" FROM ledger_leases"+where+" ORDER BY account, number DESC LIMIT 1 BY account", args...)
	for i := range leases {
		l := &leases[i]
		for _, at := range []*time.Time{&l.Since, &l.Until, &l.Synced} {
			if *at = at.UTC(); at.Equal(earliest) {
				*at = time.Time{}
			}
		}
	}
	return leases, err
}

// PutLease adds a row. Its number is in the token by which ClickHouse drops a
// repeated insert, so of two rows with the same number it takes one; which one,
// the table knows.
func (s *Store) PutLease(ctx context.Context, l ledger.Lease) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	row := []any{l.Account, l.Number, l.Holder}
	for _, at := range []*time.Time{&l.Since, &l.Until, &l.Synced} {
		if at.IsZero() {
			row = append(row, earliest)
			continue
		}
		*at = at.UTC().Truncate(time.Microsecond)
		row = append(row, *at)
	}
	token := clickhouse.Settings{"insert_deduplication_token": fmt.Sprintf("%d %s", l.Number, l.Account)}
	for {
		failed := s.save(clickhouse.Context(ctx, clickhouse.WithSettings(token)), "INSERT INTO ledger_leases ("+leaseColumns+")", [][]any{row})
		last, err := s.leases(ctx, " WHERE account = ?", l.Account)
		switch {
		case err != nil:
			return errors.Join(failed, s.explain(ctx, err))
		case len(last) > 0 && last[0] == l:
			return nil
		case len(last) > 0 && last[0].Number >= l.Number:
			return ledger.ErrLeaseTaken
		case failed == nil:
			return fmt.Errorf("ledger %s: lease %d of account %s was dropped", s.place, l.Number, l.Account)
		case !is(failed, unsatisfied):
			return failed
		}
		// In a cluster a shard takes one insert after the other.
		select {
		case <-time.After(time.Duration(10+rand.IntN(40)) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
