package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"time"
)

const (
	// lookEvery is how old the list of leases may become. Who works from an older
	// one tries to take what others have.
	lookEvery = 5 * time.Second
	// firstWait and maxWait are pauses between looks at what others have.
	firstWait = 100 * time.Millisecond
	maxWait   = 2 * time.Second
)

// ShareOptions say how workers share accounts. With the zero value an account is
// done as soon as a sync has ended well that began after the call.
type ShareOptions struct {
	// Fresh also lets a sync count that began so long before the call, or less.
	Fresh time.Duration
	// Waiting is told once of the leases of others that are waited for, when
	// nothing else is left to do. May be nil.
	Waiting func([]Lease)
}

// Share calls work for each of the accounts, one after the other, but for those
// that other workers do, which call Share with the same leases at the same time.
// It returns when all are done, also what a worker left undone that was killed,
// and names those that others did, sorted.
//
// The context of work ends, with ErrLeaseTaken as its cause, when the lease of
// the account is lost: then another worker does it. An account whose work fails
// is not tried again, but other workers try it. The error joins those of work
// and that of the leases, which ends the whole.
func Share(ctx context.Context, leases Leases, accounts []string, o ShareOptions,
	work func(ctx context.Context, account string) error) (others []string, err error) {
	s := &sharing{leases: leases, options: o, work: work, holder: newHolder(), delay: firstWait}
	s.left = slices.Compact(slices.Sorted(slices.Values(accounts)))
	// Workers that went in the same order would meet at every account.
	mathrand.Shuffle(len(s.left), func(i, j int) { s.left[i], s.left[j] = s.left[j], s.left[i] })
	err = s.run(ctx)
	slices.Sort(s.others)
	return s.others, errors.Join(s.failed, err)
}

// newHolder names a worker, for people too.
func newHolder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s:%d:%s", host, os.Getpid(), rand.Text()[:10])
}

// sharing is the state of one worker.
type sharing struct {
	leases  Leases
	options ShareOptions
	work    func(context.Context, string) error
	holder  string

	left   []string // neither done by anybody, as far as is known, nor tried here
	others []string
	failed error // what failed here

	seen   map[string]Lease
	clock  time.Time // of the store, when it was looked
	looked time.Time
	due    time.Time // what was synced before is due

	delay time.Duration // until it looks again what others have done
	told  bool          // that it waits
}

func (s *sharing) run(ctx context.Context) error {
	err := s.look(ctx)
	for err == nil && len(s.left) > 0 {
		now := s.now()
		free := slices.IndexFunc(s.left, func(account string) bool { return s.seen[account].Free(now) })
		if free >= 0 {
			s.delay = firstWait
			err = s.try(ctx, s.left[free], now)
		} else {
			err = s.await(ctx)
		}
		if errors.Is(err, ErrLeaseTaken) || err == nil && time.Since(s.looked) >= lookEvery {
			err = s.look(ctx)
		}
	}
	return err
}

// await lets some time pass, since all that is left is with others, and looks.
func (s *sharing) await(ctx context.Context) error {
	if !s.told && s.options.Waiting != nil {
		held := make([]Lease, len(s.left))
		for i, account := range s.left {
			held[i] = s.seen[account]
		}
		s.options.Waiting(held)
	}
	s.told = true
	if err := wait(ctx, s.delay); err != nil {
		return err
	}
	s.delay = min(2*s.delay, maxWait)
	return s.look(ctx)
}

// now is what the clock of the store shows, or a little less.
func (s *sharing) now() time.Time { return s.clock.Add(time.Since(s.looked)) }

// look lists the leases and strikes off what others have done.
func (s *sharing) look(ctx context.Context) error {
	list, clock, err := s.leases.Leases(ctx)
	if err != nil {
		return err
	}
	if s.looked.IsZero() {
		s.due = clock.Add(-s.options.Fresh)
	}
	s.clock, s.looked = clock, time.Now()
	s.seen = make(map[string]Lease, len(list))
	for _, l := range list {
		s.seen[l.Account] = l
	}
	s.left = slices.DeleteFunc(s.left, func(account string) bool {
		synced := s.seen[account].Synced
		done := !synced.IsZero() && !synced.Before(s.due)
		if done {
			s.others = append(s.others, account)
		}
		return done
	})
	return nil
}
