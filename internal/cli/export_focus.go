package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/money"
)

// focusFlags are the flags of 'ducat export --format focus'.
type focusFlags struct {
	version, grain, basis, allowance, profile, file *choice
	id, name                                        string
}

// focusNames are the names of those flags.
var focusNames = []string{"focus-version", "grain", "basis", "allowance-cost", "profile", "file", "billing-account-id", "billing-account-name"}

func newFocusFlags(cmd *cobra.Command) *focusFlags {
	add := func(name, what string, allowed ...string) *choice {
		return choiceFlag(cmd, name, "", allowed[0], allowed, "focus: "+what)
	}
	f := &focusFlags{
		version: add("focus-version", "the version of the specification", focus.Version12, focus.Version13, focus.Version14),
		grain:   add("grain", "a row for each", focus.GrainEntry, focus.GrainDay),
		basis: choiceFlag(cmd, "basis", "", "", []string{focus.BasisPrepaid, focus.BasisConsumption},
			"focus: what is billed: top-ups, or usage in USD (default prepaid, for vantage consumption)"),
		allowance: add("allowance-cost", "what DIEM and credits cost: nothing, or their face value", focus.AllowanceZero, focus.AllowanceFace),
		profile:   choiceFlag(cmd, "profile", "", "", []string{focus.ProfileVantage}, "focus: columns and parts as this service takes them"),
		file:      add("file", "the form of the files", focus.CSV, focus.Parquet),
	}
	cmd.Flags().StringVar(&f.id, "billing-account-id", "", "focus: the account's id there, for one that has none in the configuration file")
	cmd.Flags().StringVar(&f.name, "billing-account-name", "", "focus: and its name")
	return f
}

// options are the exporter's words for the flags, but for what the books know.
func (f *focusFlags) options(compress string, accounts map[string]focus.BillingAccount) focus.Options {
	return focus.Options{
		Version: f.version.value, Grain: f.grain.value, Basis: f.basis.value, AllowanceCost: f.allowance.value,
		Profile: f.profile.value, File: f.file.value, Compress: export.Compression(compress), Accounts: accounts,
		ToParquet: func(ctx context.Context, csv, parquet string, columns []focus.SQLColumn) error {
			typed := make([]duckdb.Column, len(columns))
			for i, c := range columns {
				typed[i] = duckdb.Column(c)
			}
			return duckdb.ParquetFromCSV(ctx, csv, parquet, typed)
		},
	}
}

// billingAccounts are what FOCUS is to call those accounts for which the
// configuration file says it.
func billingAccounts(c *config.Config) map[string]focus.BillingAccount {
	accounts := map[string]focus.BillingAccount{}
	for _, a := range c.Accounts {
		if a.BillingID != "" {
			accounts[a.Name] = focus.BillingAccount{ID: a.BillingID, Name: a.BillingName}
		}
	}
	return accounts
}

// accounts are what FOCUS is to call each of them.
func (f *focusFlags) accounts(c *config.Config, names []string) (map[string]focus.BillingAccount, error) {
	if (f.id != "" || f.name != "") && len(names) != 1 {
		return nil, &usageError{
			msg:  "--billing-account-id and --billing-account-name are for one account, and there are " + someOf(names),
			hint: "choose one with --account, or give each its billing_account_id in the configuration file",
		}
	}
	configured, accounts := billingAccounts(c), map[string]focus.BillingAccount{}
	for _, name := range names {
		b := configured[name]
		if f.id != "" {
			b.ID = f.id
		}
		if f.name != "" {
			b.Name = f.name
		}
		if b.ID == "" {
			return nil, &usageError{
				msg:  fmt.Sprintf("FOCUS requires a billing account id, and the account %s has none", name),
				hint: "choose one that stays the same, with --billing-account-id, or billing_account_id in the configuration file",
			}
		}
		accounts[name] = b
	}
	return accounts, nil
}

// focus writes a folder, or one file to stdout, and says what became of the
// entries.
func (e *exporting) focus(ctx context.Context, o focus.Options) error {
	o.Selection, o.Complete, o.Coverage = e.selection, e.covered.Complete, e.covered.Coverage
	var result *focus.Result
	var err error
	if e.options.out == toStdout {
		result, err = focus.WriteCSV(ctx, e.books, e.out, o)
	} else {
		result, err = focus.Export(ctx, e.books, e.options.out, o)
	}
	e.bar.stop()
	if err != nil {
		return err
	}
	total := result.Totals()
	if _, err := io.WriteString(e.err, focusText(len(result.Months), total)); err != nil {
		return err
	}
	if n := sum(total.Rejected); n > 0 {
		text := plural(int(n), "entry has", "entries have") + " no row"
		if e.options.out != toStdout {
			text += "; see metadata/rejects.csv in " + e.options.out
		}
		return &rejectedError{text}
	}
	return nil
}

// A rejectedError is an export that some entries could not be a part of.
type rejectedError struct{ text string }

func (e *rejectedError) Error() string { return fmt.Sprintf("%v: %s", errIncomplete, e.text) }
func (e *rejectedError) Unwrap() error { return errIncomplete }

// focusText is the sentence on what became of the entries.
func focusText(months int, c focus.Counts) string {
	text := fmt.Sprintf("focus: %s of %s, in %s\n", plural(int(c.Rows), "row", "rows"),
		plural(int(c.Entries), "entry", "entries"), plural(months, "month", "months"))
	for _, part := range []struct {
		what string
		n    map[string]int64
	}{{"skipped", c.Skipped}, {"rejected", c.Rejected}, {"worth a look", c.Reported}} {
		for _, reason := range slices.Sorted(maps.Keys(part.n)) {
			text += fmt.Sprintf("  %s: %s: %s\n", part.what, money.Thousands(fmt.Sprint(part.n[reason])), reason)
		}
	}
	return text
}

func sum(counts map[string]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// checkFocus refuses flags of FOCUS for another form.
func checkFocus(cmd *cobra.Command) error {
	for _, name := range focusNames {
		if cmd.Flags().Changed(name) {
			return errors.New("--" + name + " goes with --format focus")
		}
	}
	return nil
}
