package clickhouse_test

import (
	"fmt"
	"math/rand/v2"
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

// everything is all that books say.
func everything(t *testing.T, b ledger.Books) (all []any) {
	t.Helper()
	add := func(value any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, value)
	}
	ctx := t.Context()
	accounts, err := b.Accounts(ctx)
	add(accounts, err)
	for _, account := range append(accounts, "nobody") {
		selection := ledger.Selection{Accounts: []string{account}}
		add(stateOf(ctx, b, account))
		add(b.Requests(ctx, ledger.Query{Selection: selection}))
		add(b.Prices(ctx, selection))
		add(b.Newest(ctx, account, time.Time{}))
		add(b.Balances(ctx, account, ledger.Window{}))
		add(b.LastBalance(ctx, account))
		add(b.KeyDays(ctx, account, ledger.Window{}))
		add(b.Keys(ctx, account))
	}
	add(b.Coverage(ctx))
	return all
}

// save keeps what is beside the entries, all of it of a number.
func save(t *testing.T, s ledger.Store, account string, n int64) {
	t.Helper()
	number := decimal.New(n, -9)
	balance := ledger.BalanceAt{At: day.Start}
	balance.Balances.USD = decimal.NewNullDecimal(number)
	if err := s.SaveBalance(t.Context(), account, balance); err != nil {
		t.Fatal(err)
	}
	at := day.End.Add(time.Duration(n) * time.Second)
	for i := range 2 {
		keys := []venice.KeySpend{{APIKeyID: fmt.Sprint("key ", n), Description: "it's", TotalUSD: number}, {TotalDIEM: number, TotalUnits: number}}
		if err := s.SaveKeyDay(t.Context(), account, ledger.KeyDay{Day: day.Start.AddDate(0, 0, i), ReadAt: at, Keys: keys[:1+int(n)%2]}); err != nil {
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
		account := fmt.Sprint("account ", n%2)
		readings := []ledger.Reading{reading(r, day.End.Add(time.Duration(n)*time.Minute))}
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
		want = append(want, everything(t, reference))
	}
	merged(t, address)
	for n, snapshot := range snapshots {
		if diff := differ(want[n], everything(t, snapshot)); diff != "" {
			t.Errorf("snapshot %d: %s", n, diff)
		}
	}
	if diff := differ(want[len(want)-1], everything(t, s)); diff != "" {
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
			if diff := differ(everything(t, reference), everything(t, s)); diff != "" {
				t.Errorf("after three days: %s", diff)
			}
			if rows := text(t, address, "SELECT toString((SELECT (count(), uniqExact(day)) FROM ledger_key_days)) || toString((SELECT count() FROM ledger_api_keys))"); rows != "(2,2)1" {
				t.Errorf("%s rows are left after three days, want the last of each", rows)
			}
		}
	}
	save(t, reference, "default", 4)
	merged(t, address)
	if diff := differ(everything(t, reference), everything(t, s)); diff != "" {
		t.Errorf("when saved again: %s", diff)
	}
}
