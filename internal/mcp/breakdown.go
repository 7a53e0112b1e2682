package mcp

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// maxRows is how many rows an answer lists.
const maxRows = 200

type breakdownQuestion struct {
	By  []ledger.Dimension `json:"by" jsonschema:"one or two dimensions, at most one of them a period of time (hour, day, week, month); key goes with day, week, month and account only, with zone UTC, and with no filter but accounts"`
	Top int                `json:"top,omitempty" jsonschema:"keep only so many groups, those with the highest spend in dollar equivalents, and add the others up as (other)"`
	span
	filter
}

type breakdown struct {
	By          []ledger.Dimension `json:"by"`
	Zone        string             `json:"zone" jsonschema:"the time zone where days begin"`
	Window      export.Window      `json:"window" jsonschema:"the range that was asked for; without an end it ends where the books do"`
	Rows        []export.Row       `json:"rows" jsonschema:"periods of time ascend; other groups have the highest spend in dollar equivalents first"`
	Truncated   bool               `json:"truncated" jsonschema:"whether rows were left out at the end: ask for a shorter range, longer periods, or top"`
	RowsOmitted int                `json:"rowsOmitted" jsonschema:"how many rows were left out"`
	Totals      export.Figures     `json:"totals" jsonschema:"of all groups, also of those that were left out"`
	known
}

func (s *server) addBreakdown() error {
	return add(s, tool{"breakdown", "Spend by day, model, key ...",
		fmt.Sprintf("The figures of totals, in groups: by day, hour, week, month, model, sku, meter, currency, account or key. "+
			"The same figures as 'ducat report --by'. At most %d rows are listed. By key only the spend in USD (bundled credits included) and DIEM is known, "+
			"in whole UTC days, from sums that Venice makes.", maxRows)},
		s.breakdown, func(input *jsonschema.Schema) {
			by := input.Properties["by"]
			by.MinItems, by.MaxItems = new(1), new(report.MaxDimensions)
			oneOf(by.Items, report.Dimensions()...)
			between(input.Properties["top"], 1, maxRows)
		})
}

func (s *server) breakdown(ctx context.Context, asked breakdownQuestion) (breakdown, error) {
	q, err := s.question(ctx, asked.span, asked.filter)
	if err != nil {
		return breakdown{}, err
	}
	q.By, q.Top = asked.By, asked.Top
	r, err := report.Ask(ctx, s.Books, q)
	if err != nil {
		return breakdown{}, err
	}
	omitted := max(0, len(r.Rows)-maxRows)
	r.Rows = r.Rows[:len(r.Rows)-omitted]
	form := export.NewReport(r)
	return breakdown{
		By: form.By, Zone: form.Zone, Window: form.Window,
		Rows: form.Rows, Truncated: omitted > 0, RowsOmitted: omitted,
		Totals: form.Totals, known: newKnown(r.Complete, r.Coverage),
	}, nil
}

func (b breakdown) text() string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s (%s), in all: %s.\n%s", b.Window, b.Zone, figuresText(&b.Totals), b.line())
	for _, row := range b.Rows {
		for i, d := range b.By {
			if i > 0 {
				t.WriteString(", ")
			}
			fmt.Fprintf(&t, "%s %s", d, row.Group[d])
		}
		fmt.Fprintf(&t, ": %s\n", figuresText(&row.Figures))
	}
	if b.Truncated {
		fmt.Fprintf(&t, "TRUNCATED: %d more rows.\n", b.RowsOmitted)
	}
	return t.String()
}
