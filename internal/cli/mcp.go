package cli

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/mcp"
)

func (a app) mcpCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Answer agents from the books, by the Model Context Protocol",
		Long: `An MCP server on stdin and stdout, for agents that start their tools as programs.
Its tools only read the books: totals, breakdowns, entries, coverage, balances,
forecasts, budgets, prices, comparisons.
Nothing is asked of Venice and no key is needed, so an agent can be shown what
was spent without being handed a key. 'ducat sync' keeps the books up to date.

Most agents are told of it by JSON such as this in their configuration:

  {
    "mcpServers": {
      "ducat": {
        "command": "ducat",
        "args": ["mcp"],
        "env": {"DUCAT_LEDGER": "/path/to/ledger.duckdb"}
      }
    }
  }

Where the ledger is in its usual place, "env" can be left out. The server ends
when stdin does. What fails is logged to stderr.`,
		Example: "  ducat mcp",
		Args:    noArgs,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		c, store, err := a.books()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		budgets := make([]mcp.Budget, len(c.Budgets))
		for i, b := range c.Budgets {
			budgets[i] = mcp.Budget{Budget: b.Budget, Thresholds: b.Thresholds, Alerts: b.Alerts}
		}
		return mcp.Serve(cmd.Context(), mcp.Options{
			Books:    store,
			Accounts: func(ctx context.Context) ([]string, error) { return accountsOf(ctx, c, store, nil) },
			Budgets:  budgets,
			Now:      a.now,
			Version:  buildVersion().Version,
			Log:      slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
		}, a.in, a.out)
	}
	return cmd
}
