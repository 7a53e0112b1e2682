package clickhouse_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

// merged has the engine merge all parts of the tables, as it does at times of its
// own choice.
func merged(t *testing.T, address string) {
	t.Helper()
	for _, table := range []string{"journal", "balances", "key_days", "api_keys"} {
		run(t, address, "OPTIMIZE TABLE ledger_"+table+" FINAL")
	}
}

// everything is all that books say of some accounts, of which the first has what is
// kept beside entries.
func everything(t *testing.T, b ledger.Books, accounts ...string) (all []any) {
	t.Helper()
	add := func(value any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, value)
	}
	ctx, selection := t.Context(), ledger.Selection{Accounts: accounts}
	for e, err := range b.Entries(ctx, selection) {
		add(e, err)
	}
	sums, err := b.Sums(ctx, ledger.Query{Selection: selection, By: []ledger.Dimension{ledger.ByAccount}})
	slices.SortFunc(sums, func(a, b ledger.Sum) int {
		return cmp.Or(cmp.Compare(a.Group[0], b.Group[0]), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Meter, b.Meter))
	})
	add(sums, err)
	counts, err := b.Requests(ctx, ledger.Query{Selection: selection, By: []ledger.Dimension{ledger.ByAccount}})
	slices.SortFunc(counts, func(a, b ledger.RequestCount) int { return cmp.Compare(a.Group[0], b.Group[0]) })
	add(counts, err)
	prices, err := b.Prices(ctx, selection)
	slices.SortFunc(prices, func(a, b ledger.PriceUse) int { return cmp.Or(cmp.Compare(a.SKU, b.SKU), a.Price.Cmp(b.Price)) })
	add(prices, err)
	add(b.Accounts(ctx))
	add(b.Coverage(ctx, accounts...))
	add(b.Newest(ctx, accounts[0], time.Time{}))
	add(b.Balances(ctx, accounts[0], ledger.Window{}))
	add(b.LastBalances(ctx, accounts...))
	add(b.KeyDays(ctx, ledger.Window{}, accounts...))
	add(b.Keys(ctx, accounts...))
	return all
}

// save keeps what is beside the entries, all of it of a number.
func save(t *testing.T, s ledger.Store, account string, n int64) {
	t.Helper()
	number := decimal.New(n, -9)
	balance := ledger.BalanceAt{At: ledgertest.Day.Start}
	balance.Balances.USD = decimal.NewNullDecimal(number)
	if err := s.SaveBalance(t.Context(), account, balance); err != nil {
		t.Fatal(err)
	}
	at := ledgertest.Day.End.Add(time.Duration(n) * time.Second)
	for i := range 2 {
		keys := []venice.KeySpend{{APIKeyID: fmt.Sprint("key ", n), Description: "it's", TotalUSD: number}, {TotalDIEM: number, TotalUnits: number}}
		if err := s.SaveKeyDay(t.Context(), account, ledger.KeyDay{Day: ledgertest.Day.Start.AddDate(0, 0, i), ReadAt: at, Keys: keys[:1+int(n)%2]}); err != nil {
			t.Fatal(err)
		}
	}
	kept := ledger.KeysAt{At: at, Keys: []venice.APIKey{{ID: fmt.Sprint("key ", n), Type: "ADMIN", Description: "'", Last6Chars: "abcdef",
		CreatedAt: at, LastUsedAt: at, LimitPeriod: "EPOCH", ModelPrivacy: "private",
		ConsumptionLimits: venice.KeyAmounts{USD: decimal.NewNullDecimal(number)}, TrailingSevenDays: venice.KeyAmounts{VCU: decimal.NewNullDecimal(number)}}}}
	if err := s.SaveKeys(t.Context(), account, kept); err != nil {
		t.Fatal(err)
	}
}

// TestSnapshotsOutliveMerges takes snapshots while entries come, go and come again,
// and asks them when all is merged.
func TestSnapshotsOutliveMerges(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	s, reference, r := open(t, address), &ledgertest.Memory{}, rand.New(rand.NewPCG(3, 0))
	var snapshots []ledger.Snapshot
	var want [][]any
	for n := range int64(6) {
		account := []string{"default", "work"}[n%2]
		readings := []ledger.Reading{reading(r, ledgertest.Day.End.Add(time.Duration(n)*time.Minute))}
		for _, store := range []ledger.Store{s, reference} {
			if _, err := store.Replace(t.Context(), account, readings); err != nil {
				t.Fatal(err)
			}
			save(t, store, account, n)
		}
		snapshot, err := s.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		snapshots = append(snapshots, snapshot)
		want = append(want, everything(t, reference, "default", "work"))
	}
	merged(t, address)
	for n, snapshot := range snapshots {
		if diff := differ(want[n], everything(t, snapshot, "default", "work")); diff != "" {
			t.Errorf("snapshot %d: %s", n, diff)
		}
	}
	if diff := differ(want[len(want)-1], everything(t, s, "default", "work")); diff != "" {
		t.Errorf("the books: %s", diff)
	}
}

// TestOldRowsGo has what was saved days ago go, but for the last of it.
func TestOldRowsGo(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	s, reference := open(t, address), &ledgertest.Memory{}
	for n := range int64(5) {
		save(t, s, "default", n)
		if n == 3 {
			for _, table := range []string{"key_days", "api_keys"} {
				run(t, address, "CREATE TABLE older AS ledger_"+table,
					"INSERT INTO older SELECT * REPLACE (saved_at - INTERVAL 3 DAY AS saved_at) FROM ledger_"+table,
					"TRUNCATE TABLE ledger_"+table, "INSERT INTO ledger_"+table+" SELECT * FROM older", "DROP TABLE older")
			}
			merged(t, address)
			save(t, reference, "default", n)
			if diff := differ(everything(t, reference, "default", "work"), everything(t, s, "default", "work")); diff != "" {
				t.Errorf("after three days: %s", diff)
			}
			if rows := text(t, address, "SELECT toString((SELECT (count(), uniqExact(day)) FROM ledger_key_days)) || toString((SELECT count() FROM ledger_api_keys))"); rows != "(2,2)1" {
				t.Errorf("%s rows are left after three days, want the last of each", rows)
			}
		}
	}
	save(t, reference, "default", 4)
	merged(t, address)
	if diff := differ(everything(t, reference, "default", "work"), everything(t, s, "default", "work")); diff != "" {
		t.Errorf("when saved again: %s", diff)
	}
}
