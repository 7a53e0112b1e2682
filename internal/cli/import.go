package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/intake"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// importOptions are the flags of 'ducat import'.
type importOptions struct {
	account string
	covers  span
	replace bool
	raw     bool
	output  *choice
}

func (a app) importCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Put an old export into the books",
		Long: `Puts the entries of a file into the books: Venice's CSV, also of the retired
route, and CSV, NDJSON, JSON or Parquet of ours. What it is shows in its content,
and gzip or zstd around it is taken off. It is read more than once, so it must be
a file, not a pipe.

First the whole file is looked through: if any entry of it is malformed or cannot
be kept exactly, the place is named and nothing is changed. Then what the books
do not cover is filled from the file. What they do cover is compared and left
alone: what differs is said and the exit code is 5, unless --replace puts the
file in its place. So importing a file twice changes nothing, and an import that
was interrupted goes on when it is repeated.

The file counts as complete where it says so itself, and else from its first
entry to its last: there, a sync will not read again, but for the last two days.
So a file that was filtered, by currency or key, must not be imported.
--covers says otherwise: START/END, END being the first instant after, as dates
or RFC 3339 instants; 1970-01-01 is before the beginning of every account.`,
		Example: `  ducat import usage-2024.csv --covers 2024-01-01/2025-01-01
  ducat import backup.parquet
  ducat import usage.ndjson.gz --account work`,
		Args: oneFile,
	}
	o := new(importOptions)
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.account, "account", "", "whose the entries are, where the file does not say")
	flags.Var(&o.covers, "covers", "the file is complete here: 2024-01-01/2025-01-01")
	flags.BoolVar(&o.replace, "replace", false, "where the books differ, take the file's entries")
	flags.BoolVar(&o.raw, "raw", false, "CSV: keep the ' before =, +, - and @ that guards a cell of our CSV in spreadsheets")
	o.output = outputFlag(cmd, formatTable, formatJSON)

	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		now := a.now().UTC()
		if o.covers.End.After(now) {
			return wrongUsage(errors.New("--covers must not end in the future"), cmd.CommandPath())
		}
		c, store, err := a.books()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		file, err := intake.Open(cmd.Context(), args[0], intake.Options{Raw: o.raw, Parquet: openParquet})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		return a.importFile(cmd.Context(), c, store, file, o, now)
	}
	return cmd
}

// oneFile wants the name of one file.
func oneFile(_ *cobra.Command, args []string) error {
	switch {
	case len(args) != 1:
		return errors.New("import takes the name of one file")
	case args[0] == "-":
		return errors.New("import cannot read stdin, since it reads more than once; write it to a file first")
	}
	return nil
}

func openParquet(ctx context.Context, path string) (intake.Table, error) {
	file, err := duckdb.OpenParquet(ctx, path, duckdb.Options{})
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (a app) importFile(ctx context.Context, c *config.Config, store ledger.Store, file *intake.File, o *importOptions, now time.Time) error {
	// Who is meant also shows whether the books can be read at all.
	candidates, err := importAccounts(ctx, c, store)
	if err != nil {
		return err
	}
	bar := newProgressBar(a.err)
	defer bar.stop()
	began := time.Now()
	show := func(p intake.Progress) {
		what := "looking through"
		if p.Writing {
			what = "writing"
		}
		bar.show(progress{what, p.Read, p.Total, p.Entries, time.Since(began)})
	}
	survey, err := file.Survey(ctx, intake.SurveyOptions{
		Covers: ledger.Window(o.covers), Now: now, Check: store.Check, Progress: show,
	})
	if err != nil {
		return err
	}
	began = time.Now()
	account, err := whose(survey.Accounts(), o.account, candidates)
	if err != nil {
		return err
	}
	results, failed := survey.Put(ctx, store, intake.PutOptions{Account: account, Replace: o.replace, Progress: show})
	bar.stop()
	a.keepStatus(ctx, c, store)
	report := newImportReport(file, survey, results, failed)
	if err := a.printImport(report, o.output.value); err != nil || failed != nil {
		return errors.Join(failed, err)
	}
	if report.leftOut > 0 {
		return &leftOutError{report.leftOut}
	}
	return nil
}

// importAccounts are the accounts that a file without names can be of.
func importAccounts(ctx context.Context, c *config.Config, store ledger.Store) ([]string, error) {
	names, err := accountsOf(ctx, c, store, nil)
	if errors.Is(err, ledger.ErrNoLedger) {
		for _, account := range c.Accounts {
			names = append(names, account.Name)
		}
		err = nil
	}
	return names, err
}

// whose is the account of entries whose file does not say it. A name that is
// neither configured nor in the books is taken for a typing error, unless the file
// has it, since the books have no way to rename an account.
func whose(named []string, asked string, candidates []string) (string, error) {
	there := "there are " + someOf(candidates)
	switch {
	case named != nil && asked != "" && !slices.Equal(named, []string{asked}):
		return "", &usageError{
			msg:  fmt.Sprintf("invalid --account %q: the file says that its entries are of %s", asked, strings.Join(named, ", ")),
			hint: "leave --account out",
		}
	case named != nil:
		return "", nil
	case asked == "" && len(candidates) == 1:
		return candidates[0], nil
	case asked == "":
		return "", &usageError{msg: "the file does not say whose its entries are", hint: "name the account with --account: " + there}
	case !slices.Contains(candidates, asked):
		return "", &usageError{msg: fmt.Sprintf("invalid --account %q: neither configured nor in the books", asked), hint: there}
	}
	return asked, nil
}

// A leftOutError is an import that left entries of the file out, because the
// books have others in their place.
type leftOutError struct{ entries int }

func (e *leftOutError) Error() string {
	return plural(e.entries, "entry of the file is", "entries of the file are") +
		" not in the books, which cover that time, and left out; --replace takes the file's"
}

func (e *leftOutError) Unwrap() error { return errIncomplete }

// A span is the value of a flag that takes a window of time.
type span ledger.Window

func (s *span) String() string {
	if ledger.Window(*s).Empty() {
		return ""
	}
	return ledger.Window(*s).String()
}

func (s *span) Type() string { return "START/END" }

func (s *span) Set(text string) (err error) {
	start, end, both := strings.Cut(text, "/")
	if !both {
		return errors.New("must be START/END, as in 2024-01-01/2025-01-01")
	}
	if s.Start, err = parseInstant(start); err == nil {
		s.End, err = parseInstant(end)
	}
	switch {
	case err != nil:
		return err
	case !s.Start.Before(s.End):
		return errors.New("END must be later than START")
	case s.Start.Before(ledger.Beginning):
		return errors.New("START must not be before 1970-01-01")
	}
	return nil
}

// parseInstant reads a date (its 00:00 UTC) or an RFC 3339 instant to the
// millisecond.
func parseInstant(text string) (time.Time, error) {
	if t, err := parseDay(text); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !t.Equal(t.Truncate(time.Millisecond)) {
		return t, errors.New("must be dates (2026-01-31) or instants to the millisecond (2026-01-31T12:00:00Z)")
	}
	return t.UTC(), nil
}
