package mcp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/report"
)

// A Budget is one that the user has set up.
type Budget struct {
	report.Budget
	Thresholds []int    // percents of the amount that are watched
	Alerts     []string // who is told
}

type budgetsQuestion struct {
	Names []string `json:"names,omitempty" jsonschema:"only these budgets; by default all"`
}

type budgets struct {
	Budgets  []export.Budget `json:"budgets" jsonschema:"empty where the user has configured none"`
	Exceeded bool            `json:"exceeded" jsonschema:"whether more than the amount of any of them is spent"`
	known
}

func (s *server) addBudgets() error {
	return add(s, tool{"budgets", "How the budgets stand",
		"What is spent of each budget that the user has configured, in the period that runs now, and what is left. The same as 'ducat budget'. " +
			"Budgets are looked at after the fact: they do not keep Venice from charging more."}, s.budgets)
}

func (s *server) budgets(ctx context.Context, asked budgetsQuestion) (budgets, error) {
	var names []string
	for _, b := range s.Budgets {
		names = append(names, b.Name)
	}
	for _, name := range asked.Names {
		if !slices.Contains(names, name) {
			return budgets{}, refuse("unknown budget %q: there are %s", name, strings.Join(append(names, "no others"), ", "))
		}
	}
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return budgets{}, err
	}
	now := s.Now().Truncate(time.Second)
	var list []export.Budget
	var coverage []report.Coverage
	for _, b := range s.Budgets {
		if len(asked.Names) > 0 && !slices.Contains(asked.Names, b.Name) {
			continue
		}
		question := b.Budget
		if len(question.Accounts) == 0 {
			question.Accounts = accounts
		}
		state, err := report.AskBudget(ctx, s.Books, question, b.PeriodAt(now), now)
		if err != nil {
			return budgets{}, fmt.Errorf("budget %s: %w", b.Name, err)
		}
		list = append(list, export.NewBudget(b.Budget, state, b.Thresholds, b.Alerts))
		coverage = append(coverage, state.Coverage...)
	}
	form := export.NewBudgets(list)
	return budgets{Budgets: form.Budgets, Exceeded: form.Exceeded, known: newKnown(form.Complete, coverage)}, nil
}

func (b budgets) text() string {
	var t strings.Builder
	if len(b.Budgets) == 0 {
		return "No budget is configured: see 'ducat budget --help'.\n"
	}
	t.WriteString(b.line())
	for _, b := range b.Budgets {
		fmt.Fprintf(&t, "%s, %s from %s to %s: spent %s of %s %s (%s %%), left %s", b.Budget, b.Period.Name, b.Period.Start, b.Period.End,
			b.Spent, b.Amount, b.Currency, b.Share, b.Left)
		if b.Exceeded {
			t.WriteString("; EXCEEDED")
		}
		if !b.Complete {
			t.WriteString("; incomplete, more may be spent")
		}
		for _, said := range slices.Concat(b.Warnings, b.Notes) {
			fmt.Fprintf(&t, "; %s", said)
		}
		t.WriteByte('\n')
	}
	return t.String()
}
