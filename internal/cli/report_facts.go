package cli

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// A fact is a line below a report: a name, and parts that are wrapped where the
// terminal ends.
type fact struct {
	name  string
	parts []string
}

// factColumn is how wide the names of facts are, with the gap.
const factColumn = 12

func writeFacts(out stream, facts []fact) string {
	var s strings.Builder
	for _, f := range facts {
		line := factColumn
		for i, part := range f.parts {
			width := utf8.RuneCountInString(text.StripEscape(part))
			switch {
			case i == 0:
				s.WriteString(out.paint(dim, f.name) + strings.Repeat(" ", factColumn-len(f.name)))
			case out.width > 0 && line+2+width >= out.width:
				s.WriteString(",\n" + strings.Repeat(" ", factColumn))
				line = factColumn
			default:
				s.WriteString(", ")
				line += 2
			}
			s.WriteString(part)
			line += width
		}
		if len(f.parts) > 0 {
			s.WriteByte('\n')
		}
	}
	return s.String()
}

// summary says what a report adds up to, credits apart, and what it covers.
func summary(out stream, r *report.Report, now time.Time) string {
	var spend, credit, tokens, unpriced []string
	for _, m := range r.Totals.Currencies {
		if !m.Spend.IsZero() {
			spend = append(spend, money.Readable(m.Spend)+" "+printable(string(m.Currency)))
		}
		if !m.Credit.IsZero() {
			credit = append(credit, out.paint(green, money.Readable(m.Credit))+" "+printable(string(m.Currency)))
		}
	}
	if len(spend) == 0 {
		spend = []string{"nothing"}
	}
	for _, t := range r.Totals.Tokens {
		tokens = append(tokens, money.Readable(t.Count)+" "+printable(t.Meter))
	}
	for _, c := range r.Totals.Unpriced {
		unpriced = append(unpriced, printable(string(c)))
	}
	facts := []fact{{"spent", spend}}
	if r.Totals.DollarSpend.IsPositive() && !inDollars(&r.Totals) {
		facts = append(facts, fact{"in dollars", []string{money.Readable(r.Totals.DollarSpend) + " USD equivalent (DIEM and credits at 1, VCU at 0.10)"}})
	}
	if len(unpriced) > 0 {
		facts = append(facts, fact{"left out", []string{strings.Join(unpriced, ", ") + ": worth in dollars unknown"}})
	}
	facts = append(facts, fact{"credited", credit}, fact{"tokens", tokens})
	if f := &r.Totals; f.Entries != nil && *f.Entries > 0 {
		used := []string{plural(int(*f.Entries), "entry", "entries")}
		if f.Requests != nil {
			used = append(used, plural(int(*f.Requests), "request", "requests"))
		}
		facts = append(facts, fact{"used", used})
	}
	if slices.Contains(r.By, report.ByKey) {
		facts = append(facts, fact{"note", []string{"Venice's own sums by key: USD includes bundled credits",
			"earned credits are left out"}})
	}
	return writeFacts(out, append(facts, coverageFacts(out, r, now)...))
}

// inDollars says whether all spend was in USD, which needs no equivalent.
func inDollars(f *report.Figures) bool {
	return !slices.ContainsFunc(f.Currencies, func(m report.Money) bool {
		return m.Currency != venice.USD && !m.Spend.IsZero()
	})
}

// coverageFacts say whether a report is complete, and what to do if it is not.
func coverageFacts(out stream, r *report.Report, now time.Time) []fact {
	asOf := asOfText(r.Coverage, now)
	if r.Complete {
		return []fact{{"coverage", []string{out.paint(green, "complete"), asOf}}}
	}
	facts := []fact{{"coverage", []string{out.paint(yellow, "incomplete"), asOf}}}
	lacking, others := report.Lacking(r.Coverage)
	for _, c := range lacking {
		parts := c.MissingParts()
		parts[0] = printable(c.Account) + ": " + parts[0]
		facts = append(facts, fact{"missing", parts})
	}
	if others > 0 {
		facts = append(facts, fact{"missing", []string{"also of " + plural(others, "more account", "more accounts"), "-o json names all"}})
	}
	return append(facts, fact{"to mend", []string{report.Remedy(r.Coverage)}})
}
