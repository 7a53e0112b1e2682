package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// The simulated account of the demo.
const (
	demoSeed    = 1
	demoEntries = 4000
	demoDays    = 30
)

func (a app) demoCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "What Ducat shows, on a simulated account",
		Long: `Balance, latest usage and analytics of an invented account. It needs no key and
no network, and takes a moment.`,
		Example: "  ducat demo",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := venicetest.Start(venicetest.Config{
				Seed: demoSeed, Entries: demoEntries, Days: demoDays, Now: a.now,
			})
			if err != nil {
				return err
			}
			defer server.Close()
			client, err := venice.NewClient(venice.WithAPIKey(server.AdminKey), venice.WithBaseURL(server.BaseURL))
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			balance, err := client.Billing.GetBalance(ctx)
			if err != nil {
				return err
			}
			page, err := client.Billing.GetUsage(ctx, venice.UsageParams{Limit: 12})
			if err != nil {
				return err
			}
			sums, err := client.Billing.GetUsageAnalytics(ctx, venice.UsageAnalyticsParams{Lookback: "14d"})
			if err != nil {
				return err
			}
			return a.tour(balance, page, sums)
		},
	}
}

// tour shows the three answers, each under the command that gives it.
func (a app) tour(balance *venice.Balance, page *venice.UsagePage, sums *venice.UsageAnalytics) error {
	steps := []struct{ why, command, text string }{
		{"What can be spent now, and how much of today's DIEM is gone:",
			"ducat balance", balanceTable(a.out, balance, newEpoch(balance, a.now()))},
		{"The newest rows of the ledger (-o json, ndjson or csv gives every digit):",
			"ducat usage --limit 12", pageTable(a.out, page)},
		{"Where it goes, by Venice's own sums (the five highest of each):",
			"ducat analytics --lookback 14d", analyticsTables(a.out, highest(sums, 5))},
	}
	text := a.out.paint(bold, "Ducat: Venice AI billing.") +
		" This is a simulated account: no key, no network, nothing real.\n"
	for _, step := range steps {
		text += fmt.Sprintf("\n%s\n%s %s\n\n%s", step.why, a.out.paint(dim, "$"), a.out.paint(cyan, step.command), step.text)
	}
	text += fmt.Sprintf(`
%s
  export %s=...          an ADMIN key, from the API settings at venice.ai
  ducat balance                      and the other commands above
  ducat usage --all -o ndjson        the whole ledger, a JSON object a line
  ducat simulate                     a server to try your own programs on
  ducat --help                       everything else
`, a.out.paint(bold, "Next:"), envKey)
	_, err := io.WriteString(a.out, text)
	return err
}
