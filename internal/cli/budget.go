package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/report"
)

var errExceeded = errors.New("a budget is exceeded")

// An exceededError is an answer that was printed, with budgets of which more than
// the amount is spent.
type exceededError struct {
	what []string
	told bool // the person has just read it in the table
}

func (e *exceededError) Error() string {
	return fmt.Sprintf("%v: %s", errExceeded, strings.Join(e.what, "; "))
}

func (e *exceededError) Unwrap() error { return errExceeded }

// A budgetLine is a budget of the file and how it stands.
type budgetLine struct {
	config.Budget
	state *report.BudgetState
}

func (a app) budgetCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "budget [NAME...]",
		Short: "What is spent of each budget, and what is left",
		Long: `What the books say of the budgets in the configuration file, each in the period
that runs now. Nothing is asked of Venice and no key is needed. A budget there:

  [budgets.team]
  amount     = "100"            # a decimal in quotes
  currency   = "USD"            # DIEM ..., or "dollars": all, as dollar equivalent
  period     = "month"          # epoch (a UTC day), day, week or month
  tz         = "Europe/Berlin"  # where periods begin (default UTC)
  accounts   = ["work"]         # only these; also models = [...], or key = "..."
  thresholds = [50, 80, 100]    # percents of the amount, which are the default
  alerts     = ["ops"]          # who is told when one is reached

  [alerts.ops]
  type       = "webhook"        # slack; or command = ["program", "argument"]
  url_env    = "OPS_URL"        # the variable with the address; or url_file, url
  secret_env = "OPS_SECRET"     # the variable with what signs the alert

'ducat sync' and 'ducat serve --sync' tell of each threshold once in a period.
Alerts come after the fact: they say what the books know, and how old that is.

If more than the amount of a budget is spent, the exit code is 6; if not, but the
books lack a part of a period, it is 5.`,
		Example: `  ducat budget
  ducat budget team -o json
  ducat sync && ducat budget || exit 1   # in CI or cron`,
	}
	output := outputFlag(cmd, formatTable, formatJSON)
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		c, err := config.Load(a.env)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return budgetNames(c), cobra.ShellCompDirectiveNoFileComp
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		now := a.now().Truncate(time.Second)
		lines, err := a.budgets(cmd.Context(), args, now)
		if err != nil {
			return err
		}
		return a.printBudgets(lines, output.value, now)
	}
	return cmd
}

func budgetNames(c *config.Config) []string {
	names := make([]string, len(c.Budgets))
	for i, b := range c.Budgets {
		names[i] = b.Name
	}
	return names
}

// budgets finds how the budgets of those names stand, or all.
func (a app) budgets(ctx context.Context, names []string, now time.Time) (lines []budgetLine, err error) {
	c, store, err := a.books()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if len(c.Budgets) == 0 {
		return nil, &usageError{msg: "no budget is configured", hint: "see 'ducat budget --help' for how to"}
	}
	for _, name := range names {
		if known := budgetNames(c); !slices.Contains(known, name) {
			return nil, &usageError{msg: fmt.Sprintf("no budget is named %q", name), hint: "there are " + someOf(known)}
		}
	}
	kept, err := store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range c.Budgets {
		if len(names) > 0 && !slices.Contains(names, b.Name) {
			continue
		}
		asked := b.Budget
		if len(asked.Accounts) == 0 {
			asked.Accounts = c.AccountsWith(kept)
		}
		state, err := report.AskBudget(ctx, store, asked, b.PeriodAt(now), now)
		if err != nil {
			return nil, fmt.Errorf("budget %s: %w", b.Name, err)
		}
		lines = append(lines, budgetLine{b, state})
	}
	return lines, nil
}

// budgetsForm is what 'budget -o json' prints.
func budgetsForm(lines []budgetLine) export.Budgets {
	budgets := make([]export.Budget, len(lines))
	for i, l := range lines {
		budgets[i] = export.NewBudget(l.Budget.Budget, l.state, l.Thresholds, l.Alerts)
	}
	return export.NewBudgets(budgets)
}

// printBudgets prints the budgets, and fails if one is exceeded or incomplete.
func (a app) printBudgets(lines []budgetLine, format string, now time.Time) (err error) {
	w := export.NewLineWriter(a.out)
	if format == formatJSON {
		err = writeJSON(w, "  ", budgetsForm(lines))
	} else {
		_, err = io.WriteString(w, budgetTable(a.out, lines, now))
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		return err
	}
	told := format == formatTable && a.out.tty && a.err.tty
	exceeded := &exceededError{told: told}
	var missing []string
	var coverage []report.Coverage
	for _, l := range lines {
		if s := l.state; s.Exceeded() {
			exceeded.what = append(exceeded.what, fmt.Sprintf("%s: %s of %s %s", l.Name, s.Spent, s.Amount, s.Unit()))
		}
		if !l.state.Complete {
			missing = append(missing, l.Name+": "+report.MissingText(l.state.Coverage))
			coverage = append(coverage, l.state.Coverage...)
		}
	}
	switch {
	case len(exceeded.what) > 0:
		return exceeded
	case len(missing) > 0:
		return &incompleteError{strings.Join(missing, "; "), report.Remedy(coverage), told}
	}
	return nil
}
