package export

import (
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// A Report is how JSON spells a report: decimals are strings with every digit,
// and null is unknown.
type Report struct {
	By       []ledger.Dimension `json:"by" jsonschema:"what the rows are grouped by"`
	Zone     string             `json:"zone" jsonschema:"the time zone where days begin"`
	Window   Window             `json:"window" jsonschema:"the range that was asked for; without an end it ends where the books do"`
	Rows     []Row              `json:"rows"`
	Totals   Figures            `json:"totals" jsonschema:"of all rows together, also of those that are not listed"`
	Complete bool               `json:"complete" jsonschema:"whether all of the window is in the books, for every account"`
	Coverage []Coverage         `json:"coverage" jsonschema:"the same for each account"`
}

// A Row is one group of a report.
type Row struct {
	Group  map[ledger.Dimension]string `json:"group" jsonschema:"the value of each dimension; hours as 2026-06-12T15:00:00Z, days and weeks (their Monday) as 2026-06-12, months as 2026-06"`
	Folded bool                        `json:"folded" jsonschema:"whether the row adds up all groups that top left out; its value is then (other)"`
	Figures
}

// Figures are what entries add up to.
type Figures struct {
	Entries      *int64   `json:"entries" jsonschema:"how many ledger entries; null by key, where it is not known"`
	Requests     *int64   `json:"requests" jsonschema:"how many distinct requests; null where it is not known"`
	DollarSpend  string   `json:"dollarSpend" jsonschema:"dollar equivalent of the spend: USD, BUNDLED_CREDITS, EARNED_CREDITS and DIEM count 1, VCU 0.10"`
	DollarCredit string   `json:"dollarCredit" jsonschema:"the same of the credits"`
	Unpriced     []string `json:"unpriced" jsonschema:"currencies that the dollar equivalents leave out, since their worth is unknown"`
	Currencies   []Money  `json:"currencies" jsonschema:"each currency for itself; those with entries only"`
	Tokens       []Tokens `json:"tokens" jsonschema:"single tokens by meter"`
}

// Money is what was billed in one currency.
type Money struct {
	Currency string  `json:"currency"`
	Entries  *int64  `json:"entries" jsonschema:"null where it is not known"`
	Spend    string  `json:"spend" jsonschema:"what was charged, as a positive decimal"`
	Credit   string  `json:"credit" jsonschema:"purchases and refunds, as a positive decimal; they lower no spend"`
	Tokens   *string `json:"tokens" jsonschema:"tokens of all meters that were charged in this currency; null where it is not known"`
}

// Tokens are how many tokens of one kind were used.
type Tokens struct {
	Meter string `json:"meter" jsonschema:"input, output, cache-input and others"`
	Count string `json:"count"`
}

// NewReport spells a report.
func NewReport(r *report.Report) Report {
	j := Report{
		By:       append([]ledger.Dimension{}, r.By...),
		Zone:     r.Zone.String(),
		Window:   NewWindow(r.Window),
		Rows:     make([]Row, len(r.Rows)),
		Totals:   NewFigures(&r.Totals),
		Complete: r.Complete,
		Coverage: NewCoverage(r.Coverage),
	}
	for i, row := range r.Rows {
		group := map[ledger.Dimension]string{}
		for k, dimension := range r.By {
			group[dimension] = row.Group[k]
		}
		j.Rows[i] = Row{group, row.Folded, NewFigures(&row.Figures)}
	}
	return j
}

// NewFigures spells what entries add up to.
func NewFigures(f *report.Figures) Figures {
	j := Figures{
		Entries:      f.Entries,
		Requests:     f.Requests,
		DollarSpend:  f.DollarSpend.String(),
		DollarCredit: f.DollarCredit.String(),
		Unpriced:     make([]string, len(f.Unpriced)),
		Currencies:   make([]Money, len(f.Currencies)),
		Tokens:       make([]Tokens, len(f.Tokens)),
	}
	for i, c := range f.Unpriced {
		j.Unpriced[i] = string(c)
	}
	for i, m := range f.Currencies {
		j.Currencies[i] = Money{string(m.Currency), m.Entries, m.Spend.String(), m.Credit.String(), nil}
		if m.Entries != nil {
			j.Currencies[i].Tokens = new(m.Tokens.String())
		}
	}
	for i, t := range f.Tokens {
		j.Tokens[i] = Tokens{t.Meter, t.Count.String()}
	}
	return j
}
