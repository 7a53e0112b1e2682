package focus

import "github.com/shopspring/decimal"

// Numbers are promised to be DECIMAL(38,24).
const (
	precision = 38
	scale     = 24
)

// fits says whether a number has no more digits than are promised.
func fits(d decimal.Decimal) bool {
	digits, exponent := int64(d.NumDigits()), int64(d.Exponent())
	switch {
	case d.IsZero():
		return true
	case digits+exponent > precision-scale, digits+exponent <= -scale:
		return false
	case exponent >= -scale:
		return true
	}
	return d.Truncate(scale).Equal(d)
}

var (
	one       = decimal.New(1, 0)
	ten       = decimal.New(1, 1)
	million   = decimal.New(1, 6)
	billionth = decimal.New(1, -9)
)
