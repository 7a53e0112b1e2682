package ledgertest

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

func testBalances(t *testing.T, s ledger.Store) {
	ctx := t.Context()
	balance := func(when, usd string) ledger.BalanceAt {
		return ledger.BalanceAt{At: at(when), Balance: venice.Balance{
			CanConsume: true, ConsumptionCurrency: venice.USD, DIEMEpochAllocation: dec("90.5"),
			Balances: venice.Balances{USD: decimal.NewNullDecimal(dec(usd)), EarnedCredits: decimal.NewNullDecimal(decimal.Zero)},
		}}
	}
	morning, midday, night := balance("2026-06-26T08:00:00.000001Z", "-0.000000000000000000000001"), balance("2026-06-26T12:00:00Z", "25.123456789"), balance("2026-06-26T23:00:00Z", "3")
	withMeta := night
	withMeta.Meta.RequestID = "not kept"
	replaced := balance("2026-06-26T12:00:00Z", "1")
	for _, balances := range [][]ledger.BalanceAt{{withMeta}, {replaced, morning, replaced}, {replaced, midday}} {
		if err := s.SaveBalance(ctx, "mine", balances...); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveBalance(ctx, "another", balance("2026-06-27T00:00:00Z", "5")); err != nil {
		t.Fatal(err)
	}
	same(t, "all", []ledger.BalanceAt{morning, midday, night}, must(s.Balances(ctx, "mine", ledger.Window{}))(t))
	same(t, "within", []ledger.BalanceAt{morning, midday}, must(s.Balances(ctx, "mine", ledger.Window{Start: morning.At, End: night.At}))(t))
	same(t, "after", []ledger.BalanceAt{midday, night}, must(s.Balances(ctx, "mine", ledger.Window{Start: morning.At.Add(1)}))(t))
	same(t, "last", map[string]ledger.BalanceAt{"mine": night}, must(s.LastBalances(ctx, "mine", "nobody"))(t))
	same(t, "accounts", []string{"another", "mine"}, must(s.Accounts(ctx))(t))
}

func testKeyDays(t *testing.T, s ledger.Store) {
	ctx := t.Context()
	day := func(text string, keys ...venice.KeySpend) ledger.KeyDay {
		return ledger.KeyDay{Day: at(text), ReadAt: noon, Keys: keys}
	}
	web := venice.KeySpend{Description: "Web App", TotalUSD: dec("1.25"), TotalUnits: dec("1000000")}
	key := venice.KeySpend{APIKeyID: "k1", Description: "it's a key", TotalDIEM: dec("0.000000000000000000000001")}
	first, empty, third := day("2026-06-26T00:00:00Z", web, key), day("2026-06-27T00:00:00Z"), day("2026-06-28T00:00:00Z", key, web)
	for _, d := range []ledger.KeyDay{third, day("2026-06-26T00:00:00Z", key, key, key), empty, first} {
		if err := s.SaveKeyDay(ctx, "mine", d); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "all", map[string][]ledger.KeyDay{"mine": {first, empty, third}}, must(s.KeyDays(ctx, ledger.Window{}))(t))
	same(t, "within", map[string][]ledger.KeyDay{"mine": {empty}}, must(s.KeyDays(ctx, ledger.Window{Start: first.Day.Add(time.Millisecond), End: third.Day}, "mine", "another"))(t))
	same(t, "of another account", map[string][]ledger.KeyDay{}, must(s.KeyDays(ctx, ledger.Window{}, "another"))(t))
	same(t, "accounts", []string{"mine"}, must(s.Accounts(ctx))(t))
	if err := s.SaveKeyDay(ctx, "mine", day("2026-06-26T01:00:00Z")); err == nil {
		t.Error("a day that begins at one is kept")
	}
}

func testKeys(t *testing.T, s ledger.Store) {
	ctx := t.Context()
	amount := func(text string) decimal.NullDecimal { return decimal.NewNullDecimal(dec(text)) }
	whole := venice.APIKey{
		ID: "k1", Type: venice.AdminKey, Description: "it's a key", Last6Chars: "ab'c12",
		CreatedAt: at("2026-06-01T08:00:00.000001Z"), ExpiresAt: at("2027-01-01T00:00:00Z"), LastUsedAt: noon,
		ConsumptionLimits: venice.KeyAmounts{USD: amount("9999999999"), DIEM: amount("0"), VCU: amount("1")},
		LimitPeriod:       venice.LimitMonth, ModelPrivacy: "PRIVATE_ONLY",
		CurrentPeriodUsage: venice.KeyAmounts{USD: amount("0.000000000000000000000001"), DIEM: amount("2"), VCU: amount("3")},
		TrailingSevenDays:  venice.KeyAmounts{USD: amount("4"), DIEM: amount("5"), VCU: amount("6.25")},
	}
	bare := venice.APIKey{ID: "k0"}
	withMeta, unknown := whole, whole
	withMeta.Meta.RequestID = "not kept"
	withMeta.LastUsedAt = noon.Add(999)
	unknown.ID = "k2"
	for _, keys := range []ledger.KeysAt{
		{At: noon.Add(time.Hour), Keys: []venice.APIKey{unknown, bare}},
		{At: noon.Add(999), Keys: []venice.APIKey{withMeta, bare}},
	} {
		if err := s.SaveKeys(ctx, "mine", keys); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveKeys(ctx, "another", ledger.KeysAt{At: noon}); err != nil {
		t.Fatal(err)
	}
	same(t, "the last ones", map[string]ledger.KeysAt{"mine": {At: noon, Keys: []venice.APIKey{whole, bare}}}, must(s.Keys(ctx, "mine", "nobody"))(t))
	same(t, "of all", map[string]ledger.KeysAt{"mine": {At: noon, Keys: []venice.APIKey{whole, bare}}, "another": {At: noon}}, must(s.Keys(ctx))(t))
	same(t, "never read", map[string]ledger.KeysAt{}, must(s.Keys(ctx, "nobody"))(t))
	same(t, "accounts", []string{"another", "mine"}, must(s.Accounts(ctx))(t))
	snapshot := must(s.Snapshot(ctx))(t)
	same(t, "of a snapshot", map[string]ledger.KeysAt{"another": {At: noon}}, must(snapshot.Keys(ctx, "another"))(t))
	if err := snapshot.Close(); err != nil {
		t.Error(err)
	}
}
