package ledgertest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// SaveBalance keeps balances, without what their answers' headers said. A second
// one at the same microsecond takes the place of the first.
func (m *Memory) SaveBalance(ctx context.Context, account string, balances ...ledger.BalanceAt) error {
	unlock, err := m.open(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for _, b := range balances {
		b.At = b.At.UTC().Truncate(time.Microsecond)
		b.Meta = venice.Meta{}
		m.write(account).balances[b.At.UnixMicro()] = b
	}
	return nil
}

// Balances are the account's balances within a window, oldest first.
func (m *Memory) Balances(ctx context.Context, account string, w ledger.Window) ([]ledger.BalanceAt, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var found []ledger.BalanceAt
	balances := m.read(account).balances
	for _, at := range slices.Sorted(maps.Keys(balances)) {
		if within(w, balances[at].At) {
			found = append(found, balances[at])
		}
	}
	return found, nil
}

// LastBalances are the newest balances of accounts.
func (m *Memory) LastBalances(ctx context.Context, accounts ...string) (map[string]ledger.BalanceAt, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	last := map[string]ledger.BalanceAt{}
	for name, b := range m.books {
		if len(b.balances) > 0 && oneOf(accounts, name) {
			last[name] = b.balances[slices.Max(slices.Collect(maps.Keys(b.balances)))]
		}
	}
	return last, nil
}

// SaveKeyDay puts totals by key in the place of those kept for their days.
func (m *Memory) SaveKeyDay(ctx context.Context, account string, days ...ledger.KeyDay) error {
	for _, d := range days {
		if err := d.Check(); err != nil {
			return err
		}
	}
	unlock, err := m.open(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for _, d := range days {
		d.Day = d.Day.UTC()
		d.ReadAt = d.ReadAt.UTC().Truncate(time.Microsecond)
		d.Keys = slices.Clone(d.Keys)
		m.write(account).keyDays[d.Day.Unix()] = d
	}
	return nil
}

// KeyDays are those with a day that begins within a window, in order.
func (m *Memory) KeyDays(ctx context.Context, w ledger.Window, accounts ...string) (map[string][]ledger.KeyDay, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	found := map[string][]ledger.KeyDay{}
	for name, b := range m.books {
		for _, day := range slices.Sorted(maps.Keys(b.keyDays)) {
			if oneOf(accounts, name) && within(w, b.keyDays[day].Day) {
				found[name] = append(found[name], b.keyDays[day])
			}
		}
	}
	return found, nil
}

// SaveKeys puts API keys in the place of those kept.
func (m *Memory) SaveKeys(ctx context.Context, account string, keys ledger.KeysAt) error {
	unlock, err := m.open(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	micro := func(t time.Time) time.Time {
		if t.IsZero() {
			return time.Time{}
		}
		return t.UTC().Truncate(time.Microsecond)
	}
	kept := &ledger.KeysAt{At: micro(keys.At)}
	for _, k := range keys.Keys {
		k.CreatedAt, k.ExpiresAt, k.LastUsedAt = micro(k.CreatedAt), micro(k.ExpiresAt), micro(k.LastUsedAt)
		k.Meta = venice.Meta{}
		kept.Keys = append(kept.Keys, k)
	}
	m.write(account).keys = kept
	return nil
}

// Keys are the API keys as they were last kept, or nil.
func (m *Memory) Keys(ctx context.Context, accounts ...string) (map[string]ledger.KeysAt, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	kept := map[string]ledger.KeysAt{}
	for name, b := range m.books {
		if b.keys != nil && oneOf(accounts, name) {
			kept[name] = ledger.KeysAt{At: b.keys.At, Keys: slices.Clone(b.keys.Keys)}
		}
	}
	return kept, nil
}
