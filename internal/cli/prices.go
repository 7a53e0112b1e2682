package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
)

func (a app) pricesCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prices",
		Short: "What each SKU cost over time",
		Long: `The price of each SKU as Venice billed it (pricePerUnitUsd, whatever currency was
paid), from when it was first seen, and how much it rose or fell. Refunds do not
count. Where several prices were seen in turn within the same time, as with use
at a discount, they are shown together.

A price is only as old as the first entry that was charged at it.`,
		Example: `  ducat prices --changed
  ducat prices --model kimi-k2-7-code --since 2026-01-01
  ducat prices --changed -o json`,
		Args: noArgs,
	}
	var accounts, models []string
	var since, until string
	var changed bool
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVar(&changed, "changed", false, "only SKUs that had more than one price")
	flags.StringVar(&since, "since", "all", "the first instant: 2026-01-31, 2026-01-31T12:00:00Z, 7d, 12h or all")
	flags.StringVar(&until, "until", "", "the first instant after, in the same forms (default: all that the books know)")
	flags.StringSliceVar(&models, "model", nil, "only this model; can be repeated")
	flags.StringSliceVar(&accounts, "account", nil, "only this account; can be repeated")
	output := outputFlag(cmd, formatTable, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		q := report.Question{Now: a.now().Truncate(time.Second)}
		q.Models = models
		var err error
		if since != "all" {
			q.Window.Start, err = parseWhenIn("--since", since, q.Now, time.UTC)
		}
		if err == nil && until != "" {
			q.Window.End, err = parseWhenIn("--until", until, q.Now, time.UTC)
		}
		if err == nil {
			err = q.Check()
		}
		if err != nil {
			return wrongUsage(err, cmd.CommandPath())
		}
		var p *report.Prices
		err = a.withBooks(cmd.Context(), cmd.CommandPath(), accounts, func(books ledger.Books, accounts []string) (err error) {
			q.Accounts = accounts
			p, err = report.AskPrices(cmd.Context(), books, q)
			return err
		})
		if err != nil {
			return err
		}
		if changed {
			p.SKUs = slices.DeleteFunc(p.SKUs, func(h report.PriceHistory) bool { return !h.Changed() })
		}
		return a.printInsight(insight{export.NewPrices(p), pricesTable(a.out, p, q.Now), p.Complete, p.Coverage}, output.value)
	}
	return cmd
}

// pricesTable shows prices to a person, a row for each step.
func pricesTable(out stream, p *report.Prices, now time.Time) string {
	var s strings.Builder
	var rows [][]string
	for _, h := range p.SKUs {
		for i, step := range h.Steps {
			name := printable(h.SKU)
			if i > 0 && out.tty {
				name = ""
			}
			var prices []string
			var entries int64
			for _, price := range step.Prices {
				prices = append(prices, money.Readable(price.Price))
				entries += price.Entries
			}
			change := ""
			switch {
			case len(prices) > 1:
				change = "side by side"
			case i > 0:
				change = signedPercent(step.Change)
			}
			rows = append(rows, []string{name, minuteText(step.First), minuteText(step.Last), strings.Join(prices, " | "), change, knownCount(&entries)})
		}
	}
	if len(rows) > 0 {
		s.WriteString(renderTable(out, []column{{name: "SKU"}, {name: "FIRST SEEN (UTC)"}, {name: "LAST SEEN"},
			{name: "USD A UNIT"}, {name: "CHANGE"}, {name: "ENTRIES", number: true}}, rows, true))
		s.WriteByte('\n')
	}
	facts := []fact{{"prices", []string{plural(len(p.SKUs), "SKU", "SKUs")}}}
	s.WriteString(writeFacts(out, append(facts, coverageFacts(out, covered(p.Complete, p.Coverage), now)...)))
	return s.String()
}
