package clickhouse_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

// randomFate breaks each connection at some byte of either direction, most of them
// in the midst of a change.
func randomFate(seed uint64) func(n int) fate {
	return func(n int) fate {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		var counts atomic.Bool
		counts.Store(r.IntN(4) == 0)
		left := 1 << r.IntN(12)
		left += r.IntN(left)
		wait := time.Duration(r.IntN(3)) * time.Millisecond // so that connections overtake each other
		cut := func(piece []byte) ([]byte, bool) {
			<-time.After(wait)
			if !counts.Load() {
				return piece, true
			}
			if left -= len(piece); left < 0 {
				return piece[:len(piece)+left], false
			}
			return piece, true
		}
		look := func(piece []byte) ([]byte, bool) {
			if bytes.Contains(piece, []byte("INSERT INTO ledger_journal")) {
				counts.Store(true)
			}
			return piece, true
		}
		if r.IntN(2) == 0 {
			return fate{behind: r.IntN(2) == 0, sent: look, answered: cut}
		}
		return fate{behind: r.IntN(2) == 0, sent: func(piece []byte) ([]byte, bool) {
			look(piece)
			return cut(piece)
		}}
	}
}

// reading is a random part of a day, where some of a few entries are, once or twice.
func reading(r *rand.Rand, readAt time.Time) ledger.Reading {
	start := r.IntN(24)
	w := ledger.Window{Start: ledgertest.Day.Start.Add(time.Duration(start) * time.Hour)}
	w.End = w.Start.Add(time.Duration(1+r.IntN(24-start)) * time.Hour)
	read := ledger.Reading{Window: w, ReadAt: readAt}
	for n := range 48 {
		e := venice.UsageEntry{
			Timestamp: ledgertest.Day.Start.Add(time.Duration(n) * 30 * time.Minute), SKU: "zai-org-glm-5-1-llm-output-mtoken", Currency: venice.DIEM,
			Amount: decimal.New(-int64(n+1), -9), InferenceDetails: &venice.InferenceDetails{RequestID: fmt.Sprint("chatcmpl-", n)},
		}
		if !w.Contains(e.Timestamp) {
			continue
		}
		for range r.IntN(3) {
			read.Entries = append(read.Entries, e)
		}
	}
	return read
}

// A state is what the books say of an account.
type state struct {
	Entries  []ledger.Entry
	Coverage map[string]ledger.Coverage
	Sums     []ledger.Sum
}

func stateOf(ctx context.Context, b ledger.Books, account string) (s state, err error) {
	selection := ledger.Selection{Accounts: []string{account}}
	for e, err := range b.Entries(ctx, selection) {
		if err != nil {
			return s, err
		}
		s.Entries = append(s.Entries, e)
	}
	if s.Coverage, err = b.Coverage(ctx, account); err != nil {
		return s, err
	}
	s.Sums, err = b.Sums(ctx, ledger.Query{Selection: selection})
	return s, err
}

func differ(a, b any) string { return cmp.Diff(a, b, cmpopts.EquateEmpty()) }

// TestConnectionsThatBreak writes by way of connections that break at any byte:
// after each error all of a change is there or none, or it comes later, but not
// after somebody else has made another.
func TestConnectionsThatBreak(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	sound := open(t, address)
	if err := ledgertest.Put(t.Context(), sound, ledgertest.Version(0)); err != nil {
		t.Fatal(err)
	}
	broken := open(t, through(t, address, randomFate(1)))
	var writers sync.WaitGroup
	var failures [4]int
	for w := range failures {
		writers.Go(func() {
			failures[w] = writeThrough(t, fmt.Sprint("account ", w), broken, sound, rand.New(rand.NewPCG(2, uint64(w))))
		})
	}
	writers.Wait()
	t.Logf("%v changes failed", failures)
	if failures[0]+failures[1]+failures[2]+failures[3] < 10 {
		t.Errorf("only %v changes failed; the test tests nothing", failures)
	}
}

// writeThrough changes an account by way of a broken store and, after errors, by a
// sound one. It counts the errors.
func writeThrough(t *testing.T, account string, broken, sound ledger.Store, r *rand.Rand) (failures int) {
	ctx := t.Context()
	reference := &ledgertest.Memory{}
	mustBe := func(what string, allowed ...state) {
		got, err := stateOf(ctx, sound, account)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		for _, want := range allowed {
			if differ(want, got) == "" {
				return
			}
		}
		t.Errorf("%s: %s", what, differ(allowed[len(allowed)-1], got))
	}
	for n := range 10 {
		readings := []ledger.Reading{reading(r, ledgertest.Day.End.Add(time.Duration(n)*time.Minute)), reading(r, ledgertest.Day.End.Add(time.Duration(n)*time.Minute))}
		before, _ := stateOf(ctx, reference, account)
		want, err := reference.Replace(ctx, account, readings)
		if err != nil {
			t.Error(err)
			return failures
		}
		after, _ := stateOf(ctx, reference, account)
		got, err := broken.Replace(ctx, account, readings)
		if err != nil {
			failures++
			mustBe(fmt.Sprintf("%s, change %d, after %v", account, n, err), before, after)
			if _, err := sound.Replace(ctx, account, readings); err != nil {
				t.Error(err)
			}
		} else if diff := differ(want, got); diff != "" {
			t.Errorf("%s, change %d says: %s", account, n, diff)
		}
		mustBe(fmt.Sprintf("%s, change %d", account, n), after)
		if got, err := stateOf(ctx, broken, account); err == nil && differ(after, got) != "" {
			t.Errorf("%s, change %d, by connections that break: %s", account, n, differ(after, got))
		}
		if t.Failed() {
			return failures
		}
	}
	return failures
}
