package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// The environment variables that the commands read.
const (
	envKey     = "VENICE_API_KEY"
	envBaseURL = "VENICE_API_BASE_URL"

	envClickHousePassword = "CLICKHOUSE_PASSWORD" // as for ClickHouse's own client
)

const environment = `  VENICE_API_KEY       the ADMIN key of the account (never a flag: flags are seen by others)
  VENICE_API_BASE_URL  where to ask instead of https://api.venice.ai/api/v1
  DUCAT_LEDGER         the ledger's file (default: ducat/ledger.duckdb in the user's data folder), or its database
                       on a ClickHouse server: clickhouse://user@host:9000/database, and ?cluster=NAME on a cluster
  CLICKHOUSE_PASSWORD  the password for that, so that it need not stand in the address
  DUCAT_CONFIG         the file with accounts and budgets (default: ducat/config.toml in the user's configuration folder)
                       tokens.json beside it has the tokens for 'ducat serve'
  NO_COLOR             no colour, if set
`

// root builds the commands. It sets started when one of them begins.
func (a app) root(started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "ducat",
		Short: "Venice AI billing: balance, usage and analytics",
		Long: `Ducat asks Venice AI what an account has used and what is left of it, keeps that
in books of your own, and answers questions about it, exact to the last digit.
Data goes to stdout, everything else to stderr.

New here? 'ducat demo' shows it on a simulated account, without a key.`,
		Example: `  ducat demo
  ducat balance
  ducat sync
  ducat report --by model --since 7d
  ducat usage --all -o ndjson > usage.ndjson
  ducat analytics --lookback 30d`,
		Version:                    buildVersion().Version,
		SuggestionsMinimumDistance: 2,
		SilenceErrors:              true,
		SilenceUsage:               true,
		Args:                       knownCommand,
		PersistentPreRun:           func(*cobra.Command, []string) { *started = true },
		Run:                        func(cmd *cobra.Command, _ []string) { _ = cmd.Help() },
		DisableFlagsInUseLine:      true,
	}
	root.SetErr(a.err)
	root.SetVersionTemplate("ducat {{.Version}}\n")
	root.SetHelpTemplate(root.HelpTemplate() + `{{if not .HasParent}}
Environment:
` + environment + `
Exit codes:
` + exitCodes + `{{end}}`)

	const ask, books, show, try, other = "ask", "books", "show", "try", "other"
	root.AddGroup(
		&cobra.Group{ID: ask, Title: "Ask Venice:"},
		&cobra.Group{ID: books, Title: "Ask the books:"},
		&cobra.Group{ID: show, Title: "Show the books:"},
		&cobra.Group{ID: try, Title: "Try it without a key:"},
		&cobra.Group{ID: other, Title: "Others:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, cmd := range commands {
			cmd.GroupID = group
			root.AddCommand(cmd)
		}
	}
	add(ask, a.balanceCmd(), a.usageCmd(), a.analyticsCmd(), a.keysCmd())
	add(books, a.syncCmd(), a.importCmd(), a.reportCmd(), a.statusCmd(), a.watchCmd(), a.forecastCmd(), a.budgetCmd(),
		a.compareCmd(), a.pricesCmd(), a.reconcileCmd(), a.exportCmd(), a.accountsCmd(), a.sqlCmd(), a.ledgerCmd())
	add(show, a.serveCmd(), a.tokenCmd(), a.mcpCmd())
	add(try, a.demoCmd(), a.simulateCmd())
	add(other, a.doctorCmd(), a.versionCmd())
	root.SetHelpCommand(helpCmd())
	root.SetHelpCommandGroupID(other)
	root.SetCompletionCommandGroupID(other)
	root.AddCommand(
		&cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: "Exit codes:\n" + exitCodes},
		&cobra.Command{Use: "environment", Short: "The variables that are read", Long: "Environment:\n" + environment},
	)
	return root
}

// knownCommand refuses words that are no command, with a guess at what was meant.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if guesses := root.SuggestionsFor(args[0]); len(guesses) > 0 {
		return fmt.Errorf("unknown command %q: did you mean %s?", args[0], strings.Join(guesses, " or "))
	}
	return fmt.Errorf("unknown command %q", args[0])
}

// noArgs refuses whatever is not a flag.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes flags only, not %q", cmd.Name(), args[0])
	}
	return nil
}

// helpCmd is 'ducat help', which for an unknown topic fails.
func helpCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "help [command]",
		Short:   "Help about a command, exit-codes or environment",
		Example: "  ducat help usage\n  ducat help exit-codes",
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var names []cobra.Completion
			for _, sub := range cmd.Root().Commands() {
				names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return wrongUsage(fmt.Errorf("no help on %q", strings.Join(args, " ")), "ducat")
			}
			target.InitDefaultHelpFlag()
			target.InitDefaultVersionFlag()
			return target.Help()
		},
	}
}
