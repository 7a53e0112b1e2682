package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/transfer"
)

func (a app) ledgerCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ledger",
		Short:   "Move the books to another place",
		Long:    "What is done with the books as a whole, wherever they are.",
		Example: "  ducat ledger copy ~/.local/share/ducat/ledger.duckdb backup.duckdb",
		Args:    needsCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.ledgerCopyCmd())
	return cmd
}

// copyOptions are the flags of 'ducat ledger copy'.
type copyOptions struct {
	accounts []string
	verify   bool
	output   *choice
}

func (a app) ledgerCopyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "copy FROM TO",
		Short: "Copy the books into another place, and verify the copy",
		Long: `Copies books as they are now from one place into another, digit for digit: entries,
what is covered and when it was read, balances, totals by key, and the list of API
keys. A place is a ledger's file, or the address of one on a server of ClickHouse,
as in clickhouse://user@host:9000/database, with the password in
CLICKHOUSE_PASSWORD. FROM is not changed, and can be in use meanwhile; nothing else
should write to TO.

Whatever the size of the books, little of them is in memory at once. A copy that
was interrupted, or killed, goes on when it is repeated: what TO has already is
left as it is. So repeating it later brings TO up to date. But if TO covers what
FROM does not, or read it later, it is refused, and nothing is changed.

At the end both are compared: the number of entries, spend, credit and units of
each account, UTC day, currency and SKU, the prices of each SKU, and all that is
there beside entries. If anything differs, it is named, and the exit code is 5.
--verify does only that. Accounts that FROM has not are not looked at.`,
		Example: `  ducat ledger copy ~/.local/share/ducat/ledger.duckdb /mnt/backup/ledger.duckdb
  ducat ledger copy ledger.duckdb clickhouse://ducat@db.internal:9000/ducat
  ducat ledger copy old.duckdb new.duckdb --account work
  ducat ledger copy old.duckdb new.duckdb --verify`,
		Args: twoPlaces,
	}
	o := new(copyOptions)
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&o.accounts, "account", nil, "only this account; can be repeated")
	flags.BoolVar(&o.verify, "verify", false, "copy nothing, only compare")
	o.output = outputFlag(cmd, formatTable, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		from, err := a.openPlace(args[0])
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, from.Close()) }()
		to, err := a.openPlace(args[1])
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, to.Close()) }()
		if from.same(to) {
			return &usageError{msg: fmt.Sprintf("FROM and TO are the same place, %s", to.name), hint: "name another one for the copy"}
		}
		return a.copyLedger(cmd.Context(), from, to, o)
	}
	return cmd
}

func twoPlaces(_ *cobra.Command, args []string) error {
	if len(args) != 2 {
		return errors.New("copy takes two places, FROM and TO")
	}
	return nil
}

// A place is a store, and how it is called.
type place struct {
	ledger.Store
	name string
}

// openPlace opens the store at a place that is named on the command line.
func (a app) openPlace(name string) (place, error) {
	at := config.Place(name)
	store, err := a.openLedger(at, duckdb.Options{})
	return place{store, at.String()}, err
}

// same says whether two places are one.
func (p place) same(other place) bool {
	if p.name == other.name {
		return true
	}
	first, err := os.Stat(p.name)
	if err != nil {
		return false
	}
	second, err := os.Stat(other.name)
	return err == nil && os.SameFile(first, second)
}

func (a app) copyLedger(ctx context.Context, from, to place, o *copyOptions) (err error) {
	books, err := from.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	if err := knownAccounts(ctx, books, from.name, o.accounts); err != nil {
		return err
	}
	bar := newProgressBar(a.err)
	defer bar.stop()
	began := time.Now()
	options := transfer.Options{Accounts: o.accounts, Progress: func(p transfer.Progress) {
		if p.Comparing {
			bar.show(progress{what: "comparing", done: p.Done, total: p.Total, elapsed: time.Since(began)})
			return
		}
		bar.show(progress{"copying", p.Done, p.Total, int(p.Done), time.Since(began)})
	}}
	var result *transfer.Result
	if o.verify {
		if _, err := to.Accounts(ctx); err != nil { // that there is nothing is no difference
			return err
		}
		result, err = transfer.Compare(ctx, books, to, options)
	} else {
		result, err = transfer.Copy(ctx, books, to, options)
	}
	bar.stop()
	if result == nil {
		return err
	}
	if differ, ok := errors.AsType[*transfer.Differences](err); ok {
		err = &copyDiffersError{differ}
	}
	return errors.Join(err, a.printCopy(newCopyReport(from.name, to.name, o.verify, result), o.output.value))
}

// knownAccounts refuses names that the books do not have.
func knownAccounts(ctx context.Context, books ledger.Books, place string, asked []string) error {
	if len(asked) == 0 {
		return nil
	}
	all, err := books.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, name := range asked {
		if !slices.Contains(all, name) {
			return &usageError{msg: fmt.Sprintf("invalid --account %q: not in the books at %s", name, place), hint: "there are " + someOf(all)}
		}
	}
	return nil
}

// A copyDiffersError is a copy that is not like the books that it was made of.
type copyDiffersError struct{ *transfer.Differences }

func (e *copyDiffersError) Unwrap() error { return errIncomplete }
