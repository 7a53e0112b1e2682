package status_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/status"
	"github.com/ducat-ledger/ducat/venice"
)

// now is a Monday, an hour and ten minutes into the UTC day.
var now = at("2026-06-15T01:10:00Z")

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err) // a mistake in a test
	}
	return t.UTC()
}

func dec(text string) decimal.Decimal { return decimal.RequireFromString(text) }

func some(text string) decimal.NullDecimal { return decimal.NewNullDecimal(dec(text)) }

// An item is an entry in few words.
type item struct {
	when, amount string
	currency     venice.Currency
}

// booked puts entries into the account's books, which are complete in the window.
func booked(t *testing.T, store ledger.Store, account, start, end string, items ...item) {
	t.Helper()
	r := ledger.Reading{Window: ledger.Window{Start: at(start), End: at(end)}, ReadAt: at(end)}
	for _, i := range items {
		r.Entries = append(r.Entries, venice.UsageEntry{Timestamp: at(i.when), SKU: "x", Amount: dec(i.amount), Currency: i.currency})
	}
	if _, err := store.Replace(t.Context(), account, []ledger.Reading{r}); err != nil {
		t.Fatal(err)
	}
}

// The figures are those of the entries, added up by hand.
func TestAsk(t *testing.T) {
	t.Parallel()
	store := new(ledgertest.Memory)
	booked(t, store, "home", "1970-01-01T00:00:00Z", "2026-06-15T01:05:00Z",
		item{"2026-05-31T23:59:59.999Z", "-1000", venice.USD},
		item{"2026-06-01T00:00:00Z", "-0.5", venice.USD},
		item{"2026-06-14T23:59:59Z", "-0.25", venice.BundledCredits},
		item{"2026-06-15T00:00:00Z", "-0.00000004", venice.DIEM},
		item{"2026-06-15T00:04:59Z", "-4", venice.VCU},
		item{"2026-06-15T00:05:00Z", "-2", venice.EarnedCredits},
		item{"2026-06-15T00:30:00Z", "50", venice.USD},
		item{"2026-06-15T01:04:59Z", "-0.125", venice.DIEM},
		item{"2026-06-15T01:04:59Z", "-7", "STARDUST"},
	)
	booked(t, store, "gap", "2026-06-10T00:00:00Z", "2026-06-15T01:00:00Z", item{"2026-06-15T00:10:00Z", "-3", venice.USD})
	booked(t, store, "late", "2026-06-01T00:00:00Z", "2026-06-14T12:00:00Z", item{"2026-06-14T11:30:00Z", "-1.5", venice.USD})
	booked(t, store, "old", "1970-01-01T00:00:00Z", "2026-05-31T12:00:00Z", item{"2026-05-31T11:30:00Z", "-9", venice.USD})
	balance := ledger.BalanceAt{At: at("2026-06-15T01:05:00Z"), Balance: venice.Balance{DIEMEpochAllocation: dec("2")}}
	balance.Balances.DIEM, balance.Balances.USD = some("1.5"), some("0.0000001")
	if err := store.SaveBalance(t.Context(), "home", balance); err != nil {
		t.Fatal(err)
	}
	budget := report.Budget{Name: "b", Accounts: []string{"home"}, Amount: dec("2"), Currency: venice.EarnedCredits, Period: report.PerDay,
		Zone: time.FixedZone("two", 2*60*60)}

	got, err := status.Ask(t.Context(), store, []string{"home", "gap", "late", "old", "none"}, []report.Budget{budget}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := &status.Status{
		Accounts: []status.Account{
			{Name: "home", AsOf: at("2026-06-15T01:05:00Z"), Complete: true,
				BalanceAt: balance.At, DIEM: some("1.5"), USD: some("0.0000001"), Allocation: dec("2"),
				Today: some("2.52500004"), Month: some("3.27500004"), Hour: some("2.125"), Unpriced: []venice.Currency{"STARDUST"}},
			{Name: "gap", AsOf: at("2026-06-15T01:00:00Z"), Today: some("3"), Month: some("3"), Hour: some("3")},
			{Name: "late", AsOf: at("2026-06-14T12:00:00Z"), Complete: true, Month: some("1.5"), Hour: some("1.5")},
			{Name: "old", AsOf: at("2026-05-31T12:00:00Z")},
			{Name: "none"},
		},
		// The day of the budget began at 22:00 UTC.
		Budgets: []status.Budget{{Name: "b", Accounts: []string{"home"}, Unit: "EARNED_CREDITS", Period: "day", Amount: dec("2"),
			Spent: dec("2"), Share: dec("100"), Complete: true, Ends: at("2026-06-15T22:00:00Z")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTotal(t *testing.T) {
	t.Parallel()
	home := status.Account{Name: "home", AsOf: now, Complete: true, BalanceAt: now, DIEM: some("1"), USD: some("2"), Allocation: dec("4"),
		Today: some("0.5"), Month: some("1"), Hour: some("0.25"), Unpriced: []venice.Currency{"B", "C"}}
	work := status.Account{Name: "work", AsOf: now.Add(-time.Hour), Complete: true, BalanceAt: now.Add(-2 * time.Hour), USD: some("3"),
		EarnedCredits: some("9"), Today: some("0.125"), Month: some("2"), Unpriced: []venice.Currency{"A", "B"}}
	both := status.Account{AsOf: now.Add(-time.Hour), Complete: true, BalanceAt: now.Add(-2 * time.Hour), DIEM: some("1"), USD: some("5"),
		EarnedCredits: some("9"), Allocation: dec("4"), Today: some("0.625"), Month: some("3"), Unpriced: []venice.Currency{"A", "B", "C"}}
	for name, test := range map[string]struct {
		accounts []status.Account
		want     status.Account
	}{
		"none":  {nil, status.Account{}},
		"one":   {[]status.Account{home}, home},
		"two":   {[]status.Account{home, work}, both},
		"empty": {[]status.Account{work, {Name: "new"}}, status.Account{USD: some("3"), EarnedCredits: some("9"), Unpriced: work.Unpriced}},
	} {
		got := (&status.Status{Accounts: test.accounts}).Total()
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEpochUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		account status.Account
		want    string // "" is unknown
	}{
		"today":       {status.Account{BalanceAt: at("2026-06-15T00:00:00Z"), DIEM: some("27.5"), Allocation: dec("100")}, "72.5"},
		"overdrawn":   {status.Account{BalanceAt: now, DIEM: some("-0.5"), Allocation: dec("2")}, "2.5"},
		"yesterday's": {status.Account{BalanceAt: at("2026-06-14T23:59:59Z"), DIEM: some("27.5"), Allocation: dec("100")}, ""},
		"no DIEM":     {status.Account{BalanceAt: now, Allocation: dec("100")}, ""},
		"no epoch":    {status.Account{BalanceAt: now, DIEM: some("27.5")}, ""},
		"no balance":  {status.Account{}, ""},
	} {
		got := test.account.EpochUsed(now)
		if got.Valid != (test.want != "") || got.Valid && !got.Decimal.Equal(dec(test.want)) {
			t.Errorf("%s: %v, want %q", name, got, test.want)
		}
	}
}

// What is asked for does not come back without its error.
func TestAskFails(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := status.Ask(ctx, new(ledgertest.Memory), []string{"home"}, nil, now); err == nil {
		t.Errorf("%+v without an error", s)
	}
}
