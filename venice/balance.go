package venice

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/shopspring/decimal"
)

// A Balance is what the account can spend now.
type Balance struct {
	// CanConsume says whether the spendable total of DIEM, earned and bundled
	// credits and USD is at least 0.10. Limits of single keys are not counted.
	CanConsume bool
	// ConsumptionCurrency is what the next request would be charged in, or ""
	// when nothing is left.
	ConsumptionCurrency Currency
	// Balances holds what is left of each currency.
	Balances Balances
	// DIEMEpochAllocation is the whole DIEM allowance of a UTC day; 0 for an
	// account that does not stake.
	DIEMEpochAllocation decimal.Decimal
	// Meta is what the answer's headers said.
	Meta Meta
}

// Balances are what is left of each currency. One that is not Valid was null or
// absent: nothing is left of it, or the account has none.
type Balances struct {
	DIEM           decimal.NullDecimal // left of today's allowance
	USD            decimal.NullDecimal
	BundledCredits decimal.NullDecimal
	EarnedCredits  decimal.NullDecimal
}

// GetBalance asks for the account's balance (GET /billing/balance). It costs
// one request.
//
// Errors: [ErrAuthentication] for a missing, wrong or non-admin key,
// [ErrTimeout], [ErrConnection], [ErrRateLimit], [ErrServer].
func (b *BillingService) GetBalance(ctx context.Context) (*Balance, error) {
	var balance Balance
	resp, err := b.client.do(ctx, request{path: "billing/balance", decode: balance.decode})
	if err != nil {
		return nil, err
	}
	balance.Meta = resp.meta
	return &balance, nil
}

// decode reads a balance. Venice sends null, or nothing, for a currency that
// the account has none of.
func (b *Balance) decode(body []byte) error {
	var w struct {
		CanConsume          bool        `json:"canConsume"`
		ConsumptionCurrency Currency    `json:"consumptionCurrency"`
		DIEMEpochAllocation json.Number `json:"diemEpochAllocation"`
		Balances            *struct {
			DIEM           json.Number `json:"diem"`
			USD            json.Number `json:"usd"`
			BundledCredits json.Number `json:"bundledCredits"`
			EarnedCredits  json.Number `json:"earnedCredits"`
		} `json:"balances"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return fieldError(err)
	}
	if w.Balances == nil {
		return errors.New("balances is missing")
	}
	*b = Balance{CanConsume: w.CanConsume, ConsumptionCurrency: w.ConsumptionCurrency}
	for _, field := range []struct {
		name string
		text json.Number
		into *decimal.NullDecimal
	}{
		{"balances.diem", w.Balances.DIEM, &b.Balances.DIEM},
		{"balances.usd", w.Balances.USD, &b.Balances.USD},
		{"balances.bundledCredits", w.Balances.BundledCredits, &b.Balances.BundledCredits},
		{"balances.earnedCredits", w.Balances.EarnedCredits, &b.Balances.EarnedCredits},
	} {
		if field.text == "" {
			continue
		}
		d, err := parseDecimal(string(field.text))
		if err != nil {
			return badField(field.name, string(field.text), err)
		}
		*field.into = decimal.NewNullDecimal(d)
	}
	if w.DIEMEpochAllocation == "" {
		return nil
	}
	var err error
	if b.DIEMEpochAllocation, err = parseDecimal(string(w.DIEMEpochAllocation)); err != nil {
		return badField("diemEpochAllocation", string(w.DIEMEpochAllocation), err)
	}
	return nil
}
