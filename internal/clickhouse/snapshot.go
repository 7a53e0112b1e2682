package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A moment is what the books were: the changes of each account up to one, and
// what was saved until an instant of the server's clock. Nothing of it is ever
// changed, so whoever knows a moment can ask of it.
type moment struct {
	heads map[string]head
	saved time.Time
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
		return one(ctx, r.conn, []any{&m.saved}, "SELECT now64(6, 'UTC')")
	})
	return m, err
}

// savedWhere chooses of what is saved beside the entries what is of the moment.
func (r reader) savedWhere() condition {
	var c condition
	if r.at == nil {
		c.add("true")
	} else {
		c.add(fmt.Sprintf("saved_at <= fromUnixTimestamp64Micro(%d, 'UTC')", r.at.saved.UnixMicro()))
	}
	return c
}
