package transfer

import (
	"context"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Copy brings the target to what the source has: entries, coverage with the
// instants of its readings, balances, totals by key and API keys. From should be
// a snapshot. Nothing is changed where the target knows more than the source of
// an account: that is an error. An entry that the target cannot keep is
// ledger.ErrInexact; parts before it stay copied, and are covered as such.
//
// At the end both are compared. Where they differ the error is Differences, beside
// the result.
func Copy(ctx context.Context, from ledger.Books, to ledger.Store, o Options) (*Result, error) {
	j, err := start(ctx, from, to, o)
	if err != nil {
		return nil, err
	}
	plans := make([]*plan, len(j.accounts))
	var total int64
	for i, a := range j.accounts {
		if plans[i], err = j.plan(ctx, a); err != nil {
			return nil, err
		}
		total += plans[i].entries
	}
	w := &writer{job: j, to: to, total: total}
	for i, a := range j.accounts {
		if err := w.write(ctx, a, plans[i]); err != nil {
			return nil, fmt.Errorf("copying the account %s: %w", a.Name, err)
		}
		if err := copySaved(ctx, from, to, a.Name); err != nil {
			return nil, fmt.Errorf("copying the account %s: %w", a.Name, err)
		}
	}
	if j.target, err = orNothing(to.Coverage(ctx)); err != nil {
		return nil, inTarget(err)
	}
	return j.compare(ctx)
}

// A writer puts stretches into the target, in transactions of about a part.
type writer struct {
	*job
	to          ledger.Store
	done, total int64

	account  *Account
	readings []ledger.Reading
	entries  int // of readings
}

func (w *writer) write(ctx context.Context, a *Account, p *plan) error {
	w.account = a
	for _, s := range p.stretches {
		if err := w.stretch(ctx, s); err != nil {
			return err
		}
	}
	return w.flush(ctx)
}

// stretch reads a stretch and cuts it, where it may be, at the millisecond after
// which a transaction is full.
func (w *writer) stretch(ctx context.Context, s stretch) error {
	r := ledger.Reading{Window: s.Window, ReadAt: s.ReadAt}
	for e, err := range w.from.Entries(ctx, ledger.Selection{Accounts: []string{w.account.Name}, Window: s.Window}) {
		if err != nil {
			return err
		}
		if err := w.to.Check(&e.UsageEntry); err != nil {
			return inTarget(err)
		}
		n := len(r.Entries)
		if cut := e.Timestamp.Truncate(time.Millisecond); !s.whole && w.entries+n >= w.Part && n > 0 && r.Entries[n-1].Timestamp.Before(cut) {
			rest := ledger.Window{Start: cut, End: s.End}
			r.Window.End = cut
			if err := w.add(ctx, r); err != nil {
				return err
			}
			r = ledger.Reading{Window: rest, ReadAt: s.ReadAt}
		}
		r.Entries = append(r.Entries, e.UsageEntry)
	}
	return w.add(ctx, r)
}

// add keeps a reading for the next transaction, which is made when it is full.
func (w *writer) add(ctx context.Context, r ledger.Reading) error {
	w.readings = append(w.readings, r)
	w.entries += len(r.Entries)
	if w.entries < w.Part {
		return nil
	}
	return w.flush(ctx)
}

func (w *writer) flush(ctx context.Context) error {
	if len(w.readings) == 0 {
		return nil
	}
	changes, err := w.to.Replace(ctx, w.account.Name, w.readings)
	if err != nil {
		return inTarget(err)
	}
	for _, c := range changes {
		w.account.Copied += int64(c.Fresh + c.Added)
	}
	w.done += int64(w.entries)
	w.readings, w.entries = nil, 0
	w.tell(false, min(w.done, w.total), w.total)
	return nil
}
