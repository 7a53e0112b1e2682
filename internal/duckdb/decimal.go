package duckdb

import (
	"fmt"
	"math/big"
	"math/bits"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

const (
	width = ledger.NumberWidth
	scale = ledger.NumberScale
)

// fits says, quickly, that a number surely fits.
func fits(d decimal.Decimal) bool {
	return d.Exponent() >= -scale && int64(d.NumDigits())+int64(d.Exponent()) <= width-scale
}

// stored is d as the driver wants it: the driver does not look at the scale of
// what it is given, and takes the value for one of the column's. An error is
// ledger.ErrInexact.
func stored(d decimal.Decimal) (duckdb.Decimal, error) {
	shift := int64(d.Exponent()) + scale
	if d.IsZero() {
		return duckdb.Decimal{Width: width, Scale: scale, Value: new(big.Int)}, nil
	}
	if shift > width {
		return duckdb.Decimal{}, fmt.Errorf("%w: a number of more than %d digits before the point", ledger.ErrInexact, width-scale)
	}
	// A coefficient has few digits next to this, unless its number came with
	// thousands of them.
	if shift < -int64(d.NumDigits()) {
		return duckdb.Decimal{}, fmt.Errorf("%w: a number of more than %d decimals", ledger.ErrInexact, scale)
	}
	if value, ok := product(d, shift); ok {
		return duckdb.Decimal{Width: width, Scale: scale, Value: value}, nil
	}
	value := d.Coefficient()
	if shift >= 0 {
		value.Mul(value, powerOf10(shift))
	} else {
		var rest big.Int
		value.QuoRem(value, powerOf10(-shift), &rest)
		if rest.Sign() != 0 {
			return duckdb.Decimal{}, fmt.Errorf("%w: %s has more than %d decimals", ledger.ErrInexact, d, scale)
		}
	}
	if value.CmpAbs(powerOf10(width)) >= 0 {
		return duckdb.Decimal{}, fmt.Errorf("%w: %s has more than %d digits before the point", ledger.ErrInexact, d, width-scale)
	}
	return duckdb.Decimal{Width: width, Scale: scale, Value: value}, nil
}

// product is the coefficient of d times 10 to the power of shift, for numbers of
// a size that nearly all have: it takes a fifth of the time of the general way.
func product(d decimal.Decimal, shift int64) (*big.Int, bool) {
	if shift < 0 || shift > scale || d.NumDigits() > width-scale {
		return nil, false
	}
	coefficient := d.CoefficientInt64()
	const half = scale / 2
	high, low := bits.Mul64(uint64(max(coefficient, -coefficient)), powersOf10[min(shift, half)].Uint64())
	rest := powersOf10[max(0, shift-half)].Uint64()
	carry, low := bits.Mul64(low, rest)
	// A word has 64 bits wherever the database runs.
	value := new(big.Int).SetBits([]big.Word{big.Word(low), big.Word(high*rest + carry)})
	if coefficient < 0 {
		value.Neg(value)
	}
	return value, true
}

// powerOf10 is not to be changed.
func powerOf10(n int64) *big.Int {
	if n < int64(len(powersOf10)) {
		return powersOf10[n]
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil)
}

var powersOf10 = func() (powers [width + 1]*big.Int) {
	for n := range powers {
		powers[n] = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	}
	return powers
}()

// A number scans a DECIMAL column, with NULL as an absent one.
type number struct{ decimal.NullDecimal }

func (n *number) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		n.NullDecimal = decimal.NullDecimal{}
	case duckdb.Decimal:
		n.NullDecimal = decimal.NewNullDecimal(exact(v))
	default:
		return fmt.Errorf("a number was expected, got a %T", value)
	}
	return nil
}

// exact is a number as the driver gives it.
func exact(d duckdb.Decimal) decimal.Decimal { return ledger.ShortNumber(d.Value, int32(d.Scale)) }
