package venice

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// A jsonWalk reads a JSON text from its beginning to its end, so that an error
// can say where in the text it is, a member that occurs twice is seen twice, and
// numbers keep all their digits. After the first error every read gives zero,
// so callers look at err once, at the end.
type jsonWalk struct {
	tokens *json.Decoder
	path   []jsonStep // to the value that is read now
	err    error
}

// A jsonStep leads to a member of an object or an element of an array.
type jsonStep struct {
	name  string
	index int // -1 for a member
}

func newJSONWalk(r io.Reader) *jsonWalk {
	w := &jsonWalk{tokens: json.NewDecoder(r)}
	w.tokens.UseNumber()
	return w
}

// object reads an object; member must read the value of each name.
func (w *jsonWalk) object(member func(name string)) {
	if token := w.next(); token != json.Delim('{') {
		w.refuse(token, errors.New("expected an object"))
		return
	}
	w.members(member)
}

// objectOrNull is object, where null is an object without members.
func (w *jsonWalk) objectOrNull(member func(name string)) {
	switch token := w.next(); token {
	case nil:
	case json.Delim('{'):
		w.members(member)
	default:
		w.refuse(token, errors.New("expected an object or null"))
	}
}

// members reads what follows the opening brace of an object.
func (w *jsonWalk) members(member func(name string)) {
	for w.err == nil && w.tokens.More() {
		name, _ := w.next().(string)
		w.within(jsonStep{name, -1}, func() { member(name) })
	}
	w.next() // the closing brace
}

// jsonArray reads an array, or null, which gives nil.
func jsonArray[T any](w *jsonWalk, element func() T) []T {
	switch token := w.next(); token {
	case nil:
		return nil
	case json.Delim('['):
	default:
		w.refuse(token, errors.New("expected an array"))
		return nil
	}
	values := []T{}
	for w.err == nil && w.tokens.More() {
		w.within(jsonStep{"", len(values)}, func() { values = append(values, element()) })
	}
	w.next() // the closing bracket
	return values
}

// text reads a string; null gives "".
func (w *jsonWalk) text() string {
	switch token := w.next().(type) {
	case string:
		return token
	case nil:
	default:
		w.refuse(token, errors.New("expected a string"))
	}
	return ""
}

// decimal reads a number, also one in a string; null gives 0.
func (w *jsonWalk) decimal() decimal.Decimal {
	token := w.next()
	if token == nil {
		return decimal.Decimal{}
	}
	value, err := parseDecimal(scalarText(token))
	if err != nil {
		w.refuse(token, err)
	}
	return value
}

// nullDecimal reads a number, also one in a string, or null.
func (w *jsonWalk) nullDecimal() decimal.NullDecimal {
	token := w.next()
	if token == nil {
		return decimal.NullDecimal{}
	}
	value, err := parseDecimal(scalarText(token))
	if err != nil {
		w.refuse(token, err)
	}
	return decimal.NewNullDecimal(value)
}

// count reads a whole number, also one in a string; null gives 0.
func (w *jsonWalk) count() int64 {
	token := w.next()
	if token == nil {
		return 0
	}
	n, err := parseCount(scalarText(token))
	if err != nil {
		w.refuse(token, err)
	}
	return n
}

// truth reads true or false, also in a string; null gives false.
func (w *jsonWalk) truth() bool {
	switch token := w.next(); token {
	case true, "true":
		return true
	case false, "false", nil:
	default:
		w.refuse(token, errors.New("expected true or false"))
	}
	return false
}

// instant reads an instant in any form of [parseInstant]. What has none is the
// zero time: null, an empty text, and the {} of Venice's own samples.
func (w *jsonWalk) instant() time.Time {
	token := w.next()
	switch token {
	case nil, "":
		return time.Time{}
	case json.Delim('{'):
		w.members(func(string) { w.skip() })
		return time.Time{}
	}
	value, err := parseInstant(scalarText(token))
	if err != nil {
		w.refuse(token, err)
	}
	return value
}

// day reads a UTC day in any form of [parseDay].
func (w *jsonWalk) day() time.Time {
	token := w.next()
	value, err := parseDay(scalarText(token))
	if err != nil {
		w.refuse(token, err)
	}
	return value
}

// skip reads a value of any kind and forgets it.
func (w *jsonWalk) skip() {
	var ignored json.RawMessage
	if w.err == nil {
		w.fail(w.tokens.Decode(&ignored))
	}
}

// end checks that nothing follows.
func (w *jsonWalk) end() {
	if w.err != nil {
		return
	}
	if _, err := w.tokens.Token(); err != io.EOF {
		w.fail(errors.New("expected the end of the text"))
	}
}

// next reads one token: a delimiter, a string, a number, a bool or nil.
func (w *jsonWalk) next() json.Token {
	if w.err != nil {
		return nil
	}
	token, err := w.tokens.Token()
	w.fail(err)
	return token
}

// within reads a value at a step below the present path.
func (w *jsonWalk) within(step jsonStep, read func()) {
	w.path = append(w.path, step)
	read()
	w.path = w.path[:len(w.path)-1]
}

// refuse fails because of a value.
func (w *jsonWalk) refuse(token json.Token, err error) {
	w.fail(fmt.Errorf("%s: %w", describe(token), err))
}

// fail notes the first error and where it is.
func (w *jsonWalk) fail(err error) {
	if w.err != nil || err == nil {
		return
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	w.err = err
	if len(w.path) > 0 {
		w.err = fmt.Errorf("%s: %w", spellPath(w.path), err)
	}
}

// plainName is a name that needs no quotes in a path.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,39}$`)

// spellPath spells a path as in byModel[3].totalUsd, and names that come from
// outside in quotes: byModelDaily[0]["GLM 5.1"].
func spellPath(path []jsonStep) string {
	var text strings.Builder
	for _, step := range path {
		switch {
		case step.index >= 0:
			fmt.Fprintf(&text, "[%d]", step.index)
		case !plainName.MatchString(step.name):
			fmt.Fprintf(&text, "[%s]", excerpt(step.name))
		case text.Len() > 0:
			text.WriteString("." + step.name)
		default:
			text.WriteString(step.name)
		}
	}
	return text.String()
}

// scalarText is the text of a string or a number, "" for anything else.
func scalarText(token json.Token) string {
	switch token := token.(type) {
	case string:
		return token
	case json.Number:
		return token.String()
	}
	return ""
}

// describe shows a token in an error text.
func describe(token json.Token) string {
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return "an object"
		}
		return "an array"
	case bool:
		return strconv.FormatBool(token)
	case nil:
		return "null"
	}
	return excerpt(scalarText(token))
}
