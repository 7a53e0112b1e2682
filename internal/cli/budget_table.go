package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
)

// budgetBar is how wide the bar of a budget is.
const budgetBar = 20

var hundred = decimal.NewFromInt(100)

// budgetTable shows the budgets, and below what is to be known of each.
func budgetTable(out stream, lines []budgetLine, now time.Time) string {
	columns := []column{
		{name: "BUDGET"}, {name: ""}, {name: "%", number: true}, {name: "SPENT", number: true},
		{name: "OF", number: true}, {name: "LEFT", number: true}, {name: "CURRENCY"}, {name: "PERIOD"}, {name: "ENDS"},
	}
	var rows [][]string
	for _, l := range lines {
		s := l.state
		left := money.Readable(s.Left())
		if s.Exceeded() {
			left = out.paint(red, left)
		}
		rows = append(rows, []string{
			printable(l.Name), thresholdBar(out, l), shareText(s), money.Readable(s.Spent), money.Readable(s.Amount), left,
			printable(s.Unit()), string(s.Period), endsText(s, now),
		})
	}
	var text strings.Builder
	text.WriteString(renderTable(out, columns, rows, true))
	for _, l := range lines {
		text.WriteString(budgetFacts(out, l, now))
	}
	return text.String()
}

// shareText never shows something as nothing, nor what is left as nothing.
func shareText(s *report.BudgetState) string {
	if share := s.Share().Truncate(1); !share.IsZero() || s.Spent.IsZero() {
		return share.String()
	}
	return "<0.1"
}

// endsText says when the period is over, in its zone.
func endsText(s *report.BudgetState, now time.Time) string {
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	return s.Window.End.In(zone).Format("Mon 2006-01-02 15:04 MST") + " (" + inTime(s.Window.End.Sub(now)) + ")"
}

// inTime says how far ahead something is, rounded down.
func inTime(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("in %d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("in %d h", d/time.Hour)
	}
	return fmt.Sprintf("in %d days", d/(24*time.Hour))
}

// thresholdBar draws the share that is spent and marks the thresholds below 100
// percent: the cell of each is another character.
func thresholdBar(out stream, l budgetLine) string {
	s := l.state
	filled := cells(s.Spent, s.Amount, budgetBar)
	color := green
	switch {
	case s.Reached(100):
		color = red
	case slices.ContainsFunc(l.Thresholds, s.Reached):
		color = yellow
	}
	full, empty, marks := "█", "░", [2]string{"▊", "┊"}
	if !out.tty {
		full, empty, marks = "#", ".", [2]string{"|", "|"}
	}
	var spent, left strings.Builder
	for i := range budgetBar {
		part, cell, mark := &spent, full, marks[0]
		if i >= filled {
			part, cell, mark = &left, empty, marks[1]
		}
		if slices.ContainsFunc(l.Thresholds, func(percent int) bool {
			return percent < 100 && cells(decimal.NewFromInt(int64(percent)), hundred, budgetBar) == i+1
		}) {
			cell = mark
		}
		part.WriteString(cell)
	}
	bar := out.paint(color, spent.String()) + out.paint(dim, left.String())
	if out.tty {
		return bar
	}
	return "[" + bar + "]"
}

// budgetFacts say how much the figures are to be trusted.
func budgetFacts(out stream, l budgetLine, now time.Time) string {
	s := l.state
	var reached []string
	for _, percent := range l.Thresholds {
		if s.Reached(percent) {
			reached = append(reached, fmt.Sprintf("%d %%", percent))
		}
	}
	if s.Exceeded() {
		reached = append(reached, out.paint(red, "exceeded"))
	}
	var unpriced, warnings []string
	for _, c := range s.Unpriced {
		unpriced = append(unpriced, printable(string(c)))
	}
	if len(unpriced) > 0 {
		unpriced = []string{strings.Join(unpriced, ", ") + ": worth in dollars unknown"}
	}
	for _, w := range s.Warnings {
		warnings = append(warnings, out.paint(yellow, printable(w)))
	}
	facts := append([]fact{{"reached", reached}, {"left out", unpriced}, {"warning", warnings}, {"note", s.Notes}},
		coverageFacts(out, &report.Report{Complete: s.Complete, Coverage: s.Coverage}, now)...)
	return "\n" + out.paint(bold, printable(l.Name)) + "\n" + writeFacts(out, facts)
}
