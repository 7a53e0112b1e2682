package cli

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/venice"
)

// An entryLayout is how entries become rows of a table.
type entryLayout struct {
	out     stream
	columns []column
	time    string // how times are written
	sku     int    // the longest SKU shown whole; 0 is any
}

// layout leaves out what does not fit the width of a terminal: first the price,
// then the units, then the milliseconds and the middle of a SKU.
func layout(out stream) entryLayout {
	l := entryLayout{out: out, time: "2006-01-02 15:04:05.000", columns: []column{{name: "TIME (UTC)"}, {name: "SKU"}}}
	units, price := column{name: "UNITS", number: true}, column{name: "USD/UNIT", number: true}
	switch { // what is taken off the width is all but the SKU
	case out.width == 0:
		l.columns = append(l.columns, units, price)
	case out.width >= 128:
		l.columns = append(l.columns, units, price)
		l.sku = out.width - 84
	case out.width >= 112:
		l.columns = append(l.columns, units)
		l.sku = out.width - 72
	default:
		l.time = time.DateTime
		l.sku = max(20, out.width-56)
	}
	l.columns = append(l.columns, column{name: "AMOUNT", number: true}, column{name: "CURRENCY"})
	return l
}

// fixed gives the columns widths that do not depend on the rows, unless a row is
// wider, so that a table can be laid out in pieces.
func (l entryLayout) fixed() entryLayout {
	for i, c := range l.columns {
		switch c.name {
		case "SKU":
			l.columns[i].width = cmp.Or(l.sku, 46)
		case "AMOUNT":
			l.columns[i].width = 14
		}
		if c.number {
			l.columns[i].fraction = money.Places + 1
			l.columns[i].width = max(l.columns[i].width, 11)
		}
	}
	return l
}

func (l entryLayout) row(e *venice.UsageEntry) []string {
	sku, amount := printable(e.SKU), money.Readable(e.Amount)
	if l.sku > 0 {
		sku = shorten(sku, l.sku)
	}
	if e.Amount.IsPositive() {
		amount = l.out.paint(green, amount)
	}
	cells := []string{e.Timestamp.UTC().Format(l.time), sku,
		money.Readable(e.Units), money.Readable(e.PricePerUnitUSD)}[:len(l.columns)-2]
	return append(cells, amount, printable(string(e.Currency)))
}

// shorten takes the middle out of a text that is too long: a SKU begins with the
// model and ends with the meter.
func shorten(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	tail := (width - 1) / 2
	return string(runes[:width-1-tail]) + "…" + string(runes[len(runes)-tail:])
}

// pieceRows is how many rows of a long table are laid out at once.
const pieceRows = 100

// writeTable writes a table of any length, piece by piece.
func writeTable(w io.Writer, out stream, entries iter.Seq2[venice.UsageEntry, error]) error {
	header, l := true, layout(out).fixed()
	var rows [][]string
	flush := func() error {
		_, err := io.WriteString(w, renderTable(out, l.columns, rows, header))
		rows, header = rows[:0], false
		return err
	}
	for e, err := range entries {
		if err != nil {
			_ = flush() // of the two errors the first counts
			return err
		}
		rows = append(rows, l.row(&e))
		if len(rows) == pieceRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// pageTable shows one page, what it adds up to, and how to get the next one.
func pageTable(out stream, page *venice.UsagePage) string {
	var s strings.Builder
	l := layout(out)
	rows := make([][]string, len(page.Data))
	for i := range page.Data {
		rows[i] = l.row(&page.Data[i])
	}
	if len(rows) > 0 {
		s.WriteString(renderTable(out, l.columns, rows, true))
		s.WriteByte('\n')
		s.WriteString(pageSums(page.Data))
	}
	fmt.Fprintf(&s, "page %d", page.Page)
	if page.Totals != nil {
		fmt.Fprintf(&s, " of %d", page.Totals.Pages)
	}
	fmt.Fprintf(&s, ": %s", plural(len(page.Data), "entry", "entries"))
	if page.Totals != nil {
		fmt.Fprintf(&s, " of %s", money.Thousands(strconv.Itoa(page.Totals.Entries)))
	}
	if page.HasMore {
		fmt.Fprintf(&s, "; more: --page %d", page.Page+1)
	}
	s.WriteByte('\n')
	return s.String()
}

// pageSums says what the entries of a page add up to, charges and credits
// apart, each currency for itself.
func pageSums(entries []venice.UsageEntry) string {
	spend, credit := map[venice.Currency]decimal.Decimal{}, map[venice.Currency]decimal.Decimal{}
	for _, e := range entries {
		if e.Amount.IsNegative() {
			spend[e.Currency] = spend[e.Currency].Sub(e.Amount)
		} else if e.Amount.IsPositive() {
			credit[e.Currency] = credit[e.Currency].Add(e.Amount)
		}
	}
	var s strings.Builder
	for _, part := range []struct {
		name string
		sums map[venice.Currency]decimal.Decimal
	}{{"spent", spend}, {"credited", credit}} {
		if len(part.sums) == 0 {
			continue
		}
		var sums []string
		for currency, sum := range part.sums {
			sums = append(sums, money.Readable(sum)+" "+printable(string(currency)))
		}
		slices.Sort(sums)
		fmt.Fprintf(&s, "%s on this page: %s\n", part.name, strings.Join(sums, ", "))
	}
	return s.String()
}

// plural counts things in words.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return money.Thousands(strconv.Itoa(n)) + " " + many
}
