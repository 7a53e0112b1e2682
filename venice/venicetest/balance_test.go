package venicetest_test

import (
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func TestBalance(t *testing.T) {
	t.Parallel()
	yesterday, refund := debit(24*60, "DIEM", "-30"), debit(2, "USD", "-1")
	refund.Amount = "0.25"
	s := start(t, venicetest.Config{Ledger: []venicetest.Entry{
		yesterday, debit(60, "DIEM", "-1.5"), debit(50, "USD", "-7.25"), refund, debit(40, "BUNDLED_CREDITS", "-0.000001"),
	}})
	check := func(want string) {
		t.Helper()
		if got := ask(t, s, "balance"); string(got.body) != want {
			t.Errorf("balance\n got %s\nwant %s", got.body, want)
		}
	}
	// USD: 7 taken by the start, opened with 107; bundled: 0.000001, opened with 101.
	check(`{"canConsume":true,"consumptionCurrency":"DIEM","balances":{"diem":98.5,"usd":100,"bundledCredits":100.999999,"earnedCredits":100},"diemEpochAllocation":100}`)
	got := ask(t, s, "balance")
	if got.header.Get("x-venice-balance-usd") != "100" || got.header.Get("x-venice-balance-diem") != "98.5" {
		t.Errorf("balance headers %v", got.header)
	}
	s.Post(debit(1, "DIEM", "-98.6"), debit(1, "USD", "-100"))
	check(`{"canConsume":true,"consumptionCurrency":"EARNED_CREDITS","balances":{"diem":-0.1,"usd":null,"bundledCredits":100.999999,"earnedCredits":100},"diemEpochAllocation":100}`)
	s.Post(debit(1, "EARNED_CREDITS", "-100"), debit(1, "BUNDLED_CREDITS", "-100.95"))
	check(`{"canConsume":false,"consumptionCurrency":"BUNDLED_CREDITS","balances":{"diem":-0.1,"usd":null,"bundledCredits":0.049999,"earnedCredits":null},"diemEpochAllocation":100}`)
	s.Post(debit(1, "BUNDLED_CREDITS", "-0.049999"))
	check(`{"canConsume":false,"consumptionCurrency":null,"balances":{"diem":-0.1,"usd":null,"bundledCredits":null,"earnedCredits":null},"diemEpochAllocation":100}`)
	s.Advance(12 * time.Hour)
	check(`{"canConsume":true,"consumptionCurrency":"DIEM","balances":{"diem":100,"usd":null,"bundledCredits":null,"earnedCredits":null},"diemEpochAllocation":100}`)
	if got := ask(t, s, "balance?x=1"); got.status != 400 {
		t.Errorf("unknown parameter: status %d", got.status)
	}
}
