package cli

import (
	"strings"

	"github.com/shopspring/decimal"
)

// eighths are blocks of one to eight eighths of a cell.
var eighths = []rune("▁▂▃▄▅▆▇█")

// chart draws a bar for each value, the last ones that fit, as wide as there is
// room for. Nothing is a dot and what is unknown a gap; the least spend is still
// an eighth of a cell.
func chart(out stream, values []decimal.NullDecimal, width, rows int) (lines []string, shown []decimal.NullDecimal) {
	shown = values[max(0, len(values)-width):]
	if len(shown) == 0 {
		return make([]string, rows), nil
	}
	wide := min(3, width/len(shown))
	var most decimal.Decimal
	for _, v := range shown {
		most = decimal.Max(most, v.Decimal)
	}
	for row := range rows {
		var line strings.Builder
		floor := (rows - 1 - row) * len(eighths)
		for _, v := range shown {
			cell := " "
			height := cells(v.Decimal, most, rows*len(eighths)) - floor
			switch {
			case height > 0:
				cell = out.paint(cyan, strings.Repeat(string(eighths[min(height, len(eighths))-1]), wide))
			case v.Valid && v.Decimal.IsZero() && floor == 0:
				cell = out.paint(dim, "·"+strings.Repeat(" ", wide-1))
			default:
				cell = strings.Repeat(" ", wide)
			}
			line.WriteString(cell)
		}
		lines = append(lines, line.String())
	}
	return lines, shown
}
