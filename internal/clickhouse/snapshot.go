package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A moment is what the books were: the changes of each account up to one, and what
// was saved. Nothing of it is ever changed, so whoever knows a moment can ask of it.
type moment struct {
	heads map[string]head
	// saved chooses what was saved beside the entries.
	saved string
	// remaining asks only of the entries that were not removed until then.
	remaining bool
}

// snapshot is the books at a moment.
type snapshot struct{ reader }

// Snapshot keeps the number of each account's last change, and takes no room.
func (s *Store) Snapshot(ctx context.Context) (ledger.Snapshot, error) {
	at, err := s.moment(ctx)
	if err != nil {
		return nil, err
	}
	return snapshot{reader{s.link, at}}, nil
}

// Close does nothing: there is nothing to give back.
func (snapshot) Close() error { return nil }

// moment is now.
func (r reader) moment(ctx context.Context) (*moment, error) {
	m := new(moment)
	err := r.ask(ctx, func() (err error) {
		if m.heads, err = r.heads(ctx, nil); err != nil {
			return err
		}
		m.saved, err = r.savedNow(ctx)
		return err
	})
	return m, err
}

// savedNow is the condition that chooses what has been saved. Of the last minute it
// names all that was saved at once: rows with an instant of then may be on their way.
func (r reader) savedNow(ctx context.Context) (string, error) {
	var now time.Time
	if err := one(ctx, r.conn, []any{&now}, "SELECT now64(6, 'UTC')"); err != nil {
		return "", err
	}
	settled := "saved_at <= " + instant(now.Add(-time.Minute))
	const who = "cityHash64(account, saved_at)"
	late := "SELECT DISTINCT " + who + " FROM ledger_%s WHERE NOT " + settled
	rows, err := collect(ctx, r.conn, func(hash *uint64) []any { return []any{hash} },
		fmt.Sprintf(late+" UNION DISTINCT "+late+" UNION DISTINCT "+late, "balances", "key_days", "api_keys"))
	if err != nil || len(rows) == 0 {
		return settled, err
	}
	return fmt.Sprintf("(%s OR %s IN (%s))", settled, who, numbers(rows)), nil
}

// savedWhere chooses of what is saved beside the entries what is of the moment.
func (r reader) savedWhere() condition {
	if r.at == nil {
		return condition{terms: []string{"true"}}
	}
	return condition{terms: []string{r.at.saved}}
}
