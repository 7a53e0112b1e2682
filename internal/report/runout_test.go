package report_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// Many accounts, whose books end at other instants, are asked for together, and
// DIEM of each ends when it does of that account alone.
func TestRunOutsOfManyAccounts(t *testing.T) { onEveryStore(t, testRunOutsOfManyAccounts) }

func testRunOutsOfManyAccounts(t *testing.T, kind storeKind) {
	store := kind.open(t)
	r := rand.New(rand.NewPCG(7, 7))
	var names []string
	for i := range 36 { // more than are learnt together
		name := fmt.Sprintf("account-%02d", i)
		names = append(names, name)
		end := wednesday.Add(-time.Duration(i*i) * 11 * time.Second)
		if _, err := store.Replace(t.Context(), name, someHistory(r, i, end)); err != nil {
			t.Fatal(err)
		}
		balance := ledger.BalanceAt{At: end.Add(-time.Duration(r.IntN(5)*i) * time.Minute)}
		if i%9 != 0 {
			balance.Balances.DIEM = decimal.NewNullDecimal(decimal.NewFromInt(int64(r.IntN(20))))
		}
		if err := store.SaveBalance(t.Context(), name, balance); err != nil {
			t.Fatal(err)
		}
	}
	verdicts := map[report.Verdict]int{}
	together := foresee(t, store, report.Scope{Now: wednesday}).RunOuts
	if len(together) != len(names) {
		t.Fatalf("%d run-outs of %d accounts", len(together), len(names))
	}
	for i, name := range names {
		alone := foresee(t, store, report.Scope{Accounts: []string{name}, Now: wednesday}).RunOuts[0]
		if diff := cmp.Diff(alone, together[i], cmp.Comparer(decimal.Decimal.Equal)); diff != "" {
			t.Errorf("%s, alone and together:\n%s", name, diff)
		}
		verdicts[alone.Forecast.Verdict]++
	}
	for _, v := range []report.Verdict{report.RunsOut, report.NotBeforeReset, report.IsOut, report.Unknown} {
		if verdicts[v] < 2 {
			t.Errorf("%s is tried with %d accounts only", v, verdicts[v])
		}
	}
}

// someHistory is spend in two currencies until an instant: from half an hour to
// half a year, with pauses, after a credit, and of each fifth account with a part
// that nobody read.
func someHistory(r *rand.Rand, i int, end time.Time) []ledger.Reading {
	ages := []time.Duration{30 * time.Minute, 20 * time.Hour, 5 * 24 * time.Hour, 40 * 24 * time.Hour, 70 * 24 * time.Hour, 180 * 24 * time.Hour}
	age := ages[i%len(ages)]
	var entries []venice.UsageEntry
	begin := end.Add(-age)
	entries = append(entries, venice.UsageEntry{Timestamp: begin.Add(-time.Hour), SKU: "credit-purchase", Amount: dec("5"), Currency: venice.USD})
	for at := begin.Add(time.Duration(r.IntN(30)) * time.Minute); at.Before(end); at = at.Add(time.Duration(1+r.Int64N(int64(age/80+time.Minute)/int64(time.Second))) * time.Second) {
		if at.Weekday() == time.Sunday && i%2 == 0 {
			continue
		}
		e := venice.UsageEntry{Timestamp: at.Truncate(time.Millisecond), SKU: "x-llm-output-mtoken", Amount: decimal.New(-1-r.Int64N(100), -2), Currency: venice.DIEM}
		if r.IntN(3) == 0 {
			e.Currency = venice.USD
		}
		entries = append(entries, e)
	}
	readings := []ledger.Reading{{Window: ledger.Window{Start: ledger.Beginning, End: end}}}
	if i%5 == 0 {
		unread := ledger.Window{Start: end.Add(-age / 2), End: end.Add(-age / 3)}
		readings = []ledger.Reading{{Window: ledger.Window{Start: ledger.Beginning, End: unread.Start}}, {Window: ledger.Window{Start: unread.End, End: end}}}
	}
	for i := range readings {
		readings[i].ReadAt = end
		for _, e := range entries {
			if readings[i].Window.Contains(e.Timestamp) {
				readings[i].Entries = append(readings[i].Entries, e)
			}
		}
	}
	return readings
}
