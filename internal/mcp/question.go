package mcp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// A span is the range of a question.
type span struct {
	Since string `json:"since,omitempty" jsonschema:"the first instant: a date (2026-01-31, its first instant in zone), an RFC 3339 instant, days or hours back from now (7d, 12h), or all; by default the last 30 days, today included"`
	Until string `json:"until,omitempty" jsonschema:"the first instant after the range, in the same forms but all; by default what the books know"`
	Zone  string `json:"zone,omitempty" jsonschema:"where days begin: an IANA name such as Europe/Berlin; by default UTC"`
}

// A filter keeps only some entries.
type filter struct {
	Accounts   []string `json:"accounts,omitempty" jsonschema:"only these accounts, by the user's names for them; by default all"`
	Models     []string `json:"models,omitempty" jsonschema:"only these models, as in a breakdown by model"`
	Currencies []string `json:"currencies,omitempty" jsonschema:"only these currencies, such as DIEM or USD"`
}

// question reads what was asked.
func (s *server) question(ctx context.Context, r span, f filter) (q report.Question, err error) {
	q.Now = s.Now().Truncate(time.Second)
	if q.Zone, err = zone(r.Zone); err != nil {
		return q, err
	}
	switch r.Since {
	case "all":
	case "":
		q.Window.Start = report.DaysBack(report.DefaultDays, q.Now, q.Zone)
	default:
		if q.Window.Start, err = report.When(r.Since, q.Now, q.Zone); err != nil {
			return q, refuse("invalid since %q: %w, or all", r.Since, err)
		}
	}
	if r.Until != "" {
		if q.Window.End, err = report.When(r.Until, q.Now, q.Zone); err != nil {
			return q, refuse("invalid until %q: %w", r.Until, err)
		}
	}
	q.Models = f.Models
	for _, c := range f.Currencies {
		q.Currencies = append(q.Currencies, venice.Currency(strings.ToUpper(c)))
	}
	if err := q.Check(); err != nil {
		return q, err
	}
	q.Accounts, err = s.accounts(ctx, f.Accounts)
	return q, err
}

// A refusal is the error of a question that cannot be answered as it was put.
type refusal struct{ error }

func refuse(format string, args ...any) error { return refusal{fmt.Errorf(format, args...)} }

// zone finds a time zone; UTC where none is named.
func zone(name string) (*time.Location, error) {
	found, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, refuse("invalid zone %q: must be an IANA name such as Europe/Berlin, or UTC", name)
	}
	return found, nil
}

// accounts are those asked for, or all that there are.
func (s *server) accounts(ctx context.Context, asked []string) ([]string, error) {
	all, err := s.Accounts(ctx)
	if err != nil || len(asked) == 0 {
		return all, err
	}
	for _, name := range asked {
		if !slices.Contains(all, name) {
			return nil, refuse("unknown account %q: expected one of %s", name, clean(strings.Join(all, ", "), maxText))
		}
	}
	asked = slices.Sorted(slices.Values(asked))
	return slices.Compact(asked), nil
}
