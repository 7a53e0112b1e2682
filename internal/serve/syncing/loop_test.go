package syncing_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

// start runs a loop until the returned function, which waits for it, is called.
func start(t *testing.T, every time.Duration, round func(context.Context) error) (loop *syncing.Loop, stop func()) {
	t.Helper()
	loop, err := syncing.New(every, round, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		loop.Run(ctx)
	}()
	return loop, func() { cancel(); <-done }
}

// A record is when rounds began.
type record struct {
	mu sync.Mutex
	at []time.Time
}

func (r *record) add() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = append(r.at, time.Now())
}

func (r *record) all() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.at)
}

func TestRoundsComeEveryInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		loop, stop := start(t, 5*time.Minute, func(context.Context) error {
			at = append(at, time.Since(began))
			time.Sleep(time.Minute)
			return nil
		})
		time.Sleep(30 * time.Second)
		if s := loop.State(); !s.Running || !s.Began.Equal(began) || !s.Ended.IsZero() || s.Rounds != 0 || s.Every != 5*time.Minute {
			t.Errorf("%+v in the first round", s)
		}
		time.Sleep(time.Minute)
		if s := loop.State(); s.Running || !s.Succeeded.Equal(began.Add(time.Minute)) || !s.Ended.Equal(s.Succeeded) || s.Rounds != 1 {
			t.Errorf("%+v after the first round", s)
		}
		time.Sleep(11 * time.Minute)
		stop()
		if len(at) != 3 || at[1] != 6*time.Minute || at[2] != 12*time.Minute {
			t.Errorf("rounds at %s, want 0, 6m and 12m", at)
		}
		// The third was interrupted: that is no success and no failure.
		if s := loop.State(); s.Running || s.Rounds != 2 || s.Failures != 0 {
			t.Errorf("%+v at the end", s)
		}
	})
}

func TestFailuresAreTriedAgainEverMoreSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var rounds record
		var fails atomic.Bool
		fails.Store(true)
		loop, stop := start(t, 5*time.Minute, func(context.Context) error {
			rounds.add()
			if fails.Load() {
				return errors.New("venice is\naway\x1b[31m" + strings.Repeat("!", 1000))
			}
			return nil
		})
		defer stop()
		time.Sleep(30 * time.Minute)
		at := rounds.all()
		longest := []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second,
			5 * time.Minute, 5 * time.Minute, 5 * time.Minute}
		if len(at) <= len(longest) {
			t.Fatalf("%d rounds in half an hour", len(at))
		}
		for i, most := range longest {
			if wait := at[i+1].Sub(at[i]); wait < most/2 || wait > most {
				t.Errorf("%s after failure %d, want %s to %s", wait, i+1, most/2, most)
			}
		}
		s := loop.State()
		if s.Failures != int64(len(at)) || s.Rounds != s.Failures || !s.Succeeded.IsZero() {
			t.Errorf("%+v after %d failures", s, len(at))
		}
		if !strings.HasPrefix(s.Failure, "venice is; away [31m!!!") || len(s.Failure) > 510 {
			t.Errorf("the failure is %q", s.Failure)
		}
		fails.Store(false)
		for loop.State().Failure != "" {
			time.Sleep(time.Second)
		}
		if s := loop.State(); s.Succeeded.IsZero() || s.Rounds != s.Failures+1 {
			t.Errorf("%+v after a success", s)
		}
		// The next failure begins with a short pause again.
		before := len(rounds.all())
		fails.Store(true)
		time.Sleep(6 * time.Minute)
		at = rounds.all()
		if wait := at[before+1].Sub(at[before]); wait > 10*time.Second {
			t.Errorf("%s after the first failure since a success", wait)
		}
	})
}

// A round that is in a commit when everything ends is waited for.
func TestEndWaitsForTheRound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		committed := false
		loop, stop := start(t, time.Minute, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(20 * time.Second) // the commit
			committed = true
			return ctx.Err()
		})
		synctest.Wait()
		stop()
		if s := loop.State(); !committed || s.Running || s.Failures != 0 || s.Failure != "" {
			t.Errorf("committed %t, %+v", committed, s)
		}
	})
}

func TestIntervalHasAMinimum(t *testing.T) {
	t.Parallel()
	if _, err := syncing.New(9*time.Second, nil, nil); err == nil || !strings.Contains(err.Error(), "10s") {
		t.Errorf("%v, want an error that names 10s", err)
	}
}
