package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bubble is a simulator without a network and a client of it, in a bubble where
// time is not spent.
func bubble(t *testing.T, cfg venicetest.Config) (*venicetest.Server, *venice.BillingService) {
	t.Helper()
	cfg.NoLimits = true
	s, err := venicetest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	c, err := venice.NewClient(venice.WithAPIKey(s.AdminKey), venice.WithHTTPClient(&http.Client{Transport: s.Transport()}))
	if err != nil {
		t.Fatal(err)
	}
	return s, c.Billing
}

// booksOf is what a store has of an account: a line for each entry, sorted.
func booksOf(t *testing.T, store ledger.Store, account string) []string {
	t.Helper()
	var lines []string
	for e, err := range store.Entries(t.Context(), ledger.Selection{Accounts: []string{account}}) {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprint(e.Timestamp.UnixNano(), e.SKU, " ", e.PricePerUnitUSD, e.Units, e.Amount, " ", e.Currency, " ", e.Notes)
		if d := e.InferenceDetails; d != nil {
			line += fmt.Sprint(d.RequestID, " ", text(d.InferenceExecutionTime), text(d.PromptTokens), text(d.CompletionTokens))
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// truth is what the simulator has before an instant, spelled from its own rows.
func truth(t *testing.T, s *venicetest.Server, before time.Time) []string {
	t.Helper()
	var lines []string
	number := decimal.RequireFromString
	for _, e := range s.Entries() {
		if !e.Timestamp.Before(before) {
			continue
		}
		line := fmt.Sprint(e.Timestamp.UnixNano(), e.SKU, " ", number(e.PricePerUnitUSD), number(e.Units), number(e.Amount), " ", e.Currency, " ", e.Notes)
		if d := e.InferenceDetails; d != nil {
			line += fmt.Sprint(d.RequestID, " ", text(d.InferenceExecutionTime), text(d.PromptTokens), text(d.CompletionTokens))
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// text spells a count that may not be recorded.
func text(n *int64) string {
	if n == nil {
		return " -"
	}
	return fmt.Sprint(" ", *n)
}

// checkBooks compares the books with the simulator.
func checkBooks(t *testing.T, store ledger.Store, s *venicetest.Server, r *ledger.SyncResult) {
	t.Helper()
	got, want := booksOf(t, store, r.Account), truth(t, s, r.Horizon)
	if !slices.Equal(got, want) {
		t.Errorf("the books hold %d entries, Venice %d, or others", len(got), len(want))
	}
	known, err := store.Coverage(t.Context(), r.Account)
	if err != nil {
		t.Fatal(err)
	}
	all := ledger.Window{Start: ledger.Beginning, End: r.Horizon}
	if missing := known[r.Account].Missing(all); missing != nil {
		t.Errorf("not covered: %v", missing)
	}
}

func TestSync(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 4, 16} {
		for _, size := range []int{0, 1, 999, 1000, 1001, 4000} {
			t.Run(fmt.Sprintf("%d walkers, %d entries", parallel, size), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s, source := bubble(t, venicetest.Config{Seed: 1, Entries: size, Days: 60, Latency: 100 * time.Millisecond})
					store := &ledgertest.Memory{}
					r, err := ledger.Sync(t.Context(), store, source, "default", ledger.SyncOptions{Parallel: parallel})
					if err != nil {
						t.Fatal(err)
					}
					checkBooks(t, store, s, r)
					if r.Change.Fresh != size || r.Change.Changed() || r.Balance == nil {
						t.Errorf("change is %+v, balance %v", r.Change, r.Balance)
					}

					// Once more: nothing changes, and it costs next to nothing.
					again, err := ledger.Sync(t.Context(), store, source, "default", ledger.SyncOptions{Parallel: parallel})
					if err != nil {
						t.Fatal(err)
					}
					checkBooks(t, store, s, again)
					if again.Change.Fresh+again.Change.Added+again.Change.Removed != 0 {
						t.Errorf("the second sync changed %+v", again.Change)
					}
					if size > 0 && again.Requests > 1+2 {
						t.Errorf("the second sync took %d requests", again.Requests)
					}
				})
			})
		}
	}
}

// The figures that the plan for the first reading promises, in time that only
// the server's latency makes pass.
func TestBackfillSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const entries, latency = 50_000, 150 * time.Millisecond
		s, source := bubble(t, venicetest.Config{Seed: 2, Entries: entries, Days: 120, Latency: latency})
		pages := entries / 1000

		begin := time.Now()
		for _, err := range source.UsageHistoryPages(t.Context(), venice.UsageHistoryParams{}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		walk := time.Since(begin)

		took := map[int]time.Duration{}
		for _, parallel := range []int{1, 8} {
			s.ResetRequests()
			begin := time.Now()
			store := &ledgertest.Memory{}
			r, err := ledger.Sync(t.Context(), store, source, "default", ledger.SyncOptions{Parallel: parallel})
			if err != nil {
				t.Fatal(err)
			}
			took[parallel] = time.Since(begin)
			if r.Change.Fresh != entries {
				t.Errorf("%d walkers read %d entries", parallel, r.Change.Fresh)
			}
			t.Logf("%d walkers: %s against %s, %d requests for %d pages", parallel, took[parallel], walk, s.RequestCount(), pages)
			if n := s.RequestCount() - 2; n > pages+pages/10+parallel {
				t.Errorf("%d walkers took %d requests for %d pages", parallel, n, pages)
			}
		}
		if took[1] > walk+3*latency {
			t.Errorf("one walker took %s, the walk %s", took[1], walk)
		}
		if took[8] > walk/4 {
			t.Errorf("eight walkers took %s, the walk %s", took[8], walk)
		}
	})
}

func TestSyncUnderFaults(t *testing.T) {
	t.Parallel()
	for _, faults := range []string{
		"hang@3x1", "hang@1x2", "slow-body@4x1", "cut-body@2x6", "reset@2x9", "429@3x3", "429-retry-after=20s@2x2", "lock-out@2x1",
		"500@2x7", "502@1x5", "503@5x5", "504@2x5", "html@2x5", "redirect@3x2", "truncated-json@2x6", "numbers-as-strings", "extra-keys",
		"timestamp-object@2x2/usage-history", "empty-page@1x5/usage-history", "repeated-cursor@2x2/usage-history",
		"expired-cursor@2x3/usage-history", "poisoned-cursor@1x4/usage-history", "hang-small-range/usage-history",
		"hang@0/usage-analytics", "500@0/balance",
		"500@2x3,hang@4x1,reset@6x2,429@9x2,poisoned-cursor@3x2/usage-history,truncated-json@12x2,expired-cursor@7x1/usage-history",
	} {
		for _, parallel := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s %d", faults, parallel), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					fs, err := venicetest.ParseFaults(faults)
					if err != nil {
						t.Fatal(err)
					}
					s, source := bubble(t, venicetest.Config{Seed: 3, Entries: 4000, Days: 40, Faults: fs, Latency: 50 * time.Millisecond})
					store := &ledgertest.Memory{}
					r, err := ledger.Sync(t.Context(), store, source, "a", ledger.SyncOptions{Parallel: parallel})
					if err != nil {
						t.Fatalf("%v, unread %v", err, r.Unread)
					}
					checkBooks(t, store, s, r)
				})
			})
		}
	}
}

// An account that was not used lately: the newest windows are empty, and hang.
func TestSyncOfAnIdleAccount(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 8} {
		synctest.Test(t, func(t *testing.T) {
			idle := 100 * 24 * time.Hour
			s, source := bubble(t, venicetest.Config{
				Seed: 4, Entries: 5000, Days: 30, Latency: 50 * time.Millisecond,
				Now:    func() time.Time { return time.Now().Add(-idle) },
				Faults: []venicetest.Fault{{Kind: venicetest.FaultHangSmall}},
			})
			s.Advance(idle) // the server's clock is right; the account is idle
			store := &ledgertest.Memory{}
			for range 3 {
				r, err := ledger.Sync(t.Context(), store, source, "a", ledger.SyncOptions{Parallel: parallel})
				if err != nil {
					t.Fatal(err)
				}
				checkBooks(t, store, s, r)
				time.Sleep(7 * time.Hour) // fake time
			}
		})
	}
}

func TestLateAndCorrectedEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, source := bubble(t, venicetest.Config{Seed: 5, Entries: 3000, Days: 30})
		store := &ledgertest.Memory{}
		sync := func(o ledger.SyncOptions) *ledger.SyncResult {
			t.Helper()
			r, err := ledger.Sync(t.Context(), store, source, "a", o)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		sync(ledger.SyncOptions{})
		late := func(ago time.Duration) {
			s.Post(venicetest.Entry{Timestamp: time.Now().Add(-ago), SKU: "late", PricePerUnitUSD: "1", Units: "1", Amount: "-0.5", Currency: "USD"})
		}

		time.Sleep(10 * time.Minute)
		late(30 * time.Minute)
		if r := sync(ledger.SyncOptions{}); r.Change.Added != 1 || len(r.Changes) != 1 || r.Change.AddedAmount["USD"].String() != "-0.5" {
			t.Errorf("a late entry of the last hour: %+v", r.Change)
		}

		// Within two days, but not within the hour: after six hours.
		late(20 * time.Hour)
		if r := sync(ledger.SyncOptions{}); r.Change.Added != 0 {
			t.Errorf("read again too early: %+v", r.Change)
		}
		time.Sleep(6*time.Hour + time.Minute)
		if r := sync(ledger.SyncOptions{}); r.Change.Added != 1 {
			t.Errorf("a late entry of yesterday: %+v", r.Change)
		}

		// A correction is one that goes and one that comes.
		rows := s.Entries()
		row := rows[len(rows)-1]
		row.Amount = "-9.25"
		s.Correct(row.Seq, row)
		time.Sleep(6*time.Hour + time.Minute)
		r := sync(ledger.SyncOptions{})
		if r.Change.Added != 1 || r.Change.Removed != 1 {
			t.Errorf("a correction: %+v", r.Change)
		}

		// Older ones take a full sync.
		late(10 * 24 * time.Hour)
		if r := sync(ledger.SyncOptions{}); r.Change.Added != 0 {
			t.Errorf("an old window was read again: %+v", r.Change)
		}
		r = sync(ledger.SyncOptions{Full: true})
		if r.Change.Added != 1 {
			t.Errorf("a full sync: %+v", r.Change)
		}
		checkBooks(t, store, s, r)
	})
}

// A sync that comes after a week finds what was posted late before it.
func TestSyncAfterAPauseReadsTheUnsettledAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, source := bubble(t, venicetest.Config{Seed: 6, Entries: 2000, Days: 30})
		store := &ledgertest.Memory{}
		if _, err := ledger.Sync(t.Context(), store, source, "a", ledger.SyncOptions{}); err != nil {
			t.Fatal(err)
		}
		s.Post(venicetest.Entry{Timestamp: time.Now().Add(-40 * time.Hour), SKU: "late", PricePerUnitUSD: "1", Units: "1", Amount: "-1", Currency: "USD"})
		time.Sleep(7 * 24 * time.Hour)
		r, err := ledger.Sync(t.Context(), store, source, "a", ledger.SyncOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Change.Added != 1 {
			t.Errorf("change is %+v", r.Change)
		}
		checkBooks(t, store, s, r)
	})
}

// A sync that is interrupted keeps what it read, and the next goes on there.
func TestSyncGoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			s, source := bubble(t, venicetest.Config{Seed: seed, Entries: 8000, Days: 50, Latency: 200 * time.Millisecond})
			store := &ledgertest.Memory{}
			read := 0
			for n := 0; ; n++ {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(500+r.IntN(1500))*time.Millisecond)
				result, err := ledger.Sync(ctx, store, source, "a", ledger.SyncOptions{Parallel: 1 + r.IntN(8)})
				cancel()
				read += result.Entries
				if err == nil {
					checkBooks(t, store, s, result)
					break
				}
				if !errors.Is(err, context.DeadlineExceeded) || n > 50 {
					t.Fatalf("after %d: %v", n, err)
				}
			}
			if read > 2*8000 {
				t.Errorf("seed %d: %d entries were read for 8000", seed, read)
			}
		})
	}
}

// A slowSource fails on every range longer than it can manage.
type slowSource struct {
	ledger.Source
	longest time.Duration
}

func (s slowSource) UsageHistoryPages(ctx context.Context, p venice.UsageHistoryParams) iter.Seq2[*venice.UsageHistoryPage, error] {
	if p.EndTimestamp.Sub(p.StartTimestamp) > s.longest {
		return func(yield func(*venice.UsageHistoryPage, error) bool) {
			yield(nil, fmt.Errorf("%w: the query timed out", venice.ErrServer))
		}
	}
	return s.Source.UsageHistoryPages(ctx, p)
}

// What Venice is too slow for as a whole is read in parts.
func TestSyncShortensWindowsThatFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, source := bubble(t, venicetest.Config{Seed: 10, Entries: 3000, Days: 60})
		store := &ledgertest.Memory{}
		o := ledger.SyncOptions{Since: time.Now().AddDate(0, 0, -50), Parallel: 2}
		r, err := ledger.Sync(t.Context(), store, slowSource{source, 10 * 24 * time.Hour}, "a", o)
		if err != nil {
			t.Fatalf("%v, unread %v", err, r.Unread)
		}
		r, err = ledger.Sync(t.Context(), store, source, "a", ledger.SyncOptions{})
		if err != nil {
			t.Fatal(err)
		}
		checkBooks(t, store, s, r)
	})
}

// A server that is down is not asked for ever.
func TestSyncGivesUpOnAServerThatIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, source := bubble(t, venicetest.Config{Seed: 11, Entries: 100})
		r, err := ledger.Sync(t.Context(), &ledgertest.Memory{}, slowSource{source, -1}, "a", ledger.SyncOptions{Parallel: 8})
		if !errors.Is(err, venice.ErrServer) || r.Requests > 60 {
			t.Errorf("%v after %d requests", err, r.Requests)
		}
	})
}

func TestSyncEndsAtOnceWithAWrongKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := bubble(t, venicetest.Config{Seed: 8, Entries: 100})
		c, err := venice.NewClient(venice.WithAPIKey(s.InferenceKey), venice.WithHTTPClient(&http.Client{Transport: s.Transport()}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = ledger.Sync(t.Context(), &ledgertest.Memory{}, c.Billing, "a", ledger.SyncOptions{})
		if !errors.Is(err, venice.ErrAuthentication) || s.RequestCount() != 1 {
			t.Errorf("%v after %d requests", err, s.RequestCount())
		}
	})
}

// What could not be read is said, and is not taken for empty.
func TestAWindowThatCannotBeReadIsNotCovered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, source := bubble(t, venicetest.Config{Seed: 9, Entries: 4000, Days: 40, Faults: []venicetest.Fault{
			{Kind: venicetest.Fault500, Route: "usage-history", After: 3},
		}})
		store := &ledgertest.Memory{}
		r, err := ledger.Sync(t.Context(), store, source, "a", ledger.SyncOptions{Parallel: 2})
		var incomplete *ledger.IncompleteError
		if !errors.As(err, &incomplete) || !errors.Is(err, venice.ErrServer) || len(r.Unread) == 0 {
			t.Fatalf("error is %v, unread %v", err, r.Unread)
		}
		known, err := store.Coverage(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range r.Unread {
			for _, c := range known["a"] {
				if !c.Intersect(w).Empty() {
					t.Errorf("%v is unread and covered by %v", w, c)
				}
			}
		}
		s.SetFaults()
		r, err = ledger.Sync(t.Context(), store, source, "a", ledger.SyncOptions{Parallel: 2})
		if err != nil {
			t.Fatal(err)
		}
		checkBooks(t, store, s, r)
	})
}
