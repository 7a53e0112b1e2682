package cli

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
)

// reportTable shows a report to a person: a row for each group, a bar on a
// terminal, then what it all adds up to and whether it is complete.
func reportTable(out stream, r *report.Report, now time.Time) string {
	var s strings.Builder
	if len(r.Rows) > 0 && len(r.By) > 0 {
		s.WriteString(groupTable(out, r))
		s.WriteByte('\n')
	}
	s.WriteString(summary(out, r, now))
	return s.String()
}

// A reportColumn is a column and what a row has in it.
type reportColumn struct {
	column
	cell func(row *report.Row) string
	// total is the cell of the last line.
	total string
	// spare says how soon the column goes where there is no room; 0 stays.
	spare int
}

// The least and the longest bar.
const (
	shortBar = 10
	longBar  = 40
)

func groupTable(out stream, r *report.Report) string {
	columns, bar := reportLayout(out, r)
	var most decimal.Decimal
	for _, row := range r.Rows {
		most = decimal.Max(most, row.DollarSpend)
	}
	heads := make([]column, len(columns), len(columns)+1)
	total := make([]string, len(columns), len(columns)+1)
	for i, c := range columns {
		heads[i], total[i] = c.column, out.paint(bold, c.total)
	}
	if bar > 0 {
		heads, total = append(heads, column{}), append(total, "")
	}
	rows := make([][]string, 0, len(r.Rows)+1)
	for i := range r.Rows {
		cells := make([]string, len(columns), len(columns)+1)
		for k, c := range columns {
			cells[k] = c.cell(&r.Rows[i])
			if k == 0 && out.tty && len(r.By) > 1 && i > 0 && r.Rows[i].Group[0] == r.Rows[i-1].Group[0] {
				cells[k] = ""
			}
		}
		if bar > 0 {
			cells = append(cells, stackedBar(out, r.Rows[i].DollarSpend, zero, most, bar))
		}
		rows = append(rows, cells)
	}
	return renderTable(out, heads, append(rows, total), true)
}

// The longest names shown whole on a terminal: the first where there is room,
// the others where it is narrow.
var longNames = [...]int{32, 24, 18, 14}

// reportLayout chooses the columns, and the width of the bar, or 0.
func reportLayout(out stream, r *report.Report) (columns []reportColumn, bar int) {
	if !out.tty {
		return append(groupColumns(out, r, 0), figureColumns(out, r)...), 0
	}
	for _, longName := range longNames {
		var fits bool
		columns = append(groupColumns(out, r, longName), figureColumns(out, r)...)
		if columns, bar, fits = fit(out, r, columns); fits {
			break
		}
	}
	return columns, bar
}

// fit leaves out what there is no room for, and gives the bar what is left.
func fit(out stream, r *report.Report, columns []reportColumn) (fitting []reportColumn, bar int, fits bool) {
	for {
		room := out.width
		for _, c := range columns {
			room -= c.extent(r) + 2
		}
		if room >= shortBar && r.Totals.DollarSpend.IsPositive() {
			return columns, min(room, longBar), true
		}
		last := -1
		for i, c := range columns {
			if c.spare > 0 && (last < 0 || c.spare < columns[last].spare) {
				last = i
			}
		}
		if last < 0 || room+2 >= 0 && !r.Totals.DollarSpend.IsPositive() {
			return columns, 0, room+2 >= 0
		}
		columns = slices.Delete(columns, last, last+1)
	}
}

// extent is how wide the column will be.
func (c reportColumn) extent(r *report.Report) int {
	whole, fraction := 0, 0
	measure := func(cell string) {
		cell = text.StripEscape(cell)
		part := 0
		if c.number {
			part = fractionWidth(cell)
		}
		whole, fraction = max(whole, utf8.RuneCountInString(cell)-part), max(fraction, part)
	}
	measure(c.total)
	for i := range r.Rows {
		measure(c.cell(&r.Rows[i]))
	}
	return max(whole+fraction, utf8.RuneCountInString(c.name))
}

// groupColumns are those of the dimensions, with names up to a length; 0 is any.
func groupColumns(out stream, r *report.Report, longName int) []reportColumn {
	var columns []reportColumn
	for i, d := range r.By {
		name := strings.ToUpper(string(d))
		if d.OfTime() {
			name += " (" + r.Zone.String() + ")"
		}
		c := reportColumn{column: column{name: name}, cell: func(row *report.Row) string {
			value := row.Group[i]
			switch {
			case value == "":
				return out.paint(dim, "-")
			case row.Folded && value == report.Other:
				return out.paint(dim, value)
			case d.OfTime():
				return periodName(d, value, r.Zone)
			case longName > 0:
				return shorten(printable(value), longName)
			}
			return printable(value)
		}}
		if i == 0 {
			c.total = "total"
		}
		columns = append(columns, c)
	}
	return columns
}

// periodName adds the weekday to a day, and makes an hour readable.
func periodName(d ledger.Dimension, value string, zone *time.Location) string {
	switch d {
	case ledger.ByDay, ledger.ByWeek:
		if t, err := time.Parse(time.DateOnly, value); err == nil {
			return t.Format("Mon 2006-01-02")
		}
	case ledger.ByHour:
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			if zone == time.UTC {
				return t.Format("Mon 2006-01-02 15:04")
			}
			return t.Format("Mon 2006-01-02 15:04 -07:00")
		}
	}
	return value
}

// figureColumns are those with numbers: only what is known, and only currencies
// in which something was spent.
func figureColumns(out stream, r *report.Report) []reportColumn {
	number := func(name string, spare int, value func(f *report.Figures) string) reportColumn {
		return reportColumn{column{name: name, number: true},
			func(row *report.Row) string {
				cell := value(&row.Figures)
				if cell == "0" {
					return out.paint(dim, cell)
				}
				return cell
			}, value(&r.Totals), spare}
	}
	var columns []reportColumn
	if r.Totals.Entries != nil {
		columns = append(columns,
			number("ENTRIES", 1, func(f *report.Figures) string { return knownCount(f.Entries) }),
			number("REQUESTS", 3, func(f *report.Figures) string { return knownCount(f.Requests) }))
	}
	if len(r.Totals.Tokens) > 0 {
		columns = append(columns, number("TOKENS", 2, func(f *report.Figures) string {
			var sum decimal.Decimal
			for _, t := range f.Tokens {
				sum = sum.Add(t.Count)
			}
			return money.Readable(sum)
		}))
	}
	spent := 0
	for _, m := range r.Totals.Currencies {
		if m.Spend.IsZero() {
			continue
		}
		spent++
		name := strings.TrimSuffix(printable(string(m.Currency)), "_CREDITS")
		columns = append(columns, number(name, 0, func(f *report.Figures) string {
			for _, in := range f.Currencies {
				if in.Currency == m.Currency {
					return money.Readable(in.Spend)
				}
			}
			return "0"
		}))
	}
	if spent > 1 && r.Totals.DollarSpend.IsPositive() {
		columns = append(columns, number("USD EQUIV.", 4, func(f *report.Figures) string { return money.Readable(f.DollarSpend) }))
	}
	return columns
}

// knownCount is a dash for what is unknown.
func knownCount(n *int64) string {
	if n == nil {
		return "-"
	}
	return money.Thousands(strconv.FormatInt(*n, 10))
}
