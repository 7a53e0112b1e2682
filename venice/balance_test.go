package venice

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestGetBalance(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body                                        string
		diem, usd, bundled, earned, allocation, cur string
		canConsume                                  bool
	}{
		"documented":    {balanceBody, "90.5", "25", "10", "", "100", "DIEM", true},
		"seen live":     {`{"canConsume":true,"consumptionCurrency":"USD","balances":{"diem":174.046883,"usd":1.31},"diemEpochAllocation":200}`, "174.046883", "1.31", "", "", "200", "USD", true},
		"earned":        {`{"canConsume":true,"consumptionCurrency":"EARNED_CREDITS","balances":{"diem":null,"usd":null,"bundledCredits":null,"earnedCredits":"0.300000000000000000001"},"diemEpochAllocation":0}`, "", "", "", "0.300000000000000000001", "0", "EARNED_CREDITS", true},
		"nothing left":  {`{"canConsume":false,"consumptionCurrency":null,"balances":{"diem":0,"usd":null},"diemEpochAllocation":0,"more":1}`, "0", "", "", "", "0", "", false},
		"below nothing": {`{"canConsume":false,"consumptionCurrency":null,"balances":{"diem":-1.2e-9,"usd":null},"diemEpochAllocation":0}`, "-0.0000000012", "", "", "", "0", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := fakeClient(t, func(*http.Request) (*http.Response, error) { return answer(200, test.body), nil })
			b, err := c.Billing.GetBalance(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if b.CanConsume != test.canConsume || string(b.ConsumptionCurrency) != test.cur || b.DIEMEpochAllocation.String() != test.allocation {
				t.Errorf("balance is %+v", b)
			}
			for name, pair := range map[string][2]string{
				"diem":    {nullText(b.Balances.DIEM), test.diem},
				"usd":     {nullText(b.Balances.USD), test.usd},
				"bundled": {nullText(b.Balances.BundledCredits), test.bundled},
				"earned":  {nullText(b.Balances.EarnedCredits), test.earned},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
				}
			}
		})
	}
}

func TestAMalformedBalanceIsAnError(t *testing.T) {
	t.Parallel()
	for body, says := range map[string]string{
		`{}`: "balances is missing",
		`{"balances":{"usd":"lots"},"diemEpochAllocation":0}`:           "invalid number",
		`{"balances":{"usd":{}},"diemEpochAllocation":0}`:               "balances.usd is an object",
		`{"balances":{"usd":1e5000},"diemEpochAllocation":0}`:           "balances.usd",
		`{"canConsume":"yes","balances":{},"diemEpochAllocation":0}`:    "canConsume is a string",
		`{"diemBalance":1,"usdBalance":2,"totalDiemEpochAllocation":3}`: "balances is missing",
	} {
		c := fakeClient(t, func(*http.Request) (*http.Response, error) { return answer(200, body), nil }, WithMaxRetries(0))
		if _, err := c.Billing.GetBalance(t.Context()); !errors.Is(err, ErrServer) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v, want %q", body, err, says)
		}
	}
}
