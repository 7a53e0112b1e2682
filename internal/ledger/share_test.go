package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A platform has many accounts at Venice, and one ledger.
type platform struct {
	store   *ledgertest.Memory
	names   []string
	servers map[string]*venicetest.Server
	sources map[string]*venice.BillingService
}

func newPlatform(t *testing.T, accounts int) *platform {
	t.Helper()
	p := &platform{new(ledgertest.Memory), nil, map[string]*venicetest.Server{}, map[string]*venice.BillingService{}}
	for i := range accounts {
		name := fmt.Sprintf("account-%03d", i)
		p.names = append(p.names, name)
		p.servers[name], p.sources[name] = bubble(t, venicetest.Config{Seed: uint64(i), Entries: i % 7, Days: 20, Latency: 100 * time.Millisecond})
	}
	return p
}

// syncs is how often the account was read: each sync asks once for the balance.
func (p *platform) syncs(account string) int {
	n := 0
	for _, r := range p.servers[account].Requests() {
		if strings.HasSuffix(r.Path, "/balance") {
			n++
		}
	}
	return n
}

// A worker shares the accounts of a platform with others.
type worker struct {
	*platform
	leases  ledger.Leases
	options ledger.ShareOptions

	ended  map[string]*ledger.SyncResult // well
	worked time.Duration
	others []string
	err    error
}

func (p *platform) worker() *worker {
	return &worker{platform: p, leases: p.store, ended: map[string]*ledger.SyncResult{}}
}

func (w *worker) sync(ctx context.Context, account string) error {
	began := time.Now()
	r, err := ledger.Sync(ctx, w.store, w.sources[account], account, ledger.SyncOptions{})
	w.worked += time.Since(began)
	if err == nil {
		w.ended[account] = r
	}
	return err
}

func (w *worker) run(ctx context.Context) {
	w.others, w.err = ledger.Share(ctx, w.leases, w.names, w.options, w.sync)
}

// together runs workers side by side.
func together(ctx context.Context, workers ...*worker) {
	var running sync.WaitGroup
	for _, w := range workers {
		running.Go(func() { w.run(ctx) })
	}
	running.Wait()
}

// check holds the books to what Venice has, and what each worker says to what
// the others did.
func (p *platform) check(t *testing.T, workers ...*worker) {
	t.Helper()
	by := map[string]int{}
	for _, w := range workers {
		for account, r := range w.ended {
			by[account]++
			checkBooks(t, p.store, p.servers[account], r)
		}
	}
	for _, account := range p.names {
		if by[account] != 1 {
			t.Errorf("%s: %d syncs ended well", account, by[account])
		}
	}
	for i, w := range workers {
		if w.err != nil {
			continue
		}
		want := slices.DeleteFunc(slices.Clone(p.names), func(account string) bool { return w.ended[account] != nil })
		if !slices.Equal(w.others, want) {
			t.Errorf("worker %d leaves %v to others, want %v", i, w.others, want)
		}
	}
}

// lease is that of an account.
func (p *platform) lease(t *testing.T, account string) ledger.Lease {
	t.Helper()
	list, _, err := p.store.Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(l ledger.Lease) bool { return l.Account == account })
	if i < 0 {
		t.Fatalf("no lease of %s", account)
	}
	return list[i]
}

func TestFourWorkersReadEachAccountOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, 200)
		workers := []*worker{p.worker(), p.worker(), p.worker(), p.worker()}
		began := time.Now()
		together(t.Context(), workers...)
		took := time.Since(began)
		p.check(t, workers...)
		for _, account := range p.names {
			if n := p.syncs(account); n != 1 {
				t.Errorf("%s was read %d times", account, n)
			}
		}
		for i, w := range workers {
			if w.err != nil || len(w.ended) < 40 {
				t.Errorf("worker %d did %d accounts: %v", i, len(w.ended), w.err)
			}
		}
		if worked := workers[0].worked + workers[1].worked + workers[2].worked + workers[3].worked; took > worked/3 {
			t.Errorf("%s of work took four workers %s", worked, took)
		}
	})
}

var errKilled = errors.New("killed")

// mortal are the leases as seen by a worker that dies: then it changes nothing
// any more.
type mortal struct {
	*ledgertest.Memory
	dead atomic.Bool
}

func (m *mortal) PutLease(ctx context.Context, l ledger.Lease) error {
	if m.dead.Load() {
		return errKilled
	}
	return m.Memory.PutLease(ctx, l)
}

func TestKilledWorkerStarvesNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, 60)
		workers := []*worker{p.worker(), p.worker(), p.worker(), p.worker()}
		leases := &mortal{Memory: p.store}
		workers[0].leases = leases
		ctx, kill := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { workers[0].run(ctx) })
		running.Go(func() { together(t.Context(), workers[1:]...) })
		time.Sleep(2050 * time.Millisecond)
		leases.dead.Store(true)
		kill()
		running.Wait()

		if !errors.Is(workers[0].err, errKilled) || len(workers[0].ended) == 0 {
			t.Errorf("the killed worker did %d accounts: %v", len(workers[0].ended), workers[0].err)
		}
		p.check(t, workers...)
		again := 0
		for _, account := range p.names {
			again += p.syncs(account) - 1
		}
		if again != 1 {
			t.Errorf("%d accounts were read again, want the one that the worker had when it was killed", again)
		}
	})
}

// A sync that takes much longer than a lease lasts keeps it, also while the store
// fails for a while.
func TestLeaseIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, 1)
		slow, other := p.worker(), p.worker()
		failing := &failingLeases{Memory: p.store, applied: true}
		slow.leases = failing
		waiting := 0
		other.options.Waiting = func(held []ledger.Lease) {
			if waiting++; len(held) != 1 || held[0].Account != p.names[0] || held[0].Holder == "" {
				t.Errorf("waiting for %+v", held)
			}
		}
		var running sync.WaitGroup
		running.Go(func() {
			slow.others, slow.err = ledger.Share(t.Context(), slow.leases, p.names, ledger.ShareOptions{}, func(ctx context.Context, account string) error {
				for i := range 10 {
					// A put that fails may have changed the lease, or not.
					failing.set(i%3 == 1, i%2 == 0)
					time.Sleep(8 * time.Second)
				}
				failing.set(false, false)
				if err := ctx.Err(); err != nil {
					return err
				}
				return slow.sync(ctx, account)
			})
		})
		synctest.Wait()
		other.run(t.Context())
		running.Wait()
		if slow.err != nil || other.err != nil || waiting != 1 {
			t.Errorf("errors %v and %v, waited %d times", slow.err, other.err, waiting)
		}
		p.check(t, slow, other)
		if l := p.lease(t, p.names[0]); !l.Free(l.Since) || !l.Synced.Equal(l.Since) {
			t.Errorf("the lease is %+v at last", l)
		}
	})
}

var errStore = errors.New("the store is away")

// failingLeases fail while they are told to, perhaps after the change was made.
type failingLeases struct {
	*ledgertest.Memory
	mu             sync.Mutex
	fails, applied bool
}

func (f *failingLeases) set(fails, applied bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fails, f.applied = fails, applied
}

func (f *failingLeases) PutLease(ctx context.Context, l ledger.Lease) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if !f.fails || f.applied {
		err = f.Memory.PutLease(ctx, l)
	}
	if f.fails {
		return errStore
	}
	return err
}

// Who cannot prolong the lease in time stops, since others may take it then.
func TestLeaseRunsOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, 1)
		cut, other := p.worker(), p.worker()
		failing := &failingLeases{Memory: p.store}
		cut.leases = failing
		var cause error
		var running sync.WaitGroup
		began := time.Now()
		running.Go(func() {
			cut.others, cut.err = ledger.Share(t.Context(), cut.leases, p.names, ledger.ShareOptions{}, func(ctx context.Context, account string) error {
				if cause != nil {
					return cut.sync(ctx, account)
				}
				failing.set(true, false)
				<-ctx.Done()
				failing.set(false, false)
				cause = context.Cause(ctx)
				return ctx.Err()
			})
		})
		synctest.Wait()
		other.run(t.Context())
		running.Wait()
		if took := time.Since(began); took < 20*time.Second || took > 25*time.Second {
			t.Errorf("it took %s", took)
		}
		if cut.err != nil || other.err != nil || !errors.Is(cause, ledger.ErrLeaseTaken) || !errors.Is(cause, errStore) {
			t.Errorf("errors %v and %v, cause %v", cut.err, other.err, cause)
		}
		p.check(t, cut, other)
	})
}

// A worker that stood still, like a machine that was suspended, learns that
// another has its account.
func TestLeaseTakenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, 1)
		var cause error
		others, err := ledger.Share(t.Context(), p.store, p.names, ledger.ShareOptions{}, func(ctx context.Context, account string) error {
			l := p.lease(t, account)
			l.Number, l.Holder, l.Since, l.Until = l.Number+1, "another", time.Now(), time.Now().Add(time.Minute)
			if err := p.store.PutLease(ctx, l); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
			cause = context.Cause(ctx)
			l.Number, l.Until, l.Synced = l.Number+1, time.Time{}, l.Since
			if err := p.store.PutLease(t.Context(), l); err != nil {
				t.Error(err)
			}
			return ctx.Err()
		})
		if err != nil || !slices.Equal(others, p.names) || !errors.Is(cause, ledger.ErrLeaseTaken) {
			t.Errorf("others %v, error %v, cause %v", others, err, cause)
		}
	})
}

// An account that fails is tried once by each worker, and by all again later.
func TestFailingAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, 12)
		bad := p.names[5]
		right := p.sources[bad]
		refused, err := venice.NewClient(venice.WithAPIKey(p.servers[bad].RevokedKey), venice.WithHTTPClient(&http.Client{Transport: p.servers[bad].Transport()}))
		if err != nil {
			t.Fatal(err)
		}
		p.sources[bad] = refused.Billing
		workers := []*worker{p.worker(), p.worker(), p.worker()}
		together(t.Context(), workers...)
		for i, w := range workers {
			if !errors.Is(w.err, venice.ErrAuthentication) || len(w.ended)+len(w.others) != 11 {
				t.Errorf("worker %d did %d accounts and left %d to others: %v", i, len(w.ended), len(w.others), w.err)
			}
		}
		if n := p.syncs(bad); n != len(workers) {
			t.Errorf("%d attempts, want %d", n, len(workers))
		}
		if l := p.lease(t, bad); !l.Free(l.Since) || !l.Synced.IsZero() {
			t.Errorf("the lease is %+v", l)
		}

		// What one worker cannot, another does, and then nobody has to.
		p.sources[bad] = right
		next := p.worker()
		next.options.Fresh = time.Hour
		next.run(t.Context())
		if next.err != nil || next.ended[bad] == nil || len(next.ended) != 1 {
			t.Errorf("%d accounts, %v", len(next.ended), next.err)
		}
		p.check(t, append(workers, next)...)
	})
}

// Rounds of workers come when they like; an account is due once in a while.
func TestFreshAccountsAreNotDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, 4)
		for _, test := range []struct {
			after time.Duration
			fresh time.Duration
			does  int
		}{
			{0, 9 * time.Minute, 4}, {3 * time.Minute, 9 * time.Minute, 0}, {3 * time.Minute, 9 * time.Minute, 0},
			{0, time.Minute, 4}, {10 * time.Minute, 9 * time.Minute, 4}, {0, 0, 4},
		} {
			time.Sleep(test.after)
			w := p.worker()
			w.options.Fresh = test.fresh
			w.run(t.Context())
			if w.err != nil || len(w.ended) != test.does || len(w.others) != 4-test.does {
				t.Errorf("%+v: did %d, left %v, %v", test, len(w.ended), w.others, w.err)
			}
		}
	})
}

// Who is interrupted keeps nobody waiting.
func TestInterruptedWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, 1)
		first, second := p.worker(), p.worker()
		ctx, interrupt := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { first.run(ctx) })
		running.Go(func() {
			time.Sleep(10 * time.Millisecond)
			second.run(t.Context())
		})
		time.Sleep(50 * time.Millisecond)
		interrupt()
		began := time.Now()
		running.Wait()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the other waited: %s", took)
		}
		if !errors.Is(first.err, context.Canceled) || second.err != nil {
			t.Errorf("errors %v and %v", first.err, second.err)
		}
		p.check(t, first, second)

		// So it is while it waits.
		l := p.lease(t, p.names[0])
		l.Number, l.Until = l.Number+1, time.Now().Add(time.Hour)
		if err := p.store.PutLease(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		ctx, interrupt = context.WithTimeout(t.Context(), time.Minute)
		defer interrupt()
		waiting := p.worker()
		waiting.run(ctx)
		if !errors.Is(waiting.err, context.DeadlineExceeded) || len(waiting.ended)+len(waiting.others) > 0 {
			t.Errorf("error %v, others %v", waiting.err, waiting.others)
		}
	})
}

// hiddenLeases cannot be listed.
type hiddenLeases struct{ *ledgertest.Memory }

func (hiddenLeases) Leases(context.Context) ([]ledger.Lease, time.Time, error) {
	return nil, time.Time{}, errStore
}

func TestLeasesFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, 3)
		for name, leases := range map[string]ledger.Leases{
			"listing": hiddenLeases{p.store},
			"putting": &failingLeases{Memory: p.store, fails: true},
		} {
			w := p.worker()
			w.leases = leases
			w.run(t.Context())
			if !errors.Is(w.err, errStore) || len(w.ended) > 0 || p.syncs(p.names[0]) > 0 {
				t.Errorf("%s: error %v, did %d", name, w.err, len(w.ended))
			}
		}
	})
}
