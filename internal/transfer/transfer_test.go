package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/transfer"
	"github.com/ducat-ledger/ducat/venice"
)

// small cuts random books, which have some hundred entries, into many parts.
var small = transfer.Options{Part: 7}

func snapshot(t *testing.T, s ledger.Store) ledger.Snapshot {
	t.Helper()
	return ledgertest.Opened(s.Snapshot(t.Context()))(t)
}

func TestCopiesAreTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			from, to := &ledgertest.Memory{}, &ledgertest.Memory{}
			ledgertest.Fill(t, from, seed)
			result, err := transfer.Copy(t.Context(), from, to, small)
			if err != nil {
				t.Fatal(err)
			}
			ledgertest.Same(t, from, to)
			entries, copied := tally(result)
			if entries == 0 || entries != copied {
				t.Errorf("%d of %d entries were copied", copied, entries)
			}
			before, _ := to.Version(t.Context())
			result, err = transfer.Copy(t.Context(), from, to, small)
			if err != nil {
				t.Fatal(err)
			}
			if after, _ := to.Version(t.Context()); after != before {
				t.Errorf("the second copy changed the target: version %s, %s before", after, before)
			}
			if _, copied := tally(result); copied != 0 {
				t.Errorf("%d entries were copied again", copied)
			}
		})
	}
}

func tally(r *transfer.Result) (entries, copied int64) {
	for _, a := range r.Accounts {
		entries += a.Entries
		copied += a.Copied
	}
	return entries, copied
}

// breaking fails at a change, before it or after.
type breaking struct {
	ledger.Store
	left  int
	after bool
}

var errBroken = errors.New("broken")

func (b *breaking) broken(change func() error) error {
	b.left--
	switch {
	case b.left > 0:
		return change()
	case b.left == 0 && b.after:
		return errors.Join(change(), errBroken)
	}
	return errBroken
}

func (b *breaking) Replace(ctx context.Context, account string, readings []ledger.Reading) (changes []ledger.Change, err error) {
	err = b.broken(func() error {
		changes, err = b.Store.Replace(ctx, account, readings)
		return err
	})
	return changes, err
}

func (b *breaking) SaveBalance(ctx context.Context, account string, balances ...ledger.BalanceAt) error {
	return b.broken(func() error { return b.Store.SaveBalance(ctx, account, balances...) })
}

func (b *breaking) SaveKeyDay(ctx context.Context, account string, days ...ledger.KeyDay) error {
	return b.broken(func() error { return b.Store.SaveKeyDay(ctx, account, days...) })
}

func (b *breaking) SaveKeys(ctx context.Context, account string, keys ledger.KeysAt) error {
	return b.broken(func() error { return b.Store.SaveKeys(ctx, account, keys) })
}

// A copy that broke off at any change goes on, also when the source has changed
// meanwhile.
func TestCopyGoesOn(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		for _, grows := range []bool{false, true} {
			t.Run(fmt.Sprintf("seed %d, growing %t", seed, grows), func(t *testing.T) {
				t.Parallel()
				from, to := &ledgertest.Memory{}, &ledgertest.Memory{}
				ledgertest.Fill(t, from, seed)
				for broken := 1; ; broken++ { // later and later, since a day that is half copied begins anew
					_, err := transfer.Copy(t.Context(), from, &breaking{to, 1 + broken%3 + broken/20, broken%2 == 0}, small)
					if err == nil {
						break
					}
					if !errors.Is(err, errBroken) {
						t.Fatal(err)
					}
					if broken > 1000 {
						t.Fatal("it never ends")
					}
					if grows && broken%5 == 1 && broken < 20 {
						grow(t, from, broken)
					}
				}
				ledgertest.Same(t, from, to)
			})
		}
	}
}

// grow reads the newest part of an account again, later, and finds other entries.
func grow(t *testing.T, s ledger.Store, n int) {
	t.Helper()
	start := time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
	r := ledger.Reading{
		Window: ledger.Window{Start: start, End: start.AddDate(0, 0, 7+n)},
		ReadAt: start.AddDate(0, 0, 100+n),
		Entries: []venice.UsageEntry{{
			Timestamp: start.Add(time.Duration(n) * time.Hour), SKU: "x", Amount: decimal.New(int64(-n), -7), Currency: venice.USD,
		}},
	}
	if _, err := s.Replace(t.Context(), "default", []ledger.Reading{r}); err != nil {
		t.Fatal(err)
	}
}

var (
	first = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	march = ledger.Window{Start: first, End: first.AddDate(0, 1, 0)}
)

// book has a day of entries in the account "mine".
func book(t *testing.T, read time.Time, amounts ...string) *ledgertest.Memory {
	t.Helper()
	m := &ledgertest.Memory{}
	r := ledger.Reading{Window: march, ReadAt: read}
	for i, amount := range amounts {
		r.Entries = append(r.Entries, venice.UsageEntry{
			Timestamp: first.Add(time.Duration(i) * 100 * time.Hour), SKU: "x-llm-output-mtoken", Currency: venice.DIEM,
			Units: decimal.New(1, -6), PricePerUnitUSD: decimal.New(28, -1), Amount: decimal.RequireFromString(amount),
		})
	}
	if _, err := m.Replace(t.Context(), "mine", []ledger.Reading{r}); err != nil {
		t.Fatal(err)
	}
	return m
}

// What only the target knows is never lost.
func TestTargetThatKnowsMore(t *testing.T) {
	t.Parallel()
	read := first.AddDate(0, 2, 0)
	add := func(m *ledgertest.Memory, err error) *ledgertest.Memory {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	longer := book(t, read, "-1")
	_, err := longer.Replace(t.Context(), "mine", []ledger.Reading{{Window: ledger.Window{Start: march.End, End: march.End.Add(time.Hour)}, ReadAt: read}})
	add(longer, err)
	richer := book(t, read, "-1")
	add(richer, richer.SaveBalance(t.Context(), "mine", ledger.BalanceAt{At: read}))
	keyed := book(t, read, "-1")
	add(keyed, keyed.SaveKeys(t.Context(), "mine", ledger.KeysAt{At: read}))
	for says, to := range map[string]*ledgertest.Memory{
		"the target covers 2026-04-01T00:00:00Z/2026-04-01T01:00:00Z, which the source does not": longer,
		"later than the source, at 2026-05-01T00:00:00Z":                                         book(t, read.Add(time.Hour), "-1"),
		"a newer balance than the source":                                                        richer,
		"newer API keys than the source":                                                         keyed,
	} {
		before, _ := to.Version(t.Context())
		from := book(t, read, "-1", "-2")
		if err := from.SaveBalance(t.Context(), "another", ledger.BalanceAt{At: read}); err != nil {
			t.Fatal(err)
		}
		_, err := transfer.Copy(t.Context(), from, to, transfer.Options{})
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "account mine") {
			t.Errorf("error is %v, want %q", err, says)
		}
		if after, _ := to.Version(t.Context()); after != before {
			t.Errorf("%s: the target was changed", says)
		}
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	read := first.AddDate(0, 2, 0)
	from := book(t, read, "-0.1000000000000000000001", "-2")
	price := book(t, read, "-0.1000000000000000000001", "-2")
	for e := range price.Entries(t.Context(), ledger.Selection{}) {
		e.PricePerUnitUSD = decimal.New(29, -1)
		r := ledger.Reading{Window: ledger.Window{Start: march.Start, End: march.Start.Add(time.Hour)}, ReadAt: read, Entries: []venice.UsageEntry{e.UsageEntry}}
		if _, err := price.Replace(t.Context(), "mine", []ledger.Reading{r}); err != nil {
			t.Fatal(err)
		}
		break
	}
	for says, to := range map[string]*ledgertest.Memory{
		"account mine, 2026-03-01, DIEM, x-llm-output-mtoken: the source has 1 entries, spend 0.1000000000000000000001, credit 0, 0.000001 units, " +
			"the target 1 entries, spend 0.1000000000000000000002, credit 0, 0.000001 units": book(t, read, "-0.1000000000000000000002", "-2"),
		"account mine, 2026-03-05, DIEM, x-llm-output-mtoken: the source has 1 entries, spend 2, credit 0, 0.000001 units, " +
			"the target 0 entries, spend 0, credit 0, 0 units": book(t, read, "-0.1000000000000000000001"),
		"account mine, 2026-03-09, DIEM, x-llm-output-mtoken: the source has 0 entries": book(t, read, "-0.1000000000000000000001", "-2", "-3"),
		"account mine, coverage: the source has 2026-03-01T00:00:00Z/2026-04-01T00:00:00Z as read at 2026-05-01T00:00:00Z, " +
			"the target 2026-03-01T00:00:00Z/2026-04-01T00:00:00Z as read at 2026-05-01T01:00:00Z": book(t, read.Add(time.Hour), "-0.1000000000000000000001", "-2"),
		"at the price 2.8": price,
		"account mine, 2026-03-01, DIEM, x-llm-output-mtoken: the source has 1 entries, spend 0.1000000000000000000001, credit 0, 0.000001 units, the target 0 entries": {},
	} {
		_, err := transfer.Compare(t.Context(), from, to, transfer.Options{})
		var differ *transfer.Differences
		if !errors.As(err, &differ) || !strings.Contains(err.Error(), says) {
			t.Errorf("error is %v, want %q", err, says)
		}
	}
}
