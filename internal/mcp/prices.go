package mcp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/report"
)

// maxSteps is how many steps of a SKU's price are listed.
const maxSteps = 20

type pricesQuestion struct {
	Since    string   `json:"since,omitempty" jsonschema:"the first instant: a UTC date (2026-01-31), an RFC 3339 instant, days or hours back from now (7d, 12h), or all; by default all"`
	Until    string   `json:"until,omitempty" jsonschema:"the first instant after the range, in the same forms but all; by default what the books know"`
	Accounts []string `json:"accounts,omitempty" jsonschema:"only these accounts; by default all"`
	Models   []string `json:"models,omitempty" jsonschema:"only these models"`
	Changed  bool     `json:"changed,omitempty" jsonschema:"only SKUs that had more than one price"`
}

type prices struct {
	Window      export.Window  `json:"window" jsonschema:"the range that was asked for; without an end it ends where the books do"`
	SKUs        []priceHistory `json:"skus" jsonschema:"by name; those alone that were charged in the window"`
	Truncated   bool           `json:"truncated" jsonschema:"whether SKUs were left out at the end: choose models, or changed"`
	SKUsOmitted int            `json:"skusOmitted" jsonschema:"how many SKUs were left out"`
	known
}

type priceHistory struct {
	export.PriceHistory
	StepsOmitted int `json:"stepsOmitted" jsonschema:"how many earlier steps were left out"`
}

func (s *server) addPrices() error {
	return add(s, tool{"prices", "What each SKU cost over time",
		fmt.Sprintf("The price of each SKU as Venice billed it, in US dollars whatever currency was paid, since when, and how it rose or fell. "+
			"The same as 'ducat prices'. At most %d SKUs are listed, with their last %d prices. "+
			"A price is only known from the first entry that was charged at it.", maxRows, maxSteps)}, s.prices)
}

func (s *server) prices(ctx context.Context, asked pricesQuestion) (prices, error) {
	r := span{Since: asked.Since, Until: asked.Until}
	if r.Since == "" {
		r.Since = "all"
	}
	q, err := s.question(ctx, r, filter{Accounts: asked.Accounts, Models: asked.Models})
	if err != nil {
		return prices{}, err
	}
	p, err := report.AskPrices(ctx, s.Books, q)
	if err != nil {
		return prices{}, err
	}
	if asked.Changed {
		p.SKUs = slices.DeleteFunc(p.SKUs, func(h report.PriceHistory) bool { return !h.Changed() })
	}
	omitted := max(0, len(p.SKUs)-maxRows)
	p.SKUs = p.SKUs[:len(p.SKUs)-omitted]
	form := export.NewPrices(p)
	answer := prices{Window: form.Window, SKUs: make([]priceHistory, len(form.SKUs)), Truncated: omitted > 0, SKUsOmitted: omitted,
		known: newKnown(p.Complete, p.Coverage)}
	for i, h := range form.SKUs {
		earlier := max(0, len(h.Steps)-maxSteps)
		h.Steps = h.Steps[earlier:]
		answer.SKUs[i] = priceHistory{h, earlier}
	}
	return answer, nil
}

func (p prices) text() string {
	var t strings.Builder
	fmt.Fprintf(&t, "%d SKUs, %s.\n%s", len(p.SKUs), p.Window, p.line())
	for _, h := range p.SKUs {
		fmt.Fprintf(&t, "%s:", h.SKU)
		for i, step := range h.Steps {
			if i > 0 {
				t.WriteByte(';')
			}
			for k, price := range step.Prices {
				if k > 0 {
					t.WriteString(" |")
				}
				fmt.Fprintf(&t, " %s", price.Price)
			}
			fmt.Fprintf(&t, " USD from %s to %s", step.First, step.Last)
			if step.Change != nil {
				fmt.Fprintf(&t, " (%s %%)", *step.Change)
			}
		}
		t.WriteByte('\n')
	}
	if p.Truncated {
		fmt.Fprintf(&t, "TRUNCATED: %d more SKUs.\n", p.SKUsOmitted)
	}
	return t.String()
}
