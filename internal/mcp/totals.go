package mcp

import (
	"context"
	"fmt"
	"strings"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/report"
)

type totalsQuestion struct {
	span
	filter
}

type totals struct {
	Window export.Window  `json:"window" jsonschema:"the range that was asked for; without an end it ends where the books do"`
	Zone   string         `json:"zone" jsonschema:"the time zone where days begin"`
	Totals export.Figures `json:"totals"`
	known
}

func (s *server) addTotals() error {
	return add(s, tool{"totals", "What was spent in all",
		"Spend and credits in each currency, the dollar equivalent, entries, requests and tokens by meter, of a range of time. " +
			"The same figures as 'ducat report'. Use breakdown to see them by day, model and so on."}, s.totals)
}

func (s *server) totals(ctx context.Context, asked totalsQuestion) (totals, error) {
	q, err := s.question(ctx, asked.span, asked.filter)
	if err != nil {
		return totals{}, err
	}
	r, err := report.Ask(ctx, s.Books, q)
	if err != nil {
		return totals{}, err
	}
	return totals{
		Window: export.NewWindow(r.Window),
		Zone:   r.Zone.String(),
		Totals: export.NewFigures(&r.Totals),
		known:  newKnown(r.Complete, r.Coverage),
	}, nil
}

func (t totals) text() string {
	return fmt.Sprintf("%s (%s): %s.\n%s", t.Window, t.Zone, figuresText(&t.Totals), t.line())
}

// figuresText says figures on one line.
func figuresText(f *export.Figures) string {
	var spend, credit, tokens []string
	for _, m := range f.Currencies {
		if m.Spend != "0" {
			spend = append(spend, m.Spend+" "+m.Currency)
		}
		if m.Credit != "0" {
			credit = append(credit, m.Credit+" "+m.Currency)
		}
	}
	if len(spend) == 0 {
		spend = []string{"none"}
	}
	parts := []string{"spend " + strings.Join(spend, ", ")}
	if f.DollarSpend != "0" {
		parts = append(parts, "dollar equivalent of the spend "+f.DollarSpend)
	}
	if len(f.Unpriced) > 0 {
		parts = append(parts, "which leaves out "+strings.Join(f.Unpriced, ", "))
	}
	if len(credit) > 0 {
		parts = append(parts, "credit "+strings.Join(credit, ", "))
	}
	if f.Entries != nil {
		parts = append(parts, fmt.Sprintf("entries %d", *f.Entries))
	}
	if f.Requests != nil {
		parts = append(parts, fmt.Sprintf("requests %d", *f.Requests))
	}
	for _, t := range f.Tokens {
		tokens = append(tokens, t.Count+" "+t.Meter)
	}
	if len(tokens) > 0 {
		parts = append(parts, "tokens "+strings.Join(tokens, ", "))
	}
	return strings.Join(parts, "; ")
}
