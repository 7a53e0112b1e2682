package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// machineChecks are made once, in this order. Later checks use what earlier ones
// found out.
func machineChecks() []check {
	return []check{
		checkProgram, checkEngine, checkConfiguration,
		checkLedger, checkWritable, checkDisk, // of a file
		checkServer, checkDatabase, checkRights, checkTables, // of a server
	}
}

// accountChecks are made of each account, in this order.
func accountChecks() []check {
	return []check{
		checkKey, checkRetiredRoute,
		checkRoute(routeRateLimits), checkRoute(routeBalance), checkRoute(routeHistory), checkRoute(routeAnalytics), checkRoute(routeKeys),
		checkKeyKind, checkKeyExpiry, checkClock, checkErrorBudget, checkRetention,
		checkCoverage, checkAge, checkOverlap, checkBalanceAge,
	}
}

func (a app) doctorCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "What is wrong, and the command that mends it",
		Long: `Looks at the configuration, the key and its kind, each route of Venice, the clock,
and the books: a line for each check, with the command that mends what was found.
It changes nothing in the books, and never shows a key.

The exit code is 0 when no check failed, warnings or not, or else that of the worst
finding: 3 the key, 4 Venice, 5 the books lack something, 1 anything else.`,
		Example: `  ducat doctor
  ducat doctor -o json | jq '.findings[] | select(.verdict != "ok")'`,
		Args: noArgs,
	}
	var names []string
	var timeout time.Duration
	cmd.Flags().SortFlags = false
	cmd.Flags().StringSliceVar(&names, "account", nil, "only this account; can be repeated")
	cmd.Flags().DurationVar(&timeout, "timeout", 5*time.Second, "the longest that one request may take")
	output := outputFlag(cmd, formatTable, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if timeout <= 0 {
			return wrongUsage(errors.New("--timeout must be more than 0"), cmd.CommandPath())
		}
		d := &diagnosis{out: a.out, asJSON: output.value == formatJSON}
		if err := a.examine(cmd.Context(), d, names, timeout); err != nil {
			return err
		}
		return d.end()
	}
	return cmd
}

// A check looks at one thing. It finds nothing where earlier findings make it
// pointless.
type check func(context.Context, *patient) []finding

// A patient is what is looked at, and what the checks have found out so far.
type patient struct {
	app     app
	timeout time.Duration
	config  *config.Config    // nil when it cannot be read
	opened  ledger.Store      // whether it can be read or not
	store   ledger.Store      // nil when the ledger cannot be read
	server  *clickhouse.Store // of a ledger on a server that answers

	// Of one account:
	account config.Account
	client  *venice.Client // nil without a key
	// unreachable says that nobody answers.
	unreachable bool
	answers     map[routeName]answered
	// skew is how far the server's clock is ahead; within is how sure that is.
	skew, within time.Duration
	clockKnown   bool
}

// examine makes all checks. The error is not about what was found, but about the
// command itself.
func (a app) examine(ctx context.Context, d *diagnosis, names []string, timeout time.Duration) error {
	p := &patient{app: a, timeout: timeout}
	defer func() {
		if p.opened != nil {
			_ = p.opened.Close() // nothing was written
		}
	}()
	if err := p.run(ctx, d, machineChecks()); err != nil || p.config == nil {
		return err
	}
	accounts, err := configured(p.config, names)
	if err != nil {
		return err
	}
	d.several = len(accounts) > 1
	for _, account := range accounts {
		one := &patient{app: a, timeout: timeout, config: p.config, store: p.store, account: account, answers: map[routeName]answered{}}
		if err := one.run(ctx, d, accountChecks()); err != nil {
			return err
		}
	}
	return nil
}

func (p *patient) run(ctx context.Context, d *diagnosis, checks []check) error {
	for _, check := range checks {
		for _, f := range check(ctx, p) {
			if ctx.Err() != nil { // it says nothing but that
				return ctx.Err()
			}
			f.account = p.account.Name
			if err := d.add(f); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// forAccount is a command of the account.
func (p *patient) forAccount(command string) string {
	if p.config.Implicit {
		return command
	}
	return fmt.Sprintf("%s --account %s", command, p.account.Name)
}
