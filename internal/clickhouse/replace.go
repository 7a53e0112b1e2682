package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Replace puts readings in the place of what the account has in their windows. It
// writes only what differs, as one change. Where another writer was first with a
// change of the same account, it begins again on what that one left.
func (s *Store) Replace(ctx context.Context, account string, readings []ledger.Reading) ([]ledger.Change, error) {
	for _, r := range readings {
		if err := s.checkReading(r); err != nil {
			return nil, err
		}
	}
	changes, err := s.replace(ctx, account, readings)
	return changes, s.explain(ctx, err)
}

func (s *Store) replace(ctx context.Context, account string, readings []ledger.Reading) ([]ledger.Change, error) {
	if err := s.prepare(ctx, true); err != nil {
		return nil, err
	}
	for late := 0; ; {
		base, now, err := s.head(ctx, account)
		if err != nil {
			return nil, err
		}
		d := draft{link: s.link, account: account, base: base, coverage: base.coverage}
		for _, r := range readings {
			if err := d.replace(ctx, r); err != nil {
				return nil, fmt.Errorf("replacing window %s: %w", r.Window, err)
			}
		}
		done, err := s.commit(ctx, &d, now)
		switch {
		case is(err, violated) && late < 2:
			late++
		case is(err, unsatisfied): // another's insert is on its way to the replicas
			<-time.After(rand.N(100 * time.Millisecond))
		case done || err != nil:
			return d.changes, err
		}
	}
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

// The instants of the journal.
var (
	earliest = time.Unix(0, 0).UTC()
	latest   = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Check says what of an entry cannot be kept.
func (*Store) Check(e *venice.UsageEntry) error {
	at := e.Timestamp.UTC()
	entry := func() string { return fmt.Sprintf("entry of %s (%s)", at.Format(time.RFC3339Nano), e.SKU) }
	if !at.Equal(at.Truncate(time.Microsecond)) {
		return fmt.Errorf("%w: %s is finer than a microsecond", ledger.ErrInexact, entry())
	}
	if at.Before(earliest) || !at.Before(latest) {
		return fmt.Errorf("%w: %s is not of the years 1970 to 2261", ledger.ErrInexact, entry())
	}
	for _, d := range []decimal.Decimal{e.PricePerUnitUSD, e.Units, e.Amount} {
		if err := ledger.CheckNumber(d); err != nil {
			return fmt.Errorf("%s: %w", entry(), err)
		}
	}
	return nil
}

// head is the account's head, and an instant of the server's clock before that.
func (l *link) head(ctx context.Context, account string) (head, time.Time, error) {
	var now time.Time
	if err := one(ctx, l.conn, []any{&now}, "SELECT now64(6, 'UTC')"); err != nil {
		return head{}, now, err
	}
	heads, err := l.heads(ctx, []string{account})
	return heads[account], now, err
}

// timeToCommit is longer than the server takes a change for (the constraint
// in_time), so that its answer is not missed.
const timeToCommit = 90 * time.Second

// commit puts a draft down as the account's next change. It says whether that was
// done, rather than another's change taken for it. Once it has begun it is not
// interrupted: a context that ends could not tell what became of it.
func (s *Store) commit(ctx context.Context, d *draft, now time.Time) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeToCommit)
	defer cancel()
	next := head{version: d.base.version + 1, change: rand.Uint64(), previous: d.base.change, coverage: d.coverage}
	token := fmt.Sprintf("%d %s", next.version, d.account)
	failed := d.sheet(next, now).insert(clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token})), s.conn)
	if is(failed, violated) || is(failed, unsatisfied) {
		return false, failed
	}
	// Whether it failed or not, the journal knows.
	heads, err := s.heads(ctx, []string{d.account})
	if err != nil {
		return false, errors.Join(failed, err)
	}
	after := heads[d.account]
	if after.change == next.change || after.version == next.version+1 && after.previous == next.change {
		return true, nil
	}
	return false, failed
}

// A draft is a change in the making: what differs from the account's entries as
// they are, and the coverage.
type draft struct {
	*link
	account  string
	base     head
	coverage ledger.Coverage
	changes  []ledger.Change

	lines   []ledger.Line // without Entry, one is gone again
	removed []journalRow
	// cut says of how many equal entries the change leaves some, where it removes
	// any, for readings whose windows meet in one change.
	cut map[ledger.Identity]int
}

// replace brings a window to what was read, and says what that changes in the
// parts of it that were covered.
func (d *draft) replace(ctx context.Context, r ledger.Reading) error {
	had, err := d.identities(ctx, r.Window)
	if err != nil {
		return err
	}
	differs := ledger.NewDifference(r, had, d.coverage)
	if err := d.remove(ctx, r.Window, differs); err != nil {
		return err
	}
	d.lines = append(d.lines, differs.Come...)
	d.changes = append(d.changes, differs.Change)
	d.coverage = d.coverage.Read(r)
	return nil
}

// identities counts the account's entries in a window by their identities, as the
// draft leaves them so far.
func (d *draft) identities(ctx context.Context, w ledger.Window) (map[ledger.Identity]int, error) {
	type group struct {
		id string
		n  int64
	}
	where := d.within(w)
	groups, err := collect(ctx, d.conn, func(g *group) []any { return []any{&g.id, &g.n} },
		"SELECT identity, sum(sign) AS entries FROM ledger_journal"+where.sql()+" GROUP BY identity HAVING entries > 0", where.args...)
	counts := make(map[ledger.Identity]int, len(groups))
	for _, g := range groups {
		id := ledger.Identity([]byte(g.id))
		counts[id] = int(g.n)
		if left, ok := d.cut[id]; ok {
			counts[id] = min(counts[id], left)
		}
	}
	for _, l := range d.lines {
		if l.Entry != nil && w.Contains(l.Entry.Timestamp) {
			counts[l.Identity]++
		}
	}
	return counts, err
}

// within chooses the account's entries and removals in a window.
func (d *draft) within(w ledger.Window) condition {
	return reader{link: d.link}.selects(ledger.Selection{Accounts: []string{d.account}, Window: w})
}

// remove takes away what is too much in a window.
func (d *draft) remove(ctx context.Context, w ledger.Window, differs *ledger.Difference) error {
	if len(differs.Gone) == 0 {
		return nil
	}
	for i := range d.lines {
		l := &d.lines[i]
		if too, ok := differs.Gone[l.Identity]; ok && l.Entry != nil && l.Ordinal >= too.Stay {
			differs.Goes(l.Entry.Timestamp, l.Entry.Currency, l.Entry.Amount)
			l.Entry = nil
		}
	}
	left := func(id ledger.Identity) int { // before this removal
		if n, ok := d.cut[id]; ok {
			return n
		}
		return differs.Gone[id].Had
	}
	err := d.rows(ctx, d.within(w), true, func(row *journalRow) error {
		id := ledger.Identity([]byte(row.identity))
		if too, ok := differs.Gone[id]; !ok || int(row.ordinal) < too.Stay || int(row.ordinal) >= left(id) {
			return nil
		}
		e := row.entry()
		differs.Goes(e.Timestamp, e.Currency, e.Amount)
		d.removed = append(d.removed, *row)
		return nil
	})
	if d.cut == nil {
		d.cut = map[ledger.Identity]int{}
	}
	for id, too := range differs.Gone {
		d.cut[id] = min(left(id), too.Stay)
	}
	return err
}

// sheet writes the draft down.
func (d *draft) sheet(next head, now time.Time) *sheet {
	s := &sheet{account: d.account, version: next.version, recordedAt: now, parsed: map[string]venice.SKU{}}
	s.coverage(next)
	for i := range d.removed {
		row := &d.removed[i]
		e := row.entry()
		s.entry(&e.UsageEntry, e.Identity, e.Ordinal, row.added, isRemoval)
	}
	for _, l := range d.lines {
		if l.Entry != nil {
			s.entry(l.Entry, l.Identity, l.Ordinal, next.version, isEntry)
		}
	}
	return s
}
