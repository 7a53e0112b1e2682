package cli

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/report"
)

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
