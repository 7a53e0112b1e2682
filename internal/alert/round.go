// Package alert tells receivers when a share of a budget is spent: once for each
// threshold, period and receiver, also when the process is killed meanwhile. What
// was told is kept in a small file beside the ledger.
package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

const (
	// attempt is the longest that telling one receiver once may take.
	attempt = 10 * time.Second
	// lockWait is how long a round waits for that of another process.
	lockWait, lockPause = 20 * time.Second, 50 * time.Millisecond
	// linger is how long after its end a period is looked at still: for entries
	// that are posted late, and receivers that were away.
	linger = 48 * time.Hour
)

// ErrBusy: another process sends alerts and has not ended; test with errors.Is.
var ErrBusy = errors.New("another process is sending alerts")

// An Outcome is how telling one receiver went.
type Outcome struct {
	Alert    *Alert
	Receiver string
	// Err says why it failed, and holds no secret; nil says that it was told.
	Err error
	// Again is the earliest time of the next attempt; zero for none.
	Again time.Time
}

// Round looks at all budgets with alerts, and tells those receivers that have to
// be told, each for 10 seconds at most and side by side. What fails is tried again
// by a later round, so the error is not of receivers: it says that a budget could
// not be computed, or that what was told could not be remembered. Where several
// processes make rounds, one waits for the other, up to 20 seconds: else [ErrBusy].
func Round(ctx context.Context, books ledger.Books, c *config.Config, env config.Env, now time.Time) (outcomes []Outcome, err error) {
	if !slices.ContainsFunc(c.Budgets, func(b config.Budget) bool { return len(b.Alerts) > 0 }) {
		return nil, nil
	}
	kept, err := books.Accounts(ctx)
	if errors.Is(err, ledger.ErrNoLedger) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("alerts: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(c.Beside), 0o700); err != nil {
		return nil, fmt.Errorf("alerts that were sent cannot be remembered: %w", err)
	}
	unlock, err := lock(ctx, c.Beside+".alerts.lock")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	m, err := remember(c.Beside + ".alerts.json")
	if err != nil {
		return nil, err
	}
	failed := errors.Join(m.damaged, watchBudgets(ctx, books, c, kept, m, now))
	if err := m.save(); err != nil {
		return nil, errors.Join(failed, err)
	}
	outcomes, err = m.deliver(ctx, c.Receivers, newSender(c, env, now), now)
	failed = errors.Join(failed, err)
	if ctx.Err() != nil {
		return outcomes, errors.Join(failed, ctx.Err())
	}
	if failed == nil { // every period was looked at
		outcomes = append(outcomes, m.forget(now)...)
	}
	return outcomes, errors.Join(failed, m.save())
}

func lock(ctx context.Context, path string) (unlock func() error, err error) {
	waiting, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	l := flock.New(path, flock.SetPermissions(0o600))
	locked, err := l.TryLockContext(waiting, lockPause)
	switch {
	case locked:
		return l.Close, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%w for %s: the next round tries again", ErrBusy, lockWait)
	}
	return nil, fmt.Errorf("lock of alerts %s: %w", path, err)
}

// watchBudgets finds the thresholds that were reached since the last round, in
// the running periods and in those that ended not long ago.
func watchBudgets(ctx context.Context, books ledger.Books, c *config.Config, kept []string, m *memory, now time.Time) (failed error) {
	present := map[string]bool{}
	for _, b := range c.Budgets {
		if len(b.Alerts) == 0 {
			continue
		}
		id := digest(b.Budget)
		present[id] = true
		m.watchSince(id, b, now)
		if len(b.Accounts) == 0 {
			b.Accounts = c.AccountsWith(kept)
		}
		for _, w := range m.watches(id) {
			state, err := report.AskBudget(ctx, books, b.Budget, ledger.Window{Start: w.Start, End: w.End}, now)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("budget %s: %w", b.Name, err))
				continue
			}
			m.reach(w, b, state, now)
		}
	}
	m.drop(func(w *watch) bool { return !present[w.Digest] })
	return failed
}

// watchSince has the running period looked at from now on, and those since the last
// round that ended not long ago: nobody may have made a round in them.
func (m *memory) watchSince(digest string, b config.Budget, now time.Time) {
	known := m.watches(digest)
	for w := b.PeriodAt(now); ; w = b.PeriodAt(w.Start.Add(-1)) {
		m.watch(digest, b.Name, w)
		older := slices.ContainsFunc(known, func(k *watch) bool { return k.Start.Before(w.Start) })
		if !older || !now.Before(w.Start.Add(linger)) {
			return
		}
	}
}

// reach plans the alert of the highest threshold that the state has reached. The
// lower ones count as reached with it.
func (m *memory) reach(w *watch, b config.Budget, state *report.BudgetState, now time.Time) {
	for _, threshold := range slices.Backward(b.Thresholds) {
		if threshold <= w.Reached {
			return
		}
		if !state.Reached(threshold) {
			continue
		}
		w.Reached, m.changed = threshold, true
		alert := newAlert(w, threshold, state, now)
		for _, receiver := range b.Alerts {
			w.Deliveries = append(w.Deliveries, &delivery{Receiver: receiver, Status: waiting, ID: alert.ID, Threshold: threshold, Next: now, Alert: alert})
		}
		return
	}
}

// due lists for each receiver all that it has to be told, in the order in which it
// came about, once any of it may be tried.
func (m *memory) due(receivers []config.Receiver, now time.Time) map[string][]*delivery {
	open := map[string][]*delivery{}
	for _, w := range slices.SortedFunc(slices.Values(m.Periods), func(a, b *watch) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Budget, b.Budget))
	}) {
		for _, d := range w.Deliveries {
			known := slices.ContainsFunc(receivers, func(r config.Receiver) bool { return r.Name == d.Receiver })
			if known && d.Status != sent {
				open[d.Receiver] = append(open[d.Receiver], d)
			}
		}
	}
	maps.DeleteFunc(open, func(_ string, list []*delivery) bool {
		return !slices.ContainsFunc(list, func(d *delivery) bool { return !d.Next.After(now) })
	})
	return open
}
