package cli

import (
	"github.com/ducat-ledger/ducat/internal/alert"
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/venice"
)

// budgetsJSON is the contract of 'budget -o json'.
type budgetsJSON struct {
	Budgets  []budgetJSON `json:"budgets"`
	Exceeded bool         `json:"exceeded"` // any of them
	Complete bool         `json:"complete"` // all of them
}

type budgetJSON struct {
	Budget     string            `json:"budget"`
	Accounts   []string          `json:"accounts"`
	Models     []string          `json:"models"`
	Key        *string           `json:"key"`
	Period     alert.Period      `json:"period"`
	Amount     string            `json:"amount"`
	Currency   string            `json:"currency"`
	Spent      string            `json:"spent"`
	Left       string            `json:"left"`
	Share      string            `json:"share"`
	Exceeded   bool              `json:"exceeded"`
	Unpriced   []venice.Currency `json:"unpriced"`
	Thresholds []thresholdJSON   `json:"thresholds"`
	Alerts     []string          `json:"alerts"`
	AsOf       *string           `json:"asOf"`
	Lag        *int64            `json:"lag"`
	Complete   bool              `json:"complete"`
	Coverage   []export.Coverage `json:"coverage"`
	Warnings   []string          `json:"warnings"`
	Notes      []string          `json:"notes"`
}

type thresholdJSON struct {
	Percent int  `json:"percent"`
	Reached bool `json:"reached"`
}

func newBudgetsJSON(lines []budgetLine) budgetsJSON {
	j := budgetsJSON{Budgets: []budgetJSON{}, Complete: true}
	for _, l := range lines {
		s := l.state
		b := budgetJSON{
			Budget:     l.Name,
			Accounts:   notNil(l.Accounts),
			Models:     notNil(l.Models),
			Key:        notEmpty(l.Key),
			Period:     alert.NewPeriod(s),
			Amount:     s.Amount.String(),
			Currency:   s.Unit(),
			Spent:      s.Spent.String(),
			Left:       s.Left().String(),
			Share:      s.Share().String(),
			Exceeded:   s.Exceeded(),
			Unpriced:   notNil(s.Unpriced),
			Thresholds: []thresholdJSON{},
			Alerts:     notNil(l.Alerts),
			AsOf:       export.Instant(s.AsOf),
			Lag:        alert.Seconds(s),
			Complete:   s.Complete,
			Coverage:   export.NewCoverage(s.Coverage),
			Warnings:   notNil(s.Warnings),
			Notes:      notNil(s.Notes),
		}
		for _, percent := range l.Thresholds {
			b.Thresholds = append(b.Thresholds, thresholdJSON{percent, s.Reached(percent)})
		}
		j.Budgets = append(j.Budgets, b)
		j.Exceeded = j.Exceeded || b.Exceeded
		j.Complete = j.Complete && b.Complete
	}
	return j
}
