package cli

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/money"
)

// readableNull is money.Readable, and a dash for what is unknown or absent.
func readableNull(d decimal.NullDecimal) string {
	if !d.Valid {
		return "-"
	}
	return money.Readable(d.Decimal)
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
