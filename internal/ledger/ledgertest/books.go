package ledgertest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Fill does random things to a store: readings, settled ones and others, of
// windows that overlap, balances, totals by key and API keys, of several accounts.
// With another seed they are others.
func Fill(t *testing.T, s ledger.Store, seed uint64) {
	t.Helper()
	w := &walk{t, rand.New(rand.NewPCG(seed, 0)), s, &Memory{}, at("2026-01-05T00:00:00Z")}
	for range 20 {
		w.step()
	}
	for _, account := range walkers[:1+w.IntN(len(walkers))] {
		keys := ledger.KeysAt{At: w.instant(), Keys: []venice.APIKey{
			{ID: "k1", Description: "it's a key", CreatedAt: w.instant()}, {ID: "k2", LimitPeriod: "EPOCH"},
		}}
		if err := s.SaveKeys(t.Context(), account, keys); err != nil {
			t.Fatal(err)
		}
	}
}

// Same compares all that can be asked of books, by value.
func Same(t *testing.T, want, got ledger.Books) {
	t.Helper()
	ctx := t.Context()
	accounts := must(want.Accounts(ctx))(t)
	same(t, "accounts", accounts, must(got.Accounts(ctx))(t))
	same(t, "coverage", must(want.Coverage(ctx))(t), must(got.Coverage(ctx))(t))
	entries := all(t, want, ledger.Selection{})
	sameEntries(t, "entries", entries, all(t, got, ledger.Selection{}))
	for _, by := range [][]ledger.Dimension{nil, {ledger.ByAccount, ledger.ByDay}, {ledger.ByModel, ledger.ByHour}, {ledger.ByMeter, ledger.ByMonth}} {
		q := ledger.Query{By: by}
		sameSums(t, "sums", must(want.Sums(ctx, q))(t), must(got.Sums(ctx, q))(t))
		sameCounts(t, "requests", must(want.Requests(ctx, q))(t), must(got.Requests(ctx, q))(t))
	}
	same(t, "spans", must(want.Spans(ctx))(t), must(got.Spans(ctx))(t))
	samePrices(t, "prices", must(want.Prices(ctx, ledger.Selection{}))(t), must(got.Prices(ctx, ledger.Selection{}))(t))
	same(t, "totals by key", must(want.KeyDays(ctx, ledger.Window{}))(t), must(got.KeyDays(ctx, ledger.Window{}))(t))
	same(t, "keys", must(want.Keys(ctx))(t), must(got.Keys(ctx))(t))
	same(t, "last balances", must(want.LastBalances(ctx))(t), must(got.LastBalances(ctx))(t))
	for _, account := range accounts {
		same(t, "newest", must(want.Newest(ctx, account, time.Time{}))(t), must(got.Newest(ctx, account, time.Time{}))(t))
		same(t, "balances", must(want.Balances(ctx, account, ledger.Window{}))(t), must(got.Balances(ctx, account, ledger.Window{}))(t))
	}
	if !slices.IsSortedFunc(entries, compareEntries) {
		t.Error("entries are not in order")
	}
}
