package cli

import (
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// A column of a table.
type column struct {
	name string
	// number aligns the cells on the decimal point.
	number bool
	// width is the least width, and fraction the least width of the decimal
	// point and what follows it. They keep the pieces of one long table aligned.
	width, fraction int
}

// renderTable lays out rows in columns, two spaces apart, each line ended. The
// header is left out for the later pieces of a long table.
func renderTable(out stream, columns []column, rows [][]string, header bool) string {
	if len(rows) == 0 && !header {
		return ""
	}
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.SuppressTrailingSpaces()

	configs := make([]table.ColumnConfig, len(columns))
	head := make(table.Row, len(columns))
	for i, c := range columns {
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMin: c.width}
		if c.number {
			configs[i].Align, configs[i].AlignHeader = text.AlignRight, text.AlignRight
		}
		head[i] = out.paint(dim, c.name)
	}
	t.SetColumnConfigs(configs)
	if header {
		t.AppendHeader(head)
	}
	fractions := fractionWidths(columns, rows)
	for _, row := range rows {
		cells := make(table.Row, len(row))
		for i, cell := range row {
			if columns[i].number {
				cell += strings.Repeat(" ", fractions[i]-fractionWidth(cell))
			}
			cells[i] = cell
		}
		t.AppendRow(cells)
	}
	return t.Render() + "\n"
}

// fractionWidths is the widest decimal part of each column.
func fractionWidths(columns []column, rows [][]string) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = c.fraction
		for _, row := range rows {
			widths[i] = max(widths[i], fractionWidth(row[i]))
		}
	}
	return widths
}

// fractionWidth counts the decimal point and what follows it.
func fractionWidth(cell string) int {
	cell = text.StripEscape(cell)
	point := strings.LastIndexByte(cell, '.')
	if point < 0 {
		return 0
	}
	return utf8.RuneCountInString(cell[point:])
}
