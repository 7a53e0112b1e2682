// Package ledgertest has the tests that every ledger.Store passes, and a store
// in memory that they are compared with.
package ledgertest

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Memory is a ledger.Store of slices and maps, for tests: the simplest code that
// can be right. It keeps every number exactly. The zero value is an empty ledger.
type Memory struct {
	mu      sync.Mutex
	books   map[string]*book // by account
	version int
	leases  map[string]ledger.Lease // by account
}

var _ ledger.Store = (*Memory)(nil)

type book struct {
	entries  []ledger.Entry // in the order of Entries
	coverage ledger.Coverage
	balances map[int64]ledger.BalanceAt // by microsecond
	keyDays  map[int64]ledger.KeyDay    // by Unix second of the day
	keys     *ledger.KeysAt
}

// open locks the ledger; the caller calls the function that it returns.
func (m *Memory) open(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	return m.mu.Unlock, nil
}

// read is the account's book, perhaps an empty one.
func (m *Memory) read(account string) *book {
	if b := m.books[account]; b != nil {
		return b
	}
	return &book{}
}

// write is the account's book, made if need be.
func (m *Memory) write(account string) *book {
	m.version++
	if m.books == nil {
		m.books = map[string]*book{}
	}
	if m.books[account] == nil {
		m.books[account] = &book{balances: map[int64]ledger.BalanceAt{}, keyDays: map[int64]ledger.KeyDay{}}
	}
	return m.books[account]
}

// Replace puts readings in the place of what the account has in their windows.
func (m *Memory) Replace(ctx context.Context, account string, readings []ledger.Reading) ([]ledger.Change, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for _, r := range readings {
		if err := r.Check(); err != nil {
			return nil, err
		}
	}
	var changes []ledger.Change
	for _, r := range readings {
		changes = append(changes, m.write(account).replace(account, r))
	}
	return changes, nil
}

func (b *book) replace(account string, r ledger.Reading) ledger.Change {
	var kept, gone, come []ledger.Entry
	for _, e := range b.entries {
		if r.Window.Contains(e.Timestamp) {
			gone = append(gone, e)
		} else {
			kept = append(kept, e)
		}
	}
	equals := map[ledger.Identity]int{}
	for _, u := range r.Entries {
		u.Timestamp = u.Timestamp.UTC()
		id := ledger.IdentityOf(&u)
		come = append(come, ledger.Entry{UsageEntry: u, Account: account, Identity: id, Ordinal: equals[id]})
		equals[id]++
	}
	change := compare(b.coverage, gone, come)
	change.Window = r.Window
	b.entries = append(kept, come...)
	slices.SortFunc(b.entries, compareEntries)
	b.coverage = b.coverage.Read(r)
	return change
}

// compare says what changes when some entries give way to others.
func compare(before ledger.Coverage, gone, come []ledger.Entry) ledger.Change {
	type key struct {
		ledger.Identity
		ordinal int
	}
	change := ledger.Change{
		Entries:       len(come),
		AddedAmount:   map[venice.Currency]decimal.Decimal{},
		RemovedAmount: map[venice.Currency]decimal.Decimal{},
	}
	had := map[key]bool{}
	for _, e := range gone {
		had[key{e.Identity, e.Ordinal}] = true
	}
	has := map[key]bool{}
	for _, e := range come {
		has[key{e.Identity, e.Ordinal}] = true
		if !covers(before, e.Timestamp) {
			change.Fresh++
		} else if !had[key{e.Identity, e.Ordinal}] {
			change.Added++
			change.AddedAmount[e.Currency] = change.AddedAmount[e.Currency].Add(e.Amount)
		}
	}
	for _, e := range gone {
		if covers(before, e.Timestamp) && !has[key{e.Identity, e.Ordinal}] {
			change.Removed++
			change.RemovedAmount[e.Currency] = change.RemovedAmount[e.Currency].Add(e.Amount)
		}
	}
	return change
}

func covers(c ledger.Coverage, t time.Time) bool {
	return slices.ContainsFunc(c, func(w ledger.Covered) bool { return w.Contains(t) })
}

func compareEntries(a, b ledger.Entry) int {
	return cmp.Or(
		a.Timestamp.Compare(b.Timestamp),
		cmp.Compare(a.Account, b.Account),
		slices.Compare(a.Identity[:], b.Identity[:]),
		cmp.Compare(a.Ordinal, b.Ordinal),
	)
}

// Check finds nothing wrong: slices hold every number.
func (m *Memory) Check(*venice.UsageEntry) error { return nil }

// Coverage is what is complete for each of the accounts, or for all.
func (m *Memory) Coverage(ctx context.Context, accounts ...string) (map[string]ledger.Coverage, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	found := map[string]ledger.Coverage{}
	for name, b := range m.books {
		if oneOf(accounts, name) && len(b.coverage) > 0 {
			found[name] = slices.Clone(b.coverage)
		}
	}
	return found, nil
}

// Accounts are the accounts that have anything in the books.
func (m *Memory) Accounts(ctx context.Context) ([]string, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m.books)) {
		b := m.books[name]
		if len(b.entries)+len(b.coverage)+len(b.balances)+len(b.keyDays) > 0 || b.keys != nil {
			names = append(names, name)
		}
	}
	return names, nil
}

// Entries streams the entries as they were when it began.
func (m *Memory) Entries(ctx context.Context, s ledger.Selection) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		selected, err := m.selected(ctx, s)
		for _, e := range selected {
			if err = ctx.Err(); err != nil || !yield(e, nil) {
				break
			}
		}
		if err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

func (m *Memory) selected(ctx context.Context, s ledger.Selection) ([]ledger.Entry, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var selected []ledger.Entry
	for _, b := range m.books {
		for _, e := range b.entries {
			if selects(s, e) {
				selected = append(selected, e)
			}
		}
	}
	slices.SortFunc(selected, compareEntries)
	return selected, nil
}

func selects(s ledger.Selection, e ledger.Entry) bool {
	return oneOf(s.Accounts, e.Account) &&
		oneOf(s.Currencies, e.Currency) &&
		oneOf(s.SKUs, e.SKU) &&
		(len(s.Requests) == 0 || e.InferenceDetails != nil && slices.Contains(s.Requests, e.InferenceDetails.RequestID)) &&
		(len(s.Models) == 0 || slices.Contains(s.Models, venice.ParseSKU(e.SKU).Model)) &&
		within(s.Window, e.Timestamp) &&
		(s.AccountWindows == nil || withinOwn(s.AccountWindows, e))
}

func withinOwn(windows ledger.AccountWindows, e ledger.Entry) bool {
	w, ok := windows[e.Account]
	return ok && within(w, e.Timestamp)
}

// within says whether a window holds t, where a zero side is open.
func within(w ledger.Window, t time.Time) bool {
	return (w.Start.IsZero() || !t.Before(w.Start)) && (w.End.IsZero() || t.Before(w.End))
}

func oneOf[T comparable](wanted []T, value T) bool {
	return len(wanted) == 0 || slices.Contains(wanted, value)
}

// Newest is the timestamp of the account's newest entry before an instant.
func (m *Memory) Newest(ctx context.Context, account string, before time.Time) (time.Time, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return time.Time{}, err
	}
	defer unlock()
	for _, e := range slices.Backward(m.read(account).entries) {
		if before.IsZero() || e.Timestamp.Before(before) {
			return e.Timestamp, nil
		}
	}
	return time.Time{}, nil
}

// Spans says from when to when the entries of accounts are.
func (m *Memory) Spans(ctx context.Context, accounts ...string) (map[string]ledger.Span, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	spans := map[string]ledger.Span{}
	for name, b := range m.books {
		if n := len(b.entries); n > 0 && oneOf(accounts, name) {
			spans[name] = ledger.Span{Entries: int64(n), First: b.entries[0].Timestamp, Last: b.entries[n-1].Timestamp}
		}
	}
	return spans, nil
}

// Version counts the changes.
func (m *Memory) Version(ctx context.Context) (string, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	return strconv.Itoa(m.version), nil
}

// Snapshot is a copy.
func (m *Memory) Snapshot(ctx context.Context) (ledger.Snapshot, error) {
	unlock, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	copied := &Memory{books: map[string]*book{}}
	for name, b := range m.books {
		copied.books[name] = &book{slices.Clone(b.entries), slices.Clone(b.coverage), maps.Clone(b.balances), maps.Clone(b.keyDays), b.keys}
	}
	return copied, nil
}

// Close does nothing.
func (m *Memory) Close() error { return nil }
