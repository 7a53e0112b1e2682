package ledgertest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

var _ ledger.Leases = (*Memory)(nil)

// Leases are those that were put, and the time.
func (m *Memory) Leases(ctx context.Context) ([]ledger.Lease, time.Time, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer unlock()
	return slices.Collect(maps.Values(m.leases)), time.Now().UTC().Truncate(time.Microsecond), nil
}

// PutLease changes a lease unless somebody else did.
func (m *Memory) PutLease(ctx context.Context, l ledger.Lease) error {
	unlock, err := m.open(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for _, at := range []*time.Time{&l.Since, &l.Until, &l.Synced} {
		*at = at.UTC().Truncate(time.Microsecond)
	}
	switch last := m.leases[l.Account]; {
	case last == l:
		return nil
	case last.Number+1 != l.Number:
		return ledger.ErrLeaseTaken
	}
	if m.leases == nil {
		m.leases = map[string]ledger.Lease{}
	}
	m.leases[l.Account] = l
	return nil
}
