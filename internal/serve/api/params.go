package api

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// paramAccount is our own parameter, taken by every billing route.
const paramAccount = "account"

// params reads query parameters and collects what is wrong with them.
type params struct {
	query  url.Values
	issues []issue
}

func (c *call) params() *params { return &params{query: c.query} }

// refusal is the error of what was wrong, or nil.
func (p *params) refusal() error {
	if len(p.issues) == 0 {
		return nil
	}
	return invalid(p.issues)
}

func (p *params) fail(name string, i issue) {
	i.Path = []string{name}
	p.issues = append(p.issues, i)
}

// only refuses parameters that the route does not have.
func (p *params) only(names ...string) {
	var unknown []string
	for name := range p.query {
		if name != paramAccount && !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return
	}
	slices.Sort(unknown)
	p.issues = append(p.issues, issue{
		Code: "unrecognized_keys", Keys: unknown, Path: []string{},
		Message: fmt.Sprintf("Unrecognized key(s) in object: '%s'", strings.Join(unknown, "', '")),
	})
}

// text is a parameter that may be given once.
func (p *params) text(name string) (value string, given bool) {
	values := p.query[name]
	if len(values) > 1 {
		p.fail(name, issue{Code: "invalid_type", Expected: "string", Received: "array", Message: "Expected string, received array"})
		return "", false
	}
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

// choice is one of some values.
func (p *params) choice(name, fallback string, from ...string) string {
	value, given := p.text(name)
	if !given {
		return fallback
	}
	if !slices.Contains(from, value) {
		p.fail(name, notAmong(value, from))
	}
	return value
}

func notAmong(value string, options []string) issue {
	return issue{
		Code: "invalid_enum_value", Options: options, Received: value,
		Message: fmt.Sprintf("Invalid enum value. Expected '%s', received '%s'", strings.Join(options, "' | '"), value),
	}
}

// number is a whole number within bounds.
func (p *params) number(name string, fallback, least, most int) int {
	value, given := p.text(name)
	if !given {
		return fallback
	}
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		p.fail(name, issue{Code: "invalid_type", Expected: "number", Received: "nan", Message: "Expected number, received nan"})
	case n < least:
		p.fail(name, issue{Code: "too_small", Minimum: &least, Type: "number", Inclusive: new(true), Exact: new(false),
			Message: fmt.Sprintf("Number must be greater than or equal to %d", least)})
	case n > most:
		p.fail(name, issue{Code: "too_big", Maximum: &most, Type: "number", Inclusive: new(true), Exact: new(false),
			Message: fmt.Sprintf("Number must be less than or equal to %d", most)})
	}
	return n
}

var instantForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$`)

// maxInstant is the longest spelling of an instant that is read.
const maxInstant = 40

// instant is an instant of UTC, cut to the millisecond; zero where it is not
// given.
func (p *params) instant(name string) time.Time {
	value, given := p.text(name)
	if !given {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil || len(value) > maxInstant || !instantForm.MatchString(value) {
		p.fail(name, issue{Code: "invalid_string", Validation: "datetime", Message: "Invalid datetime"})
		return time.Time{}
	}
	if t = t.UTC().Truncate(time.Millisecond); t.Before(ledger.Beginning) {
		return ledger.Beginning
	}
	return t
}

// window is what two instants bound; a zero side is open.
func (p *params) window(startName, endName string) ledger.Window {
	w := ledger.Window{Start: p.instant(startName), End: p.instant(endName)}
	start := w.Start
	if start.IsZero() {
		start = ledger.Beginning
	}
	if len(p.issues) == 0 && !w.End.IsZero() && !start.Before(w.End) {
		p.fail(endName, issue{Code: "custom", Message: endName + " must be later than " + startName})
	}
	return w
}

// matching is a text of a form, and of so many bytes at most.
func (p *params) matching(name string, form *regexp.Regexp, most int) string {
	value, given := p.text(name)
	switch {
	case !given:
	case len(value) > most:
		p.fail(name, issue{Code: "too_big", Maximum: &most, Type: "string", Inclusive: new(true), Exact: new(false),
			Message: fmt.Sprintf("String must contain at most %d character(s)", most)})
	case !form.MatchString(value):
		p.fail(name, issue{Code: "invalid_string", Validation: "regex", Message: "Invalid"})
	}
	return value
}

var dayForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// day is a UTC day.
func (p *params) day(name string) (day time.Time, given bool) {
	value, given := p.text(name)
	if !given {
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, value)
	if err != nil || !dayForm.MatchString(value) {
		p.fail(name, issue{Code: "invalid_string", Validation: "regex", Message: "Invalid"})
	}
	return day, true
}
