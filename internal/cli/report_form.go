package cli

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// reportJSON is the contract of 'report -o json'; a row is that of 'report -o
// ndjson'.
type reportJSON struct {
	By       []ledger.Dimension `json:"by"`
	Zone     string             `json:"zone"`
	Window   export.Window      `json:"window"`
	Rows     []rowJSON          `json:"rows"`
	Totals   figuresJSON        `json:"totals"`
	Complete bool               `json:"complete"`
	Coverage []export.Coverage  `json:"coverage"`
}

type rowJSON struct {
	Group  map[ledger.Dimension]string `json:"group"`
	Folded bool                        `json:"folded"`
	figuresJSON
}

type figuresJSON struct {
	Entries      *int64       `json:"entries"`
	Requests     *int64       `json:"requests"`
	DollarSpend  string       `json:"dollarSpend"`
	DollarCredit string       `json:"dollarCredit"`
	Unpriced     []string     `json:"unpriced"`
	Currencies   []moneyJSON  `json:"currencies"`
	Tokens       []tokensJSON `json:"tokens"`
}

type moneyJSON struct {
	Currency string  `json:"currency"`
	Entries  *int64  `json:"entries"`
	Spend    string  `json:"spend"`
	Credit   string  `json:"credit"`
	Tokens   *string `json:"tokens"`
}

type tokensJSON struct {
	Meter string `json:"meter"`
	Count string `json:"count"`
}

func newReportJSON(r *report.Report) reportJSON {
	j := reportJSON{
		By:       append([]ledger.Dimension{}, r.By...),
		Zone:     r.Zone.String(),
		Window:   export.NewWindow(r.Window),
		Rows:     make([]rowJSON, len(r.Rows)),
		Totals:   newFiguresJSON(&r.Totals),
		Complete: r.Complete,
		Coverage: export.NewCoverage(r.Coverage),
	}
	for i, row := range r.Rows {
		group := map[ledger.Dimension]string{}
		for k, dimension := range r.By {
			group[dimension] = row.Group[k]
		}
		j.Rows[i] = rowJSON{group, row.Folded, newFiguresJSON(&row.Figures)}
	}
	return j
}

func newFiguresJSON(f *report.Figures) figuresJSON {
	j := figuresJSON{
		Entries:      f.Entries,
		Requests:     f.Requests,
		DollarSpend:  f.DollarSpend.String(),
		DollarCredit: f.DollarCredit.String(),
		Unpriced:     make([]string, len(f.Unpriced)),
		Currencies:   make([]moneyJSON, len(f.Currencies)),
		Tokens:       make([]tokensJSON, len(f.Tokens)),
	}
	for i, c := range f.Unpriced {
		j.Unpriced[i] = string(c)
	}
	for i, m := range f.Currencies {
		j.Currencies[i] = moneyJSON{string(m.Currency), m.Entries, m.Spend.String(), m.Credit.String(), nil}
		if m.Entries != nil {
			j.Currencies[i].Tokens = new(m.Tokens.String())
		}
	}
	for i, t := range f.Tokens {
		j.Tokens[i] = tokensJSON{t.Meter, t.Count.String()}
	}
	return j
}

// writeReportCSV writes a line for each group and currency, and for a group
// without any one that has no currency.
func writeReportCSV(w io.Writer, r *report.Report) error {
	out := csv.NewWriter(w)
	var header []string
	for _, d := range r.By {
		header = append(header, string(d))
	}
	header = append(header, "currency", "entries", "spend", "credit", "tokens")
	lines := [][]string{header}
	for _, row := range r.Rows {
		line := func(m report.Money, entries *int64) {
			count, tokens := "", ""
			if entries != nil {
				count, tokens = strconv.FormatInt(*entries, 10), m.Tokens.String()
			}
			lines = append(lines, append(append([]string{}, row.Group...),
				string(m.Currency), count, m.Spend.String(), m.Credit.String(), tokens))
		}
		for _, m := range row.Currencies {
			line(m, m.Entries)
		}
		if len(row.Currencies) == 0 {
			line(report.Money{Spend: decimal.Zero, Credit: decimal.Zero}, row.Entries)
		}
	}
	return out.WriteAll(lines)
}
