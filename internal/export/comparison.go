package export

import (
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// A Comparison is how JSON spells the comparison of two periods.
type Comparison struct {
	By       ledger.Dimension `json:"by"`
	A        Side             `json:"a"`
	B        Side             `json:"b"`
	Rows     []RowChange      `json:"rows"`
	Totals   Change           `json:"totals"`
	Complete bool             `json:"complete"`
	Coverage []Coverage       `json:"coverage"`
}

// A Side is one of the periods.
type Side struct {
	Window   Window  `json:"window"`
	Complete bool    `json:"complete"`
	Dollars  string  `json:"dollarSpend" jsonschema:"dollar equivalent of the spend"`
	PerDay   *string `json:"dollarSpendPerDay" jsonschema:"the same by 24 hours; null where the window has no start"`
}

// A RowChange is how the spend of a group changed.
type RowChange struct {
	Group string `json:"group"`
	Change
}

// A Change is how spend changed, from A to B.
type Change struct {
	Dollars    DollarChange      `json:"dollars" jsonschema:"in dollar equivalents"`
	Currencies []CurrencyChange  `json:"currencies"`
	Unpriced   []venice.Currency `json:"unpriced" jsonschema:"currencies that dollars leaves out"`
}

// A DollarChange is the change in dollar equivalents, and its parts.
type DollarChange struct {
	A      string `json:"a"`
	B      string `json:"b"`
	Change string `json:"change" jsonschema:"b less a: the sum of the five parts below, exactly"`
	Price  string `json:"price" jsonschema:"what the units of b cost more than they would have at the prices of a"`
	Volume string `json:"volume" jsonschema:"what the other number of units costs, at the prices of a"`
	New    string `json:"new" jsonschema:"SKUs that only b has"`
	Gone   string `json:"gone" jsonschema:"SKUs that only a has"`
	Other  string `json:"other" jsonschema:"SKUs without units, and what rounding leaves"`
}

// A CurrencyChange is the change in one currency.
type CurrencyChange struct {
	Currency venice.Currency `json:"currency"`
	A        string          `json:"a"`
	B        string          `json:"b"`
	Change   string          `json:"change"`
}

// NewComparison spells a comparison.
func NewComparison(c *report.Comparison) Comparison {
	j := Comparison{By: c.By, A: newSide(c.A), B: newSide(c.B), Rows: make([]RowChange, len(c.Rows)),
		Totals: newChange(c.Totals), Complete: c.Complete, Coverage: NewCoverage(c.Coverage())}
	for i, d := range c.Rows {
		j.Rows[i] = RowChange{d.Group, newChange(d)}
	}
	return j
}

func newSide(s report.Side) Side {
	return Side{NewWindow(s.Window), s.Complete, s.Dollars.String(), Digits(s.PerDay)}
}

func newChange(d report.Difference) Change {
	j := Change{
		Dollars: DollarChange{A: d.A.String(), B: d.B.String(), Change: d.Change.String(), Price: d.Price.String(),
			Volume: d.Volume.String(), New: d.New.String(), Gone: d.Gone.String(), Other: d.Other.String()},
		Currencies: make([]CurrencyChange, len(d.Currencies)),
		Unpriced:   append([]venice.Currency{}, d.Unpriced...),
	}
	for i, c := range d.Currencies {
		j.Currencies[i] = CurrencyChange{c.Currency, c.A.String(), c.B.String(), c.Change.String()}
	}
	return j
}
