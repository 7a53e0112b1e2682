package focus

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Why text cannot stand in a file that goes to spreadsheets and importers.
const (
	badControl  = "text has control characters or is not UTF-8"
	badFormula  = "text begins with = + - @, which a spreadsheet would run"
	badNullWord = "text is blank or a word for nothing, such as NULL"
)

// nullWords are taken for no value by one reader or another.
var nullWords = map[string]bool{"n/a": true, "null": true, "none": true, "nan": true, "undefined": true, "not applicable": true}

// unfit is why text from outside cannot be written as it is, or "".
func unfit(text string) string {
	switch {
	case strings.TrimSpace(text) == "" || nullWords[strings.ToLower(strings.TrimSpace(text))]:
		return badNullWord
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return badControl
	case strings.ContainsRune("=+-@", rune(text[0])):
		return badFormula
	}
	return ""
}

// safe is text for people to look at in a spreadsheet, whatever it was.
func safe(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}

// ascii cuts text to a length and puts ? for what importers may not read.
func ascii(text string, length int) string {
	text = strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, text)
	return text[:min(len(text), length)]
}
