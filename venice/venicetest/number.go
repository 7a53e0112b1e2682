package venicetest

import (
	"strconv"

	"github.com/shopspring/decimal"
)

// appendFixed appends mantissa/10^scale in the form in which JavaScript prints
// a number, because that is the form Venice sends: no trailing zeros, and an
// exponent only below 1e-6.
func appendFixed(b []byte, mantissa int64, scale int) []byte {
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], mantissa, 10)
	if text[0] == '-' {
		return appendDigits(append(b, '-'), text[1:], scale)
	}
	return appendDigits(b, text, scale)
}

// number is d in the form of appendFixed, with every digit kept.
func number(d decimal.Decimal) string {
	coefficient := d.Coefficient()
	var b []byte
	if coefficient.Sign() < 0 {
		b = append(b, '-')
		coefficient.Neg(coefficient)
	}
	return string(appendDigits(b, coefficient.Append(nil, 10), -int(d.Exponent())))
}

// appendDigits appends the decimal number digits/10^scale. digits holds no sign.
func appendDigits(b, digits []byte, scale int) []byte {
	for scale > 0 && digits[len(digits)-1] == '0' && len(digits) > 1 {
		digits, scale = digits[:len(digits)-1], scale-1
	}
	if digits[0] == '0' {
		return append(b, '0')
	}
	exponent := len(digits) - 1 - scale
	switch {
	case exponent < -6:
		b = append(b, digits[0])
		if len(digits) > 1 {
			b = append(append(b, '.'), digits[1:]...)
		}
		return strconv.AppendInt(append(b, 'e'), int64(exponent), 10)
	case exponent < 0:
		b = append(b, '0', '.')
		for i := exponent + 1; i < 0; i++ {
			b = append(b, '0')
		}
		return append(b, digits...)
	case scale > 0:
		b = append(b, digits[:exponent+1]...)
		return append(append(b, '.'), digits[exponent+1:]...)
	default:
		b = append(b, digits...)
		for ; scale < 0; scale++ {
			b = append(b, '0')
		}
		return b
	}
}
