package export

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// TimeLayout is how JSON spells instants: RFC 3339, UTC, milliseconds.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// AppendTime spells an instant for JSON. Digits below the millisecond stay
// where Venice sent some.
func AppendTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		return t.AppendFormat(b, time.RFC3339Nano)
	}
	// The time package spells its own layouts several times faster than others.
	b = t.AppendFormat(b, time.RFC3339)
	ms := t.Nanosecond() / int(time.Millisecond)
	return append(b[:len(b)-1], '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10), 'Z')
}

// AppendDecimal spells a number with all its digits, no exponent, and no zeros at
// the end of its decimals, as its String method does in several times as long.
func AppendDecimal(b []byte, d decimal.Decimal) []byte {
	const most = 18 // digits that surely fit in 64 bits
	places := -d.Exponent()
	if places < 0 || places > most || d.NumDigits() > most {
		return append(b, d.String()...)
	}
	coefficient := d.CoefficientInt64()
	if coefficient < 0 {
		b = append(b, '-')
		coefficient = -coefficient
	}
	for places > 0 && coefficient%10 == 0 {
		coefficient /= 10
		places--
	}
	start := len(b)
	b = strconv.AppendInt(b, coefficient, 10)
	if places == 0 {
		return b
	}
	if missing := int(places) + 1 - (len(b) - start); missing > 0 { // zeros before the first digit
		const zeros = "0000000000000000000"
		b = slices.Insert(b, start, []byte(zeros[:missing])...)
	}
	return slices.Insert(b, len(b)-int(places), '.')
}

// AppendUsage appends an entry as one JSON object. It is written by hand because
// an account can have millions of them and encoding/json takes several times as
// long.
func AppendUsage(b []byte, e *venice.UsageEntry) []byte { return appendFields(append(b, '{'), e) }

// AppendEntry appends an entry of the books: its account before the rest.
func AppendEntry(b []byte, e *ledger.Entry) []byte {
	b = AppendString(append(b, `{"account":`...), e.Account)
	return appendFields(append(b, ','), &e.UsageEntry)
}

// appendFields ends the object.
func appendFields(b []byte, e *venice.UsageEntry) []byte {
	b = append(b, `"timestamp":"`...)
	b = AppendTime(b, e.Timestamp)
	b = append(b, `","sku":`...)
	b = AppendString(b, e.SKU)
	b = append(b, `,"pricePerUnitUsd":"`...)
	b = AppendDecimal(b, e.PricePerUnitUSD)
	b = append(b, `","units":"`...)
	b = AppendDecimal(b, e.Units)
	b = append(b, `","amount":"`...)
	b = AppendDecimal(b, e.Amount)
	b = append(b, `","currency":`...)
	b = AppendString(b, string(e.Currency))
	b = append(b, `,"notes":`...)
	b = AppendString(b, e.Notes)
	b = append(b, `,"inferenceDetails":`...)
	if e.InferenceDetails == nil {
		return append(b, "null}"...)
	}
	b = append(b, `{"requestId":`...)
	b = AppendString(b, e.InferenceDetails.RequestID)
	b = append(b, `,"inferenceExecutionTime":`...)
	b = appendCount(b, e.InferenceDetails.InferenceExecutionTime)
	b = append(b, `,"promptTokens":`...)
	b = appendCount(b, e.InferenceDetails.PromptTokens)
	b = append(b, `,"completionTokens":`...)
	b = appendCount(b, e.InferenceDetails.CompletionTokens)
	return append(b, "}}"...)
}

func appendCount(b []byte, n *int64) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, *n, 10)
}

// AppendString appends a JSON string. All control characters are escaped, also
// those that JSON allows (DEL and C1), since they could steer a terminal. What
// is not UTF-8 becomes U+FFFD.
func AppendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r >= 0xa0 && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		b = append(b, s[done:i]...)
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case r == utf8.RuneError:
			b = append(b, "\uFFFD"...)
		default:
			b = append(b, `\u00`...)
			b = append(b, hex[r>>4], hex[r&0xf])
		}
		i += size
		done = i
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}
