package venicetest

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// params reads query parameters as strictly as the API does and collects what is
// wrong with them.
type params struct {
	query  url.Values
	issues []issue
}

func (p *params) fail(name string, i issue) {
	i.Path = []string{name}
	p.issues = append(p.issues, i)
}

// only reports parameters that the route does not have.
func (p *params) only(names ...string) {
	var unknown []string
	for name := range p.query {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return
	}
	slices.Sort(unknown)
	p.issues = append(p.issues, issue{
		Code:    "unrecognized_keys",
		Keys:    unknown,
		Message: fmt.Sprintf("Unrecognized key(s) in object: '%s'", strings.Join(unknown, "', '")),
	})
}

// get returns a parameter that is given exactly once.
func (p *params) get(name string) (string, bool) {
	values, given := p.query[name]
	if !given {
		return "", false
	}
	if len(values) != 1 {
		p.fail(name, issue{Code: "invalid_type", Expected: "string", Received: "array", Message: "Expected string, received array"})
		return "", false
	}
	return values[0], true
}

func (p *params) enum(name, fallback string, options ...string) string {
	value, given := p.get(name)
	if !given {
		return fallback
	}
	if !slices.Contains(options, value) {
		p.fail(name, issue{
			Code: "invalid_enum_value", Options: options, Received: value,
			Message: fmt.Sprintf("Invalid enum value. Expected '%s', received '%s'", strings.Join(options, "' | '"), value),
		})
		return fallback
	}
	return value
}

func (p *params) integer(name string, fallback, low, high int) int {
	value, given := p.get(name)
	if !given {
		return fallback
	}
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		p.fail(name, issue{Code: "invalid_type", Expected: "number", Received: "nan", Message: "Expected number, received nan"})
	case n < low:
		p.fail(name, issue{
			Code: "too_small", Minimum: &low, Type: "number", Inclusive: new(true), Exact: new(false),
			Message: fmt.Sprintf("Number must be greater than or equal to %d", low),
		})
	case n > high:
		p.fail(name, issue{
			Code: "too_big", Maximum: &high, Type: "number", Inclusive: new(true), Exact: new(false),
			Message: fmt.Sprintf("Number must be less than or equal to %d", high),
		})
	default:
		return n
	}
	return fallback
}

var (
	instantForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$`)
	cursorForm  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

const maxTimestampLen = 40

// instant reads a UTC timestamp with Z as Unix milliseconds; finer digits are cut
// off, as JavaScript dates do.
func (p *params) instant(name string, fallback int64) int64 {
	value, given := p.get(name)
	if !given {
		return fallback
	}
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil || len(value) > maxTimestampLen || !instantForm.MatchString(value) {
		p.fail(name, issue{Code: "invalid_string", Validation: "datetime", Message: "Invalid datetime"})
		return fallback
	}
	return max(t.UnixMilli(), firstMS)
}

// span reads two instants as a half-open range.
func (p *params) span(startName, endName string) (start, end int64) {
	start, end = p.instant(startName, firstMS), p.instant(endName, lastMS)
	if end <= start && len(p.issues) == 0 {
		p.fail(endName, issue{Code: "custom", Message: endName + " must be later than " + startName})
	}
	return start, end
}

func (p *params) matching(name string, form *regexp.Regexp, maxLen int) string {
	value, given := p.get(name)
	switch {
	case !given:
	case len(value) > maxLen:
		p.fail(name, issue{
			Code: "too_big", Maximum: &maxLen, Type: "string", Inclusive: new(true), Exact: new(false),
			Message: fmt.Sprintf("String must contain at most %d character(s)", maxLen),
		})
	case !form.MatchString(value):
		p.fail(name, issue{Code: "invalid_string", Validation: "regex", Message: "Invalid"})
	default:
		return value
	}
	return ""
}
