package api

import (
	"math/big"

	"github.com/shopspring/decimal"
)

// powersOf10 are those that plain divides by. It is not to be changed.
var powersOf10 = map[int32]int64{1: 1e1, 2: 1e2, 4: 1e4, 8: 1e8, 16: 1e16}

// plain is d without zeros at its end, as 0.10 has one: stores give numbers the
// number of decimals that their columns have.
func plain(d decimal.Decimal) decimal.Decimal {
	if d.Exponent() >= 0 {
		return d
	}
	if d.IsZero() {
		return decimal.Decimal{}
	}
	coefficient, exponent := d.Coefficient(), d.Exponent()
	var power, shorter, rest big.Int
	for zeros := int32(16); zeros > 0; zeros /= 2 { // 31 together, more than any store adds
		if exponent+zeros > 0 {
			continue
		}
		power.SetInt64(powersOf10[zeros])
		if shorter.QuoRem(coefficient, &power, &rest); rest.Sign() == 0 {
			coefficient.Set(&shorter)
			exponent += zeros
		}
	}
	return decimal.NewFromBigInt(coefficient, exponent)
}

// number is a decimal that is written as a JSON number with every digit.
type number struct{ decimal.Decimal }

// MarshalJSON does not heed the settings of the decimal package, which any part of
// a program can change.
func (n number) MarshalJSON() ([]byte, error) { return appendNumber(nil, n.Decimal), nil }

func appendNumber(b []byte, d decimal.Decimal) []byte {
	d = plain(d)
	return append(b, d.StringFixed(max(-d.Exponent(), 0))...)
}
