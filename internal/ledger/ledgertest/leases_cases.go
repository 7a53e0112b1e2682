package ledgertest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// TestLeases runs the tests that every register of leases passes. open gives a
// store with an empty ledger of its own, and sees to its end; one that does not
// keep leases fails.
func TestLeases(t *testing.T, open func(t *testing.T) ledger.Store) {
	for name, test := range map[string]func(*testing.T, ledger.Leases, ledger.Store){
		"putting":        testPutLease,
		"old numbers":    testOldLease,
		"clock":          testLeaseClock,
		"takers at once": testTakersAtOnce,
		"books":          testLeasesAndBooks,
		"cancelled":      testCancelledLeases,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			leases, ok := s.(ledger.Leases)
			if !ok {
				t.Fatalf("%T keeps no leases", s)
			}
			test(t, leases, s)
		})
	}
}

// putLeases puts leases that must be taken.
func putLeases(t *testing.T, s ledger.Leases, leases ...ledger.Lease) {
	t.Helper()
	for _, l := range leases {
		if err := s.PutLease(t.Context(), l); err != nil {
			t.Fatalf("%+v: %v", l, err)
		}
	}
}

// sameLeases compares the leases that there are, in any order.
func sameLeases(t *testing.T, s ledger.Leases, want ...ledger.Lease) {
	t.Helper()
	got, _, err := s.Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	order := func(a, b ledger.Lease) int { return cmp.Compare(a.Account, b.Account) }
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	same(t, "leases", want, got)
}

func lease(account string, number uint64, holder string) ledger.Lease {
	l := ledger.Lease{Account: account, Number: number, Holder: holder, Since: noon}
	l.Until = noon.Add(time.Duration(number) * time.Second)
	return l
}

func testPutLease(t *testing.T, s ledger.Leases, _ ledger.Store) {
	sameLeases(t, s)
	mine, yours := lease("mine", 1, "host:17:A"), lease("", 1, "host's \\ \"other\n😀")
	yours.Until = yours.Until.Add(time.Microsecond)
	putLeases(t, s, mine, yours)
	sameLeases(t, s, mine, yours)

	mine.Number++
	mine.Until = time.Time{}
	mine.Synced = mine.Since
	putLeases(t, s, mine)
	sameLeases(t, s, mine, yours)

	mine = lease("mine", 3, "host:18:B")
	mine.Synced = noon
	putLeases(t, s, mine)
	sameLeases(t, s, mine, yours)

	var many []ledger.Lease
	for i := range 40 {
		many = append(many, lease(fmt.Sprint("account ", i), 1, "host:17:A"))
	}
	putLeases(t, s, many...)
	sameLeases(t, s, append(many, mine, yours)...)
}

// testOldLease has a holder who does not know that another took over.
func testOldLease(t *testing.T, s ledger.Leases, _ ledger.Store) {
	first, second := lease("mine", 1, "A"), lease("mine", 2, "B")
	putLeases(t, s, first, first, second, second)
	for _, late := range []ledger.Lease{lease("mine", 1, "C"), first, lease("mine", 2, "A")} {
		if err := s.PutLease(t.Context(), late); !errors.Is(err, ledger.ErrLeaseTaken) {
			t.Errorf("%+v: error is %v", late, err)
		}
		sameLeases(t, s, second)
	}
	// The same number of the same holder is another lease, if it says something else.
	other := second
	other.Until = time.Time{}
	if err := s.PutLease(t.Context(), other); !errors.Is(err, ledger.ErrLeaseTaken) {
		t.Errorf("%+v: error is %v", other, err)
	}
	third := lease("mine", 3, "B")
	putLeases(t, s, third)
	sameLeases(t, s, third)
}

// testLeaseClock needs a clock that goes on, and that several can go by.
func testLeaseClock(t *testing.T, s ledger.Leases, _ ledger.Store) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var first, last time.Time
	for reads := 0; reads < 10 || !last.After(first); reads++ {
		_, clock, err := s.Leases(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if reads == 0 {
			first = clock
		} else if clock.Before(last) {
			t.Fatalf("the clock shows %s, and showed %s", clock, last)
		}
		last = clock
	}
	if last.Location() != time.UTC {
		t.Errorf("%s is not in UTC", last)
	}
}

// testTakersAtOnce has many take each of some leases: one of them succeeds, and
// the lease is theirs.
func testTakersAtOnce(t *testing.T, s ledger.Leases, _ ledger.Store) {
	for number := range uint64(4) {
		var takers sync.WaitGroup
		var mu sync.Mutex
		var taken []ledger.Lease
		for i := range 12 {
			takers.Go(func() {
				l := lease("wanted", number+1, fmt.Sprint("worker ", i))
				err := s.PutLease(t.Context(), l)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					taken = append(taken, l)
				} else if !errors.Is(err, ledger.ErrLeaseTaken) {
					t.Error(err)
				}
			})
		}
		takers.Wait()
		if len(taken) != 1 {
			t.Fatalf("%d of 12 took lease %d", len(taken), number+1)
		}
		sameLeases(t, s, taken...)
	}
}

// testLeasesAndBooks: what the books answer does not depend on leases.
func testLeasesAndBooks(t *testing.T, s ledger.Leases, books ledger.Store) {
	put(t, books, "mine", ledger.Reading{Window: daytime, ReadAt: noon})
	version := must(books.Version(t.Context()))(t)
	putLeases(t, s, lease("mine", 1, "A"), lease("yours", 1, "B"))
	same(t, "version", version, must(books.Version(t.Context()))(t))
	same(t, "accounts", []string{"mine"}, must(books.Accounts(t.Context()))(t))
	put(t, books, "mine", ledger.Reading{Window: daytime, ReadAt: noon.Add(time.Minute)})
	sameLeases(t, s, lease("mine", 1, "A"), lease("yours", 1, "B"))
}

func testCancelledLeases(t *testing.T, s ledger.Leases, _ ledger.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.PutLease(ctx, lease("mine", 1, "A")); !errors.Is(err, context.Canceled) {
		t.Errorf("putting: error is %v", err)
	}
	if _, _, err := s.Leases(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("listing: error is %v", err)
	}
}
