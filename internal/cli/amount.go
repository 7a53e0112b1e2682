package cli

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// places is how many decimals tables show.
const places = 6

// readable formats a number for a table: thousands separated, at most six
// decimals. A number that is not zero never looks like zero.
func readable(d decimal.Decimal) string {
	sign := ""
	if d.IsNegative() {
		sign = "-"
	}
	rounded := d.Round(places).Abs()
	if rounded.IsZero() && !d.IsZero() {
		return sign + "<0." + strings.Repeat("0", places-1) + "1"
	}
	whole, fraction, hasFraction := strings.Cut(rounded.String(), ".")
	text := sign + thousands(whole)
	if hasFraction {
		text += "." + fraction
	}
	return text
}

// readableNull is readable, and a dash for what is unknown or absent.
func readableNull(d decimal.NullDecimal) string {
	if !d.Valid {
		return "-"
	}
	return readable(d.Decimal)
}

// thousands separates the digits of a whole number.
func thousands(digits string) string {
	var s strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			s.WriteByte(',')
		}
		s.WriteRune(digit)
	}
	return s.String()
}

// printable takes what could steer a terminal out of a text that came from
// elsewhere.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
