package ledger_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// numbers are of any size, many of them near the edges of what can be kept.
func numbers() *rapid.Generator[decimal.Decimal] {
	return rapid.Custom(func(t *rapid.T) decimal.Decimal {
		digits := rapid.StringMatching(`-?[0-9]{1,45}`).Draw(t, "coefficient")
		coefficient, _ := new(big.Int).SetString(digits, 10)
		zeros := rapid.IntRange(0, 30).Draw(t, "zeros")
		coefficient.Mul(coefficient, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(zeros)), nil))
		return decimal.NewFromBigInt(coefficient, rapid.Int32Range(-60, 20).Draw(t, "exponent"))
	})
}

// TestCheckNumber compares with whole numbers of 1e-24, of which there are 38 digits.
func TestCheckNumber(t *testing.T) {
	t.Parallel()
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(ledger.NumberWidth), nil)
	rapid.Check(t, func(t *rapid.T) {
		d := numbers().Draw(t, "number")
		scaled := new(big.Rat).Mul(d.Rat(), new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(ledger.NumberScale), nil)))
		fits := scaled.IsInt() && scaled.Num().CmpAbs(most) < 0
		err := ledger.CheckNumber(d)
		if (err == nil) != fits || err != nil && !errors.Is(err, ledger.ErrInexact) {
			t.Errorf("%s: fits is %t, and the error %v", d, fits, err)
		}
	})
	for _, huge := range []decimal.Decimal{decimal.New(1, 1<<30), decimal.New(1, -1<<30)} { // in no time
		if err := ledger.CheckNumber(huge); !errors.Is(err, ledger.ErrInexact) {
			t.Errorf("exponent %d: error %v", huge.Exponent(), err)
		}
	}
}

func TestShortNumber(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := numbers().Draw(t, "number")
		scale := rapid.Int32Range(0, 40).Draw(t, "scale")
		want := decimal.NewFromBigInt(d.Coefficient(), -scale)
		got := ledger.ShortNumber(d.Coefficient(), scale)
		if !got.Equal(want) || got.Coefficient().CmpAbs(want.Coefficient()) > 0 {
			t.Errorf("%s is %s", want, got)
		}
	})
}
