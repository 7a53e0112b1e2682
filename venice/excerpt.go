package venice

import (
	"strconv"
	"unicode/utf8"
)

// maxExcerpt is how much of a value an error text shows, in bytes.
const maxExcerpt = 64

// excerpt quotes the beginning of a value for an error text. Values come from
// outside: they may be long, and control characters in them are escaped.
func excerpt(value string) string {
	if len(value) <= maxExcerpt {
		return strconv.Quote(value)
	}
	end := maxExcerpt
	for end > maxExcerpt-utf8.UTFMax && !utf8.RuneStart(value[end]) {
		end--
	}
	return strconv.Quote(value[:end]) + "..."
}
