package cli

import (
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// comparisonJSON is the contract of 'compare -o json'.
type comparisonJSON struct {
	By       ledger.Dimension  `json:"by"`
	A        sideJSON          `json:"a"`
	B        sideJSON          `json:"b"`
	Rows     []rowChangeJSON   `json:"rows"`
	Totals   changeJSON        `json:"totals"`
	Complete bool              `json:"complete"`
	Coverage []export.Coverage `json:"coverage"`
}

type sideJSON struct {
	Window   export.Window `json:"window"`
	Complete bool          `json:"complete"`
	Dollars  string        `json:"dollarSpend"`
	PerDay   *string       `json:"dollarSpendPerDay"`
}

type rowChangeJSON struct {
	Group string `json:"group"`
	changeJSON
}

type changeJSON struct {
	Dollars    dollarChangeJSON     `json:"dollars"`
	Currencies []currencyChangeJSON `json:"currencies"`
	Unpriced   []venice.Currency    `json:"unpriced"`
}

type dollarChangeJSON struct {
	A      string `json:"a"`
	B      string `json:"b"`
	Change string `json:"change"`
	Price  string `json:"price"`
	Volume string `json:"volume"`
	New    string `json:"new"`
	Gone   string `json:"gone"`
	Other  string `json:"other"`
}

type currencyChangeJSON struct {
	Currency venice.Currency `json:"currency"`
	A        string          `json:"a"`
	B        string          `json:"b"`
	Change   string          `json:"change"`
}

func newComparisonJSON(c *report.Comparison) comparisonJSON {
	j := comparisonJSON{By: c.By, A: newSideJSON(c.A), B: newSideJSON(c.B), Rows: make([]rowChangeJSON, len(c.Rows)),
		Totals: newChangeJSON(c.Totals), Complete: c.Complete, Coverage: export.NewCoverage(c.Coverage())}
	for i, d := range c.Rows {
		j.Rows[i] = rowChangeJSON{d.Group, newChangeJSON(d)}
	}
	return j
}

func newSideJSON(s report.Side) sideJSON {
	return sideJSON{export.NewWindow(s.Window), s.Complete, s.Dollars.String(), digits(s.PerDay)}
}

func newChangeJSON(d report.Difference) changeJSON {
	j := changeJSON{
		Dollars: dollarChangeJSON{A: d.A.String(), B: d.B.String(), Change: d.Change.String(), Price: d.Price.String(),
			Volume: d.Volume.String(), New: d.New.String(), Gone: d.Gone.String(), Other: d.Other.String()},
		Currencies: make([]currencyChangeJSON, len(d.Currencies)),
		Unpriced:   append([]venice.Currency{}, d.Unpriced...),
	}
	for i, c := range d.Currencies {
		j.Currencies[i] = currencyChangeJSON{c.Currency, c.A.String(), c.B.String(), c.Change.String()}
	}
	return j
}
