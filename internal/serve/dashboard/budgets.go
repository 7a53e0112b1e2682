package dashboard

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// A budgetList is the budgets that the viewer may see.
type budgetList struct{ Rows []budgetRow }

// A budgetRow is how a budget stands.
type budgetRow struct {
	gauge
	Name, Unit, Period string
	Spent, Amount      decimal.Decimal
	Reached            string // which thresholds
	Ends               time.Time
	Zone               *time.Location
	Notes              []string
}

// A gauge is a share of a whole, as drawn and in words.
type gauge struct {
	Share, Width, Level string // calm, high or spent
	Marks               []string
}

func (s *sheet) budgets(o *outlook) {
	if len(o.budgets) == 0 {
		return
	}
	s.Budgets = new(budgetList)
	for _, b := range o.budgets {
		s.Budgets.Rows = append(s.Budgets.Rows, newBudgetRow(b, s.Now))
	}
}

func newBudgetRow(b budgetState, now time.Time) budgetRow {
	r := budgetRow{Name: b.Name, Unit: b.Unit(), Period: string(b.Period), Spent: b.Spent, Amount: b.Amount,
		Ends: b.Window.End, Zone: b.Zone, Notes: b.notes(now), gauge: newGauge(b.Spent, b.Amount)}
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	if b.Currency == "" {
		r.Unit = "$ equivalent"
	}
	var reached []string
	for _, percent := range b.thresholds {
		if percent < 100 {
			r.Marks = append(r.Marks, fmt.Sprintf("%d%%", percent))
		}
		if b.Reached(percent) {
			reached = append(reached, fmt.Sprintf("%d%%", percent))
		}
	}
	if len(reached) > 0 && r.Level == "calm" {
		r.Level = "high"
	}
	switch {
	case len(reached) > 0:
		r.Reached = "Reached " + strings.Join(reached, ", ")
	case len(b.thresholds) > 0:
		r.Reached = fmt.Sprintf("Below the first threshold of %d%%", b.thresholds[0])
	}
	return r
}

// newGauge shows a share rounded down: it says 100% when all is used, and not before.
func newGauge(used, whole decimal.Decimal) gauge {
	b := gauge{Level: "calm", Share: "100%", Width: "100%"}
	if whole.IsPositive() {
		share, _ := used.Shift(2).QuoRem(whole, 1) // Div could round up to all
		b.Share, b.Width = share.String()+"%", decimal.Min(share, decimal.NewFromInt(100)).String()+"%"
		if share.IsZero() && used.IsPositive() {
			b.Share, b.Width = "<0.1%", "0.1%"
		}
	}
	if used.GreaterThanOrEqual(whole) {
		b.Level = "spent"
	}
	return b
}

// Exceeded says that more than the amount is spent.
func (r budgetRow) Exceeded() bool { return r.Spent.GreaterThan(r.Amount) }

// Over is how much more is spent than may be, or less than 0.
func (r budgetRow) Over() decimal.Decimal { return r.Spent.Sub(r.Amount) }

// Left is how much may still be spent, or less than 0.
func (r budgetRow) Left() decimal.Decimal { return r.Amount.Sub(r.Spent) }

// notes say what the figures are of, and how much they are to be trusted.
func (b budgetState) notes(now time.Time) (notes []string) {
	var of []string
	if !b.everybody {
		of = append(of, "accounts "+strings.Join(b.Accounts, ", "))
	}
	if len(b.Models) > 0 {
		of = append(of, "models "+strings.Join(b.Models, ", "))
	}
	if b.Key != "" {
		of = append(of, "the key "+b.Key)
	}
	if len(of) > 0 {
		notes = append(notes, "Only "+strings.Join(of, "; "))
	}
	switch {
	case b.AsOf.IsZero():
		notes = append(notes, "Incomplete: nothing is known of an account, so more may be spent")
	case !b.Complete:
		notes = append(notes, "Incomplete: a part of the period is not in the books, so more may be spent")
	case b.Lag >= time.Hour:
		notes = append(notes, "As of "+ago(now.Sub(b.AsOf)))
	}
	for _, currency := range b.Unpriced {
		notes = append(notes, fmt.Sprintf("Without %s, which has no known worth in dollars", currency))
	}
	return append(append(notes, b.Warnings...), b.BudgetState.Notes...)
}
