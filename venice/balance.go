package venice

import (
	"context"

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
	return getJSON(ctx, b.client, request{path: "billing/balance"}, decodeBalance)
}
