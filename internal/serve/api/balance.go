package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// balance answers GET /billing/balance with the newest balance in the books, as
// Venice gave it. The headers say when that was.
func (c *call) balance(ctx context.Context) (answer, error) {
	p := c.params()
	p.only()
	account, err := c.account(ctx, p)
	if err != nil {
		return answer{}, err
	}
	balances, err := c.books.LastBalances(ctx, account)
	if err != nil {
		return answer{}, err
	}
	b, ok := balances[account]
	if !ok {
		return answer{}, &refusal{failure(http.StatusServiceUnavailable,
			"No balance of the account "+account+" is in the books yet: run 'ducat sync', or wait for the next sync to end").with("Retry-After", later)}
	}
	s, err := c.scope(ctx, account, ledger.Window{}, b.At)
	if err != nil {
		return answer{}, err
	}
	s.asOf, s.complete = b.At, true
	a, same := c.unchanged(s)
	if !same {
		a = s.mark(jsonAnswer(http.StatusOK, wireBalance(b.Balance)))
	}
	age := max(0, c.now.Sub(b.At)/time.Second)
	return a.with("Age", strconv.FormatInt(int64(age), 10)), nil
}

type balanceBody struct {
	CanConsume          bool             `json:"canConsume"`
	ConsumptionCurrency *venice.Currency `json:"consumptionCurrency"`
	Balances            struct {
		DIEM           *number `json:"diem"`
		USD            *number `json:"usd"`
		BundledCredits *number `json:"bundledCredits"`
		EarnedCredits  *number `json:"earnedCredits"`
	} `json:"balances"`
	DIEMEpochAllocation number `json:"diemEpochAllocation"`
}

func wireBalance(b venice.Balance) balanceBody {
	orNull := func(d decimal.NullDecimal) *number {
		if !d.Valid {
			return nil
		}
		return &number{d.Decimal}
	}
	body := balanceBody{CanConsume: b.CanConsume, DIEMEpochAllocation: number{b.DIEMEpochAllocation}}
	if b.ConsumptionCurrency != "" {
		body.ConsumptionCurrency = &b.ConsumptionCurrency
	}
	body.Balances.DIEM = orNull(b.Balances.DIEM)
	body.Balances.USD = orNull(b.Balances.USD)
	body.Balances.BundledCredits = orNull(b.Balances.BundledCredits)
	body.Balances.EarnedCredits = orNull(b.Balances.EarnedCredits)
	return body
}
