package export

import (
	"time"

	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// Budgets are how JSON spells how budgets stand.
type Budgets struct {
	Budgets  []Budget `json:"budgets"`
	Exceeded bool     `json:"exceeded" jsonschema:"whether more than the amount of any of them is spent"`
	Complete bool     `json:"complete" jsonschema:"whether the books know the periods of all of them"`
}

// A Budget is how one stands.
type Budget struct {
	Budget     string            `json:"budget" jsonschema:"its name"`
	Accounts   []string          `json:"accounts" jsonschema:"only these are counted; empty for all"`
	Models     []string          `json:"models" jsonschema:"only these are counted; empty for all"`
	Key        *string           `json:"key" jsonschema:"only what this API key spent; null for all"`
	Period     BudgetPeriod      `json:"period" jsonschema:"the period that runs now"`
	Amount     string            `json:"amount" jsonschema:"what may be spent in a period"`
	Currency   string            `json:"currency" jsonschema:"of the amount and the spend: a currency, or dollars for the dollar equivalent of all"`
	Spent      string            `json:"spent"`
	Left       string            `json:"left" jsonschema:"negative when more than the amount is spent"`
	Share      string            `json:"share" jsonschema:"percent of the amount that are spent"`
	Exceeded   bool              `json:"exceeded"`
	Unpriced   []venice.Currency `json:"unpriced" jsonschema:"currencies with spend that dollars leaves out"`
	Thresholds []Threshold       `json:"thresholds"`
	Alerts     []string          `json:"alerts" jsonschema:"who is told when a threshold is reached"`
	AsOf       *string           `json:"asOf" jsonschema:"where the books end; null where nothing is known"`
	Lag        *int64            `json:"lag" jsonschema:"how many seconds ago that was"`
	Complete   bool              `json:"complete" jsonschema:"whether the books know the period so far; if not, more may have been spent"`
	Coverage   []Coverage        `json:"coverage"`
	Warnings   []string          `json:"warnings" jsonschema:"what is probably a mistake in the budget"`
	Notes      []string          `json:"notes" jsonschema:"what the figures leave out"`
}

// A BudgetPeriod is one of a budget.
type BudgetPeriod struct {
	Name  report.BudgetPeriod `json:"name" jsonschema:"epoch (a UTC day), day, week or month"`
	Zone  string              `json:"zone"`
	Start string              `json:"start"`
	End   string              `json:"end"`
}

// A Threshold is a percentage of a budget that somebody watches.
type Threshold struct {
	Percent int  `json:"percent"`
	Reached bool `json:"reached"`
}

// NewBudget spells how a budget stands.
func NewBudget(b report.Budget, s *report.BudgetState, thresholds []int, alerts []string) Budget {
	j := Budget{
		Budget:     b.Name,
		Accounts:   notNil(b.Accounts),
		Models:     notNil(b.Models),
		Key:        notEmpty(b.Key),
		Period:     NewBudgetPeriod(s),
		Amount:     s.Amount.String(),
		Currency:   s.Unit(),
		Spent:      s.Spent.String(),
		Left:       s.Left().String(),
		Share:      s.Share().String(),
		Exceeded:   s.Exceeded(),
		Unpriced:   notNil(s.Unpriced),
		Thresholds: make([]Threshold, len(thresholds)),
		Alerts:     notNil(alerts),
		AsOf:       Instant(s.AsOf),
		Lag:        Lag(s),
		Complete:   s.Complete,
		Coverage:   NewCoverage(s.Coverage),
		Warnings:   notNil(s.Warnings),
		Notes:      notNil(s.Notes),
	}
	for i, percent := range thresholds {
		j.Thresholds[i] = Threshold{percent, s.Reached(percent)}
	}
	return j
}

// NewBudgets puts budgets together.
func NewBudgets(budgets []Budget) Budgets {
	j := Budgets{Budgets: notNil(budgets), Complete: true}
	for _, b := range budgets {
		j.Exceeded = j.Exceeded || b.Exceeded
		j.Complete = j.Complete && b.Complete
	}
	return j
}

// NewBudgetPeriod spells the period of a state.
func NewBudgetPeriod(s *report.BudgetState) BudgetPeriod {
	zone := "UTC"
	if s.Zone != nil {
		zone = s.Zone.String()
	}
	return BudgetPeriod{s.Period, zone, *Instant(s.Window.Start), *Instant(s.Window.End)}
}

// Lag is how many seconds ago the books of a state end; nil where it is unknown.
func Lag(s *report.BudgetState) *int64 {
	if s.AsOf.IsZero() {
		return nil
	}
	return new(int64(s.Lag / time.Second))
}

// notNil makes no list into an empty one.
func notNil[E any](list []E) []E { return append([]E{}, list...) }
