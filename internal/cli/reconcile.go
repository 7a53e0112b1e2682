package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// reconcileOptions are the flags of 'ducat reconcile'.
type reconcileOptions struct {
	accounts []string
	since    instant
	fix, all bool
	output   *choice
	conn     *connection
}

func (a app) reconcileCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "The books against Venice's own sums, day by day",
		Long: `Compares what the books have for each UTC day with what Venice's analytics sum
up for it, and names each difference with its reason where there is one. Venice
keeps these sums for 90 days. They hold debits only, bundled credits as USD, no
earned credits, and can be ten minutes old.

--fix reads the days again that differ without a reason: entries that Venice
posted late or corrected come into the books, and what changed is said. While a
day stays open, the exit code is 5.`,
		Example: `  ducat reconcile
  ducat reconcile --since 7d --all
  ducat reconcile --fix`,
		Args: noArgs,
	}
	o := new(reconcileOptions)
	o.since.parse = func(s string) (time.Time, error) { return parseWhen(s, a.now()) }
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&o.accounts, "account", nil, "only this account; can be repeated")
	flags.Var(&o.since, "since", "the first day: 2026-01-31, 30d (default: all that Venice keeps)")
	flags.BoolVar(&o.fix, "fix", false, "read differing days again")
	flags.BoolVar(&o.all, "all", false, "show the days that agree, too")
	o.output = outputFlag(cmd, formatTable, formatJSON)
	o.conn = connectionFlags(cmd)

	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		c, store, err := a.books()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		accounts, err := configured(c, o.accounts)
		if err != nil {
			return err
		}
		return a.reconcile(cmd.Context(), store, accounts, o)
	}
	return cmd
}

// reconcile compares the accounts one after the other and prints each as it is
// done.
func (a app) reconcile(ctx context.Context, store ledger.Store, accounts []config.Account, o *reconcileOptions) error {
	var all []*ledger.Reconciliation
	open := 0
	for _, account := range accounts {
		client, err := a.clientOf(account, o.conn)
		if err != nil {
			return err
		}
		r, err := ledger.Reconcile(ctx, store, client.Billing, account.Name, ledger.ReconcileOptions{
			Since: o.since.Time, Fix: o.fix, Now: a.now,
		})
		if err != nil {
			return fmt.Errorf("account %s: %w", account.Name, err)
		}
		all = append(all, r)
		open += r.Open()
	}
	if err := a.printReconciliations(all, o); err != nil || open == 0 {
		return err
	}
	remedy := "run 'ducat reconcile --fix'"
	if o.fix {
		remedy = "run 'ducat sync' and try again later; if they stay, ask Venice"
	}
	return &openDaysError{open, remedy}
}

// An openDaysError is a reconciliation with days that differ without a reason,
// or that the books do not have.
type openDaysError struct {
	days   int
	remedy string
}

func (e *openDaysError) Error() string {
	if e.days == 1 {
		return "1 day differs or is not in the books; " + e.remedy
	}
	return fmt.Sprintf("%d days differ or are not in the books; %s", e.days, e.remedy)
}

func (e *openDaysError) Unwrap() error { return errIncomplete }
