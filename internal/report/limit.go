package report

import (
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

// A LimitState is how far an API key is from its limits.
type LimitState string

// The states.
const (
	LimitNone    LimitState = "none" // it has no limit
	LimitOK      LimitState = "ok"
	LimitNear    LimitState = "near" // 90% used, or more
	LimitReached LimitState = "reached"
)

// nearShare is the percentage of a limit from which on a key is near it, wholeShare
// all of it.
var (
	nearShare  = decimal.NewFromInt(90)
	wholeShare = decimal.NewFromInt(100)
)

// LimitOf finds the limit of a key that is used most. share is in percent, not
// Valid where nothing is known of the use.
func LimitOf(k venice.APIKey) (state LimitState, share decimal.NullDecimal) {
	state = LimitNone
	for _, of := range []struct{ limit, used decimal.NullDecimal }{
		{k.ConsumptionLimits.USD, k.CurrentPeriodUsage.USD},
		{k.ConsumptionLimits.DIEM, k.CurrentPeriodUsage.DIEM},
	} {
		if !of.limit.Valid {
			continue
		}
		if state == LimitNone {
			state = LimitOK
		}
		used := wholeShare // a limit of nothing is reached
		switch {
		case of.limit.Decimal.IsPositive() && !of.used.Valid:
			continue
		case of.limit.Decimal.IsPositive():
			// Rounded down, so that 100 means all of it.
			used, _ = of.used.Decimal.Mul(wholeShare).QuoRem(of.limit.Decimal, 1)
		}
		if !share.Valid || used.GreaterThan(share.Decimal) {
			share = decimal.NewNullDecimal(used)
		}
		reached := !of.limit.Decimal.IsPositive() || of.used.Decimal.GreaterThanOrEqual(of.limit.Decimal)
		switch {
		case reached:
			state = LimitReached
		case used.GreaterThanOrEqual(nearShare) && state != LimitReached:
			state = LimitNear
		}
	}
	return state, share
}
