package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/serve"
	"github.com/ducat-ledger/ducat/internal/serve/dashboard"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// The simulated account of the demo.
const (
	demoSeed     = 1
	demoEntries  = 100_000
	demoDays     = 365
	demoParallel = 8
	demoSyncs    = time.Minute
)

func (a app) demoCmd() *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "What Ducat shows, on a simulated account",
		Long: `Balance, latest usage and the books of an invented account with a year of
history: 100,000 entries are read into a temporary ledger, and reported on. It
needs no key and no network, and takes some seconds. On a terminal it then serves
these books on this machine, as 'ducat serve' does, until it is interrupted.`,
		Example: "  ducat demo\n  ducat demo --once",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := venicetest.Start(venicetest.Config{
				Seed: demoSeed, Entries: demoEntries, Days: demoDays, Now: a.now, NoLimits: true,
			})
			if err != nil {
				return err
			}
			defer server.Close()
			client, err := venice.NewClient(venice.WithAPIKey(server.AdminKey), venice.WithBaseURL(server.BaseURL))
			if err != nil {
				return err
			}
			folder, err := os.MkdirTemp("", "ducat-demo-")
			if err != nil {
				return err
			}
			store, err := duckdb.Open(filepath.Join(folder, "ledger.duckdb"), duckdb.Options{})
			if err == nil {
				err = a.tour(cmd.Context(), client, store)
				if err == nil && a.out.tty && !once {
					err = a.demoServe(cmd.Context(), server, client, store)
				}
				err = errors.Join(err, store.Close())
			}
			return errors.Join(err, os.RemoveAll(folder))
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "end after the tour, also on a terminal")
	return cmd
}

// demoServe shows the books until it is interrupted, and keeps them fresh: the
// account goes on being used.
func (a app) demoServe(ctx context.Context, server *venicetest.Server, client *venice.Client, store ledger.Store) error {
	history := server.Entries()
	loop, err := syncing.New(demoSyncs, func(ctx context.Context) error {
		again := history[rand.N(len(history))]
		again.Timestamp = a.now().Add(-time.Second)
		server.Post(again)
		_, err := ledger.Sync(ctx, store, client.Billing, config.Default, ledger.SyncOptions{Now: a.now, Keys: client.APIKeys})
		return err
	}, nil)
	if err != nil {
		return err
	}
	o := serve.Options{Now: a.now, Sync: loop.Run}
	a.show(store, loop, &o, new(connection), dashboard.Options{
		Billing: map[string]focus.BillingAccount{config.Default: {ID: "demo"}}})
	return a.listen(ctx, "127.0.0.1:0", o, func(s *serve.Server) error {
		_, err := fmt.Fprintf(a.out, "\nThese books, in a browser (%s):\n  %s\nCtrl-C ends the demo.\n",
			a.out.paint(cyan, "ducat serve"), a.out.paint(bold, s.URL()))
		return err
	})
}

// tour shows one answer after the other, each under the command that gives it.
func (a app) tour(ctx context.Context, client *venice.Client, store ledger.Store) error {
	steps := []struct {
		why, command string
		answer       func(context.Context, *venice.Client, ledger.Store) (string, error)
	}{
		{"What can be spent now, and how much of today's DIEM is gone:", "ducat balance", a.demoBalance},
		{"The newest rows of the ledger (-o json, ndjson or csv gives every digit):", "ducat usage --limit 8", a.demoUsage},
		{"Where it goes, by Venice's own sums (the five highest of each):", "ducat analytics --lookback 7d", a.demoAnalytics},
		{"The whole history into books of your own, several windows side by side:", "ducat sync", a.demoSync},
		{"Where it went, this week:", "ducat report --since 7d --by model --top 6", a.demoModels},
		{"And by month, for good: Venice keeps its sums for 90 days:", "ducat report --since all --by month", a.demoMonths},
	}
	text := a.out.paint(bold, "Ducat: Venice AI billing.") +
		" This is a simulated account: no key, no network, nothing real.\n"
	if _, err := io.WriteString(a.out, text); err != nil {
		return err
	}
	for _, step := range steps {
		if _, err := fmt.Fprintf(a.out, "\n%s\n%s %s\n\n", step.why, a.out.paint(dim, "$"), a.out.paint(cyan, step.command)); err != nil {
			return err
		}
		answer, err := step.answer(ctx, client, store)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(a.out, answer); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(a.out, `
%s
  export %s=...          an ADMIN key, from the API settings at venice.ai
  ducat sync                         and the other commands above
  ducat reconcile                    the books against Venice's own sums
  ducat serve --sync 5m              them in a browser, and for programs
  ducat simulate                     a server to try your own programs on
  ducat --help                       everything else
`, a.out.paint(bold, "Next:"), envKey)
	return err
}

func (a app) demoBalance(ctx context.Context, client *venice.Client, _ ledger.Store) (string, error) {
	balance, err := client.Billing.GetBalance(ctx)
	if err != nil {
		return "", err
	}
	return balanceTable(a.out, balance, export.NewEpoch(balance, a.now())), nil
}

func (a app) demoUsage(ctx context.Context, client *venice.Client, _ ledger.Store) (string, error) {
	page, err := client.Billing.GetUsage(ctx, venice.UsageParams{Limit: 8})
	if err != nil {
		return "", err
	}
	return pageTable(a.out, page), nil
}

func (a app) demoAnalytics(ctx context.Context, client *venice.Client, _ ledger.Store) (string, error) {
	sums, err := client.Billing.GetUsageAnalytics(ctx, venice.UsageAnalyticsParams{Lookback: "7d"})
	if err != nil {
		return "", err
	}
	return analyticsTables(a.out, highest(sums, 5)), nil
}

func (a app) demoSync(ctx context.Context, client *venice.Client, store ledger.Store) (string, error) {
	bar := newProgressBar(a.err)
	defer bar.stop()
	result, err := ledger.Sync(ctx, store, client.Billing, config.Default, ledger.SyncOptions{
		Parallel: demoParallel, Progress: bar.sync, Now: a.now,
	})
	if err != nil {
		return "", err
	}
	return newSyncReport(result, nil).text(a.out), nil
}

func (a app) demoModels(ctx context.Context, _ *venice.Client, store ledger.Store) (string, error) {
	now := a.now()
	q := report.Question{Now: now, Top: 6}
	q.By = []ledger.Dimension{ledger.ByModel}
	q.Window.Start = now.AddDate(0, 0, -7)
	return a.demoReport(ctx, store, q)
}

func (a app) demoMonths(ctx context.Context, _ *venice.Client, store ledger.Store) (string, error) {
	q := report.Question{Now: a.now()}
	q.By = []ledger.Dimension{ledger.ByMonth}
	return a.demoReport(ctx, store, q)
}

func (a app) demoReport(ctx context.Context, store ledger.Store, q report.Question) (string, error) {
	q.Accounts = []string{config.Default}
	r, err := report.Ask(ctx, store, q)
	if err != nil {
		return "", err
	}
	return reportTable(a.out, r, q.Now), nil
}
