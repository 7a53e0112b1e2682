package venice

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// maxNumberLen bounds a number's text, as it came and as it is without an
// exponent. Every number that JSON writers print for a 64-bit float is inside;
// beyond, a few bytes of exponent would ask for gigabytes of digits.
const maxNumberLen = 400

var errNotNumber = errors.New("not a decimal number")

// parseDecimal reads a decimal number, exactly, in JSON's spelling.
func parseDecimal(text string) (decimal.Decimal, error) {
	if err := checkNumber(text); err != nil {
		return decimal.Decimal{}, err
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return decimal.Decimal{}, errNotNumber
	}
	return d, nil
}

// checkNumber refuses what is not a number in JSON's spelling, and what is
// out of bounds. Zeros before the number do no harm.
func checkNumber(text string) error {
	if len(text) > maxNumberLen {
		return fmt.Errorf("a number of %d characters, expected at most %d", len(text), maxNumberLen)
	}
	rest := strings.TrimPrefix(text, "-")
	whole, rest := digits(rest)
	if whole == 0 {
		return errNotNumber
	}
	fraction := 0
	if after, ok := strings.CutPrefix(rest, "."); ok {
		if fraction, rest = digits(after); fraction == 0 {
			return errNotNumber
		}
	}
	if rest == "" {
		return nil
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return errNotNumber
	}
	exponent, err := strconv.Atoi(rest[1:])
	if err != nil {
		return errNotNumber
	}
	if exponent < -maxNumberLen || exponent > maxNumberLen {
		return fmt.Errorf("an exponent of %d, expected within %d", exponent, maxNumberLen)
	}
	const signAndPoint = 2
	if n := max(whole+exponent, 1) + max(fraction-exponent, 0) + signAndPoint; n > maxNumberLen {
		return fmt.Errorf("a number of %d characters without its exponent, expected at most %d", n, maxNumberLen)
	}
	return nil
}

// digits counts the decimal digits that s begins with, and returns what follows.
func digits(s string) (int, string) {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n, s[n:]
}

// parseCount reads a whole number, also one spelled as a decimal ("84306.0").
func parseCount(text string) (int64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	d, err := parseDecimal(text)
	if err != nil {
		return 0, err
	}
	if !d.IsInteger() || !d.BigInt().IsInt64() {
		return 0, errors.New("not a whole number of 64 bits")
	}
	return d.IntPart(), nil
}
