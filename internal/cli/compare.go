package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
)

func (a app) compareCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "What changed from one period to another, and why",
		Long: `The spend of two periods, by model, meter, SKU or currency, the largest change
first, and what made it: other prices, other volume, SKUs that are new or gone.

A period is a month (2026-05), a day (2026-05-17), or START/END, each of them a
date, an RFC 3339 instant, or days or hours back from now (14d/7d). Without END,
as in 7d/, it reaches up to what the books know. Dates begin in --tz.

Changes and effects are dollar equivalents, where USD, BUNDLED_CREDITS,
EARNED_CREDITS and DIEM count 1 and VCU 0.10. A price is what was spent by the
unit of a SKU. Price: what B's units cost more than they would have at A's prices.
Volume: what the other number of units costs, at A's prices. Other: SKUs that
have no units. The effects add up to the change exactly.`,
		Example: `  ducat compare 2026-05 2026-06
  ducat compare 14d/7d 7d/ --by sku
  ducat compare 2026-05 2026-06 --by currency -o json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("compare takes two periods, such as 2026-05 2026-06; there are %d", len(args))
			}
			return nil
		},
	}
	var accounts, models, currencies []string
	var tz string
	var names []string
	for _, d := range report.Comparable() {
		names = append(names, string(d))
	}
	by := choiceFlag(cmd, "by", "", string(ledger.ByModel), names, "what to compare by")
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&models, "model", nil, "only this model; can be repeated")
	flags.StringSliceVar(&currencies, "currency", nil, "only this currency; can be repeated")
	flags.StringSliceVar(&accounts, "account", nil, "only this account; can be repeated")
	flags.StringVar(&tz, "tz", "UTC", "where days and months begin: a name such as Europe/Berlin, or local")
	output := outputFlag(cmd, formatTable, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		q := report.ComparisonQuestion{By: ledger.Dimension(by.value)}
		q.Models, q.Currencies, q.Now = models, currenciesOf(currencies), a.now().Truncate(time.Second)
		var err error
		if q.Zone, err = parseZone(tz, a.env); err == nil {
			q.A, err = report.Period(args[0], q.Now, q.Zone)
		}
		if err == nil {
			q.B, err = report.Period(args[1], q.Now, q.Zone)
		}
		if err != nil {
			return wrongUsage(err, cmd.CommandPath())
		}
		var c *report.Comparison
		err = a.withBooks(cmd.Context(), cmd.CommandPath(), accounts, func(books ledger.Books, accounts []string) (err error) {
			q.Accounts = accounts
			c, err = report.Compare(cmd.Context(), books, q)
			return err
		})
		if err != nil {
			return err
		}
		return a.printInsight(insight{export.NewComparison(c), comparisonTable(a.out, c, q.Now), c.Complete, c.Coverage()}, output.value)
	}
	return cmd
}

// comparisonTable shows a comparison to a person.
func comparisonTable(out stream, c *report.Comparison, now time.Time) string {
	var s strings.Builder
	if len(c.Rows) > 0 {
		columns := []column{{name: strings.ToUpper(string(c.By))}}
		shown := effectColumns(c)
		for _, e := range shown {
			columns = append(columns, column{name: e.name, number: true})
		}
		row := func(name string, d report.Difference) []string {
			cells := []string{name}
			for _, e := range shown {
				cells = append(cells, e.cell(out, d))
			}
			return cells
		}
		var rows [][]string
		for _, d := range c.Rows {
			name := printable(d.Group)
			if out.tty {
				name = shorten(name, longNames[1])
			}
			rows = append(rows, row(name, d))
		}
		rows = append(rows, row("total", c.Totals))
		s.WriteString(renderTable(out, columns, rows, true))
		s.WriteByte('\n')
	}
	s.WriteString(writeFacts(out, append(comparisonFacts(out, c), coverageFacts(out, covered(c.Complete, c.Coverage()), now)...)))
	return s.String()
}

// An effectColumn is a figure of a difference.
type effectColumn struct {
	name  string
	value func(report.Difference) decimal.Decimal
	plain bool // not a change
}

func (e effectColumn) cell(out stream, d report.Difference) string {
	value := e.value(d)
	switch {
	case value.IsZero():
		return out.paint(dim, "0")
	case e.plain:
		return money.Readable(value)
	}
	return signed(value)
}

// effectColumns leaves out the effects that no row has. A person need not see
// what rounding leaves, which is below anything that tables show.
func effectColumns(c *report.Comparison) []effectColumn {
	columns := []effectColumn{
		{"A", func(d report.Difference) decimal.Decimal { return d.A }, true},
		{"B", func(d report.Difference) decimal.Decimal { return d.B }, true},
		{"CHANGE", func(d report.Difference) decimal.Decimal { return d.Change }, false},
	}
	for _, e := range []effectColumn{
		{"PRICE", func(d report.Difference) decimal.Decimal { return d.Price }, false},
		{"VOLUME", func(d report.Difference) decimal.Decimal { return d.Volume }, false},
		{"NEW", func(d report.Difference) decimal.Decimal { return d.New }, false},
		{"GONE", func(d report.Difference) decimal.Decimal { return d.Gone }, false},
		{"OTHER", func(d report.Difference) decimal.Decimal { return d.Other }, false},
	} {
		for _, d := range c.Rows {
			if !e.value(d).Round(money.Places).IsZero() {
				columns = append(columns, e)
				break
			}
		}
	}
	return columns
}

// comparisonFacts say what the periods are, and the change of each currency.
func comparisonFacts(out stream, c *report.Comparison) []fact {
	side := func(s report.Side) []string {
		parts := []string{report.WindowText(s.Window), money.Readable(s.Dollars) + " USD equivalent"}
		if s.PerDay.Valid {
			parts = append(parts, money.Readable(s.PerDay.Decimal)+" a day")
		}
		return parts
	}
	facts := []fact{{"A", side(c.A)}, {"B", side(c.B)}}
	if a, b := lengthText(c.A.Window), lengthText(c.B.Window); a != b {
		facts = append(facts, fact{"note", []string{out.paint(yellow, "the periods differ in length") + ": " + a + " and " + b}})
	}
	var changes, unpriced []string
	for _, d := range c.Totals.Currencies {
		changes = append(changes, fmt.Sprintf("%s %s (%s to %s)", printable(string(d.Currency)), signed(d.Change), money.Readable(d.A), money.Readable(d.B)))
	}
	for _, currency := range c.Totals.Unpriced {
		unpriced = append(unpriced, printable(string(currency))+": worth in dollars unknown")
	}
	return append(facts, fact{"change", changes}, fact{"left out", unpriced})
}

// lengthText is how many days a window has.
func lengthText(w ledger.Window) string {
	days := decimal.NewFromInt(int64(w.Length())).DivRound(decimal.NewFromInt(int64(24*time.Hour)), 2)
	return money.Readable(days) + " days"
}
