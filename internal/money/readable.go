// Package money spells amounts for people. Programs get every digit; what a
// person reads is short, and yet never claims that something is nothing.
package money

import (
	"strings"

	"github.com/shopspring/decimal"
)

// Places is how many decimals are shown at most.
const Places = 6

// Readable spells a number with its thousands separated and at most six
// decimals. A number that is not zero never looks like zero: below half a
// millionth it is "<0.000001", or "-<0.000001".
func Readable(d decimal.Decimal) string {
	sign := ""
	if d.IsNegative() {
		sign = "-"
	}
	rounded := d.Round(Places).Abs()
	if rounded.IsZero() && !d.IsZero() {
		return sign + "<0." + strings.Repeat("0", Places-1) + "1"
	}
	whole, fraction, hasFraction := strings.Cut(rounded.String(), ".")
	text := sign + Thousands(whole)
	if hasFraction {
		text += "." + fraction
	}
	return text
}

// Thousands separates the digits of a whole number.
func Thousands(digits string) string {
	var s strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			s.WriteByte(',')
		}
		s.WriteRune(digit)
	}
	return s.String()
}
