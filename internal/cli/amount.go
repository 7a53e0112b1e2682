package cli

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/money"
)

// readable formats a number for a table.
func readable(d decimal.Decimal) string { return money.Readable(d) }

// readableNull is readable, and a dash for what is unknown or absent.
func readableNull(d decimal.NullDecimal) string {
	if !d.Valid {
		return "-"
	}
	return readable(d.Decimal)
}

// thousands separates the digits of a whole number.
func thousands(digits string) string { return money.Thousands(digits) }

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
