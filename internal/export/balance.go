package export

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

// An Epoch is the state of an account's DIEM day.
type Epoch struct {
	Allocation decimal.Decimal
	// Used is not Valid for an account without DIEM.
	Used decimal.NullDecimal
	// Left is the time until DIEM refills, Ends the instant.
	Left time.Duration
	Ends time.Time
}

// NewEpoch reckons by Venice's clock where the answer told it, and else from the
// instant of the balance.
func NewEpoch(b *venice.Balance, at time.Time) Epoch {
	if !b.Meta.Date.IsZero() {
		at = b.Meta.Date
	}
	e := Epoch{Allocation: b.DIEMEpochAllocation, Ends: at.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)}
	e.Left = e.Ends.Sub(at)
	if b.Balances.DIEM.Valid && b.DIEMEpochAllocation.IsPositive() {
		e.Used = decimal.NewNullDecimal(b.DIEMEpochAllocation.Sub(b.Balances.DIEM.Decimal))
	}
	return e
}

// A Balance is how JSON spells a balance.
type Balance struct {
	CanConsume          bool     `json:"canConsume" jsonschema:"whether what was left sufficed for Venice to serve a request"`
	ConsumptionCurrency *string  `json:"consumptionCurrency" jsonschema:"what the next request would have been charged in; null when nothing was left"`
	Balances            Balances `json:"balances" jsonschema:"what was left of each currency; null where Venice names no balance"`
	DIEMEpochAllocation *string  `json:"diemEpochAllocation" jsonschema:"the DIEM allowance of a UTC day; 0 without one, null where it is not known"`
	DIEMEpochUsed       *string  `json:"diemEpochUsed" jsonschema:"the part of it that was used; null without one"`
	DIEMEpochEnds       string   `json:"diemEpochEnds" jsonschema:"when the allowance refills"`
}

// Balances are what is left of each currency; nil where Venice names no balance.
type Balances struct {
	DIEM           *string `json:"diem"`
	USD            *string `json:"usd"`
	BundledCredits *string `json:"bundledCredits"`
	EarnedCredits  *string `json:"earnedCredits"`
}

// NewBalance spells a balance.
func NewBalance(b *venice.Balance, e Epoch) Balance {
	return Balance{
		CanConsume:          b.CanConsume,
		ConsumptionCurrency: notEmpty(string(b.ConsumptionCurrency)),
		Balances: Balances{
			DIEM:           Digits(b.Balances.DIEM),
			USD:            Digits(b.Balances.USD),
			BundledCredits: Digits(b.Balances.BundledCredits),
			EarnedCredits:  Digits(b.Balances.EarnedCredits),
		},
		DIEMEpochAllocation: new(e.Allocation.String()),
		DIEMEpochUsed:       Digits(e.Used),
		DIEMEpochEnds:       e.Ends.Format(TimeLayout),
	}
}

// Digits is a number with every digit, or null.
func Digits(d decimal.NullDecimal) *string {
	if !d.Valid {
		return nil
	}
	return new(d.Decimal.String())
}

// notEmpty makes "" into JSON's null.
func notEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
