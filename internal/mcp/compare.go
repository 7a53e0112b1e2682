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

type compareQuestion struct {
	A    string           `json:"a" jsonschema:"the earlier period: a month (2026-05), a day (2026-05-17), or START/END, each a date, an RFC 3339 instant, or days or hours back from now (14d/7d)"`
	B    string           `json:"b" jsonschema:"the later period, in the same forms; without END, as in 7d/, it reaches up to what the books know"`
	By   ledger.Dimension `json:"by,omitempty" jsonschema:"what to compare by; by default model"`
	Zone string           `json:"zone,omitempty" jsonschema:"where dates begin: an IANA name such as Europe/Berlin; by default UTC"`
	filter
}

type comparison struct {
	By          ledger.Dimension   `json:"by"`
	A           export.Side        `json:"a"`
	B           export.Side        `json:"b"`
	Rows        []export.RowChange `json:"rows" jsonschema:"the largest change in dollar equivalents first"`
	Truncated   bool               `json:"truncated" jsonschema:"whether rows were left out at the end"`
	RowsOmitted int                `json:"rowsOmitted" jsonschema:"how many rows were left out"`
	Totals      export.Change      `json:"totals" jsonschema:"of all groups, also of those that were left out"`
	known
}

func (s *server) addCompare() error {
	return add(s, tool{"compare", "What changed between two periods, and why",
		fmt.Sprintf("The spend of two periods by model, meter, SKU or currency, and how much of the change comes from prices, from volume, and from SKUs that are new or gone. "+
			"The same as 'ducat compare'. At most %d rows are listed. Periods of different lengths are compared as they are: look at dollarSpendPerDay.", maxRows)},
		s.compare, func(input *jsonschema.Schema) { oneOf(input.Properties["by"], report.Comparable()...) })
}

func (s *server) compare(ctx context.Context, asked compareQuestion) (comparison, error) {
	q, err := s.question(ctx, span{Since: "all", Zone: asked.Zone}, asked.filter)
	if err != nil {
		return comparison{}, err
	}
	compared := report.ComparisonQuestion{By: asked.By, Scope: report.Scope{
		Accounts: q.Accounts, Models: q.Models, Currencies: q.Currencies, Zone: q.Zone, Now: q.Now}}
	if compared.By == "" {
		compared.By = ledger.ByModel
	}
	if compared.A, err = report.Period(asked.A, q.Now, q.Zone); err != nil {
		return comparison{}, refusal{err}
	}
	if compared.B, err = report.Period(asked.B, q.Now, q.Zone); err != nil {
		return comparison{}, refusal{err}
	}
	c, err := report.Compare(ctx, s.Books, compared)
	if err != nil {
		return comparison{}, err
	}
	omitted := max(0, len(c.Rows)-maxRows)
	c.Rows = c.Rows[:len(c.Rows)-omitted]
	form := export.NewComparison(c)
	return comparison{
		By: form.By, A: form.A, B: form.B,
		Rows: form.Rows, Truncated: omitted > 0, RowsOmitted: omitted,
		Totals: form.Totals, known: newKnown(c.Complete, c.Coverage()),
	}, nil
}

func (c comparison) text() string {
	var t strings.Builder
	fmt.Fprintf(&t, "A: %s. B: %s. In all: %s.\n%s", c.A.Window, c.B.Window, changeText(c.Totals), c.line())
	for _, row := range c.Rows {
		fmt.Fprintf(&t, "%s %s: %s\n", c.By, row.Group, changeText(row.Change))
	}
	if c.Truncated {
		fmt.Fprintf(&t, "TRUNCATED: %d more rows.\n", c.RowsOmitted)
	}
	return t.String()
}

func changeText(c export.Change) string {
	d := c.Dollars
	text := fmt.Sprintf("dollar equivalent of the spend %s to %s, change %s (price %s, volume %s, new %s, gone %s, other %s)",
		d.A, d.B, d.Change, d.Price, d.Volume, d.New, d.Gone, d.Other)
	for _, m := range c.Currencies {
		text += fmt.Sprintf("; %s %s to %s", m.Currency, m.A, m.B)
	}
	return text
}
