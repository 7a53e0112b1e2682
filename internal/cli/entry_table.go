package cli

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

// entryColumns are those of every table of entries; a long one is laid out in
// pieces, so their widths do not depend on the rows unless a row is wider.
var entryColumns = [...]column{
	{name: "TIME (UTC)", width: 23},
	{name: "SKU", width: 36},
	{name: "UNITS", number: true, width: 10, fraction: places + 1},
	{name: "USD/UNIT", number: true, width: 10, fraction: places + 1},
	{name: "AMOUNT", number: true, width: 13, fraction: places + 1},
	{name: "CURRENCY"},
}

// pieceRows is how many rows of a long table are laid out at once.
const pieceRows = 100

func entryRow(out stream, e *venice.UsageEntry) []string {
	amount := readable(e.Amount)
	if e.Amount.IsPositive() {
		amount = out.paint(green, amount)
	}
	return []string{
		e.Timestamp.UTC().Format("2006-01-02 15:04:05.000"),
		printable(e.SKU),
		readable(e.Units),
		readable(e.PricePerUnitUSD),
		amount,
		printable(string(e.Currency)),
	}
}

// writeTable writes a table of any length, piece by piece.
func writeTable(w io.Writer, out stream, entries iter.Seq2[venice.UsageEntry, error]) error {
	header := true
	var rows [][]string
	flush := func() error {
		_, err := io.WriteString(w, renderTable(out, entryColumns[:], rows, header))
		rows, header = rows[:0], false
		return err
	}
	for e, err := range entries {
		if err != nil {
			_ = flush() // of the two errors the first counts
			return err
		}
		rows = append(rows, entryRow(out, &e))
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
	rows := make([][]string, len(page.Data))
	for i := range page.Data {
		rows[i] = entryRow(out, &page.Data[i])
	}
	if len(rows) > 0 {
		s.WriteString(renderTable(out, entryColumns[:], rows, true))
		s.WriteByte('\n')
		s.WriteString(pageSums(page.Data))
	}
	fmt.Fprintf(&s, "page %d", page.Page)
	if page.Totals != nil {
		fmt.Fprintf(&s, " of %d", page.Totals.Pages)
	}
	fmt.Fprintf(&s, ": %s", plural(len(page.Data), "entry", "entries"))
	if page.Totals != nil {
		fmt.Fprintf(&s, " of %s", thousands(strconv.Itoa(page.Totals.Entries)))
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
			sums = append(sums, readable(sum)+" "+printable(string(currency)))
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
	return thousands(strconv.Itoa(n)) + " " + many
}
