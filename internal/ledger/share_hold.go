package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// leaseTerm is how long the account of a worker that was killed waits for
	// another.
	leaseTerm = 20 * time.Second
	// leaseBeat is how often a lease is prolonged, and how long an attempt may take.
	leaseBeat = 5 * time.Second
)

// try takes the lease of an account and does its work. The error is of the
// leases: ErrLeaseTaken where it could not be taken, or was lost.
func (s *sharing) try(ctx context.Context, account string, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l := s.seen[account]
	l.Account, l.Holder, l.Since = account, s.holder, now
	l.Number++
	l.Until = now.Add(leaseTerm)
	if err := s.put(ctx, l, leaseTerm); err != nil {
		return err
	}
	l, failed, lost := s.hold(ctx, l)
	if failed != nil && lost != nil {
		return lost
	}
	s.failed = errors.Join(s.failed, failed)
	s.left = slices.DeleteFunc(s.left, func(a string) bool { return a == account })

	l.Number++
	l.Until = time.Time{}
	if failed == nil {
		l.Synced = l.Since
	}
	if err := s.put(ctx, l, leaseTerm); err != nil && !errors.Is(err, ErrLeaseTaken) {
		return err
	}
	return ctx.Err()
}

// put changes a lease. When the context ends it still does: nobody should wait
// for what is given up, nor do again what is done.
func (s *sharing) put(ctx context.Context, l Lease, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return s.leases.PutLease(ctx, l)
}

// hold does the work and keeps the lease meanwhile. It returns the lease as it
// is then, why the work failed, and why the lease was lost.
func (s *sharing) hold(ctx context.Context, l Lease) (held Lease, failed, lost error) {
	working, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	var keeper sync.WaitGroup
	keeper.Go(func() {
		if held, lost = s.prolong(ctx, l, done); lost != nil {
			cancel(lost)
		}
	})
	failed = s.work(working, l.Account)
	close(done)
	keeper.Wait()
	return held, failed, lost
}

// prolong prolongs a lease until the work is done. It returns the lease as it is
// then, and an error when it is lost.
func (s *sharing) prolong(ctx context.Context, l Lease, done <-chan struct{}) (Lease, error) {
	beat := time.NewTicker(leaseBeat)
	defer beat.Stop()
	next := l
	for ended := false; ; {
		select {
		case <-done:
			ended = true
		case <-beat.C:
		}
		if next.Number == l.Number {
			if ended {
				return l, nil
			}
			next.Number++
			next.Until = s.now().Add(leaseTerm)
		}
		err := s.put(ctx, next, leaseBeat) // the same again, if it failed before
		switch {
		case err == nil:
			l = next
		case errors.Is(err, ErrLeaseTaken):
			return l, err
		case l.Free(s.now()):
			return l, fmt.Errorf("%w: it could not be prolonged in time: %w", ErrLeaseTaken, err)
		}
		if ended {
			return l, nil
		}
	}
}
