package ledger

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"

	"github.com/shopspring/decimal"
)

// Databases keep numbers as DECIMAL(38, 24), which holds every number of 1e-7 to
// 1e13 that JSON can carry in a double, with all its digits.
const (
	NumberWidth = 38
	NumberScale = 24
)

// CheckNumber says why a number of an entry or a balance cannot be kept with
// NumberWidth digits, NumberScale of them decimals: ErrInexact.
func CheckNumber(d decimal.Decimal) error {
	const most = NumberWidth - NumberScale
	exponent, digits := int64(d.Exponent()), int64(d.NumDigits())
	switch {
	case d.IsZero():
		return nil
	case digits+exponent > most:
		return fmt.Errorf("%w: a number of more than %d digits before the point", ErrInexact, most)
	case exponent >= -NumberScale:
		return nil
	case digits+exponent <= -NumberScale: // it may have thousands of them
		return fmt.Errorf("%w: a number of more than %d decimals", ErrInexact, NumberScale)
	case !d.Truncate(NumberScale).Equal(d):
		return fmt.Errorf("%w: %s has more than %d decimals", ErrInexact, d, NumberScale)
	default:
		return nil
	}
}

// ShortNumber is a coefficient with so many decimals, where many of them are 0
// without those: in 64 bits, as nearly all numbers are then, what is done with
// one takes half the time.
func ShortNumber(coefficient *big.Int, scale int32) decimal.Decimal {
	for _, zeros := range [...]struct {
		n     int32
		power uint64
	}{{12, 1e12}, {6, 1e6}} {
		if short, ok := without(coefficient, scale, zeros.n, zeros.power); ok {
			return short
		}
	}
	return decimal.NewFromBigInt(coefficient, -scale)
}

func without(coefficient *big.Int, scale, zeros int32, divisor uint64) (decimal.Decimal, bool) {
	words := coefficient.Bits()
	if scale < zeros || len(words) > 2 || bits.UintSize != 64 {
		return decimal.Decimal{}, false
	}
	var high, low uint64
	if len(words) > 0 {
		low = uint64(words[0])
	}
	if len(words) > 1 {
		high = uint64(words[1])
	}
	if high >= divisor {
		return decimal.Decimal{}, false
	}
	quotient, rest := bits.Div64(high, low, divisor)
	if rest != 0 || quotient > math.MaxInt64 {
		return decimal.Decimal{}, false
	}
	short := int64(quotient)
	if coefficient.Sign() < 0 {
		short = -short
	}
	return decimal.New(short, zeros-scale), true
}
