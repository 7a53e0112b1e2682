package ledger_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// synced is a store with the books of a simulator.
func synced(t *testing.T, cfg venicetest.Config) (*venicetest.Server, *venice.BillingService, *ledgertest.Memory) {
	t.Helper()
	s, source := bubble(t, cfg)
	store := &ledgertest.Memory{}
	if _, err := ledger.Sync(t.Context(), store, source, "a", ledger.SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	return s, source, store
}

func reconcile(t *testing.T, store ledger.Store, source ledger.Source, o ledger.ReconcileOptions) *ledger.Reconciliation {
	t.Helper()
	r, err := ledger.Reconcile(t.Context(), store, source, "a", o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReconcileFindsNothingWhereNothingIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, source, store := synced(t, venicetest.Config{Seed: 1, Entries: 5000, Days: 120})
		r := reconcile(t, store, source, ledger.ReconcileOptions{})
		if r.Open() != 0 || len(r.Days) != 90 {
			t.Errorf("%d days, %d of them open", len(r.Days), r.Open())
		}
		for _, d := range r.Days {
			if d.Reason != ledger.Agrees {
				t.Errorf("%s: %s, gap %v", d.Day.Format(time.DateOnly), d.Reason, d.Gap)
			}
		}
		if r.Days[89].Books.USD.IsZero() && r.Days[88].Books.USD.IsZero() && r.Days[87].Books.USD.IsZero() {
			t.Error("nothing was compared")
		}
		_ = s
	})
}

// On each kind of difference, the day is named, and reading it again mends it.
func TestReconcileNamesTheDay(t *testing.T) {
	t.Parallel()
	at := 20 * 24 * time.Hour
	for name, change := range map[string]func(s *venicetest.Server, store *ledgertest.Memory){
		"posted late": func(s *venicetest.Server, _ *ledgertest.Memory) {
			s.Post(venicetest.Entry{Timestamp: time.Now().Add(-at), SKU: "late", PricePerUnitUSD: "1", Units: "1", Amount: "-0.5", Currency: "USD"})
		},
		"corrected": func(s *venicetest.Server, _ *ledgertest.Memory) {
			for _, row := range s.Entries() {
				if row.Timestamp.After(time.Now().Add(-at)) && row.Currency == "USD" && row.Amount[0] == '-' {
					row.Amount = "-77"
					s.Correct(row.Seq, row)
					return
				}
			}
		},
		"gone from the books": func(_ *venicetest.Server, store *ledgertest.Memory) {
			removeOne(store, time.Now().Add(-at))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, source, store := synced(t, venicetest.Config{Seed: 2, Entries: 9000, Days: 60})
				change(s, store)
				s.Advance(11 * time.Minute) // past Venice's cache
				r := reconcile(t, store, source, ledger.ReconcileOptions{})
				if r.Open() != 1 {
					t.Fatalf("%d days are open", r.Open())
				}
				fixed := reconcile(t, store, source, ledger.ReconcileOptions{Fix: true})
				if fixed.Open() != 0 || !fixed.Change.Changed() {
					t.Errorf("still open: %d, changed %+v", fixed.Open(), fixed.Change)
				}
				if got, want := booksOf(t, store, "a"), truth(t, s, r.AskedAt); len(got) != len(want) {
					t.Errorf("%d entries, want %d", len(got), len(want))
				}
			})
		})
	}
}

// removeOne takes the first debit in USD of a day out of the
// books, as no program should.
func removeOne(store *ledgertest.Memory, after time.Time) {
	var entries []venice.UsageEntry
	day := ledger.Window{Start: after.Truncate(24 * time.Hour), End: after.Truncate(24 * time.Hour).Add(24 * time.Hour)}
	removed := false
	for e, err := range store.Entries(context.Background(), ledger.Selection{Window: day}) {
		if err != nil {
			panic(err)
		}
		if !removed && e.Amount.IsNegative() && e.Currency == venice.USD {
			removed = true
			continue
		}
		entries = append(entries, e.UsageEntry)
	}
	if _, err := store.Replace(context.Background(), "a", []ledger.Reading{{Window: day, Entries: entries, ReadAt: time.Now()}}); err != nil {
		panic(err)
	}
}

func TestReconcileKnowsReasons(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, source, store := synced(t, venicetest.Config{Seed: 3, Entries: 3000, Days: 30})
		// Today goes on: that is no difference.
		time.Sleep(12 * time.Hour)
		s.Post(venicetest.Entry{Timestamp: time.Now(), SKU: "new", PricePerUnitUSD: "1", Units: "1", Amount: "-3", Currency: "USD"})
		r := reconcile(t, store, source, ledger.ReconcileOptions{})
		today := r.Days[len(r.Days)-1]
		if today.Reason != ledger.NotOver || r.Open() != 0 {
			t.Errorf("today is %q, %d open", today.Reason, r.Open())
		}
		// Days that were never read are not in the books.
		time.Sleep(3 * 24 * time.Hour)
		r = reconcile(t, store, source, ledger.ReconcileOptions{})
		if n := r.Open(); n != 3 || r.Days[len(r.Days)-2].Reason != ledger.NotCovered {
			t.Errorf("%d days open, yesterday %q", n, r.Days[len(r.Days)-2].Reason)
		}
	})
}
