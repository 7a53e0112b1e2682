package cli

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/venice"
)

const analyticsNote = `USD includes bundled credits; earned credits are left out. Venice keeps these
sums for 90 days and caches them for 10 minutes.`

// analyticsTables shows Venice's sums to a person.
func analyticsTables(out stream, u *venice.UsageAnalytics) string {
	var s strings.Builder
	section := func(title, table string) {
		fmt.Fprintf(&s, "%s\n%s\n", out.paint(bold, title), table)
	}
	section("By day (UTC), "+printable(u.Lookback), dayTable(out, u.ByDate))
	if len(u.ByModel) > 0 {
		section("By model", modelTable(out, u.ByModel))
	}
	if len(u.ByKey) > 0 {
		section("By key", keyTable(out, u.ByKey))
	}
	s.WriteString(out.paint(dim, analyticsNote) + "\n")
	return s.String()
}

var zero decimal.Decimal

// dayTable has a bar for each day on a terminal.
func dayTable(out stream, days []venice.DateSpend) string {
	columns := []column{{name: "DATE"}, {name: "USD", number: true}, {name: "DIEM", number: true}}
	var most, usd, diem decimal.Decimal
	for _, d := range days {
		most = decimal.Max(most, d.USD.Add(d.DIEM))
		usd, diem = usd.Add(d.USD), diem.Add(d.DIEM)
	}
	width := 0
	if out.tty && most.IsPositive() {
		width = max(10, min(50, out.width-45))
		columns = append(columns, column{name: stackedBar(out, most, zero, most, 1) + " USD " +
			stackedBar(out, zero, most, most, 1) + " DIEM, 1 DIEM = 1 USD"})
	}
	var rows [][]string
	for _, d := range days {
		row := []string{d.Date.Format("Mon 2006-01-02"), money.Readable(d.USD), money.Readable(d.DIEM)}
		if width > 0 {
			row = append(row, stackedBar(out, d.USD, d.DIEM, most, width))
		}
		rows = append(rows, row)
	}
	total := []string{"total", money.Readable(usd), money.Readable(diem), ""}
	rows = append(rows, paintRow(out, bold, total[:len(columns)]))
	return renderTable(out, columns, rows, true)
}

// modelTable has a line for each model, and one below it for each kind of token.
func modelTable(out stream, models []venice.ModelSpend) string {
	columns := []column{{name: "MODEL"}, {name: "TYPE"}, {name: "USD", number: true}, {name: "DIEM", number: true},
		{name: "UNITS", number: true}, {}}
	var rows [][]string
	for _, m := range models {
		kind := m.ModelType
		if kind == "" {
			kind = "-"
		}
		rows = append(rows, []string{printable(m.ModelName), printable(kind),
			money.Readable(m.TotalUSD), money.Readable(m.TotalDIEM), money.Readable(m.TotalUnits), printable(m.UnitType)})
		for _, t := range m.Breakdown {
			rows = append(rows, paintRow(out, dim, []string{"  " + printable(t.Type), "",
				money.Readable(t.USD), money.Readable(t.DIEM), money.Readable(t.Units), ""}))
		}
	}
	return renderTable(out, columns, rows, true)
}

// keyTable leaves out the units: a key's are a sum of tokens, images and
// seconds.
func keyTable(out stream, keys []venice.KeySpend) string {
	columns := []column{{name: "KEY"}, {name: "USD", number: true}, {name: "DIEM", number: true}, {name: "KEY ID"}}
	var rows [][]string
	for _, k := range keys {
		id := k.APIKeyID
		if id == "" {
			id = "-"
		}
		rows = append(rows, []string{printable(k.Description), money.Readable(k.TotalUSD), money.Readable(k.TotalDIEM), printable(id)})
	}
	return renderTable(out, columns, rows, true)
}

func paintRow(out stream, e emphasis, row []string) []string {
	painted := make([]string, len(row))
	for i, cell := range row {
		painted[i] = out.paint(e, cell)
	}
	return painted
}

// highest leaves only the models and keys with the highest spend.
func highest(u *venice.UsageAnalytics, n int) *venice.UsageAnalytics {
	short := *u
	short.ByModel = u.ByModel[:min(n, len(u.ByModel))]
	short.ByKey = u.ByKey[:min(n, len(u.ByKey))]
	return &short
}
