package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// The forms that only exports have.
const (
	formatParquet = "parquet"
	formatFocus   = "focus"
)

// toStdout is the --out of what goes to stdout.
const toStdout = "-"

// exportOptions are the flags of 'ducat export'.
type exportOptions struct {
	format, compress             *choice
	since, until                 string
	models, currencies, accounts []string
	out                          string
	partial                      bool
	raw, withAccount             bool // csv
	partition                    bool // parquet
	focus                        *focusFlags
}

func (a app) exportCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "The books as CSV, NDJSON, JSON, Parquet or FOCUS",
		Long: `The entries of the books, every digit of them, in the order of time. Nothing is
asked of Venice.

  csv      Venice's own columns and order, for spreadsheets. A text that one
           would run as a formula gets an apostrophe, unless --raw
  ndjson   an entry to a line, json all of them in one object with what they cover
  parquet  for engines: decimals, UTC instants, zstd. --partition makes a folder
           account=.../billing_period=YYYY-MM/
  focus    the FinOps cost and usage format, a folder with schema and manifests
           (docs/focus.md says what becomes of an entry), or a CSV on stdout

Without --since and --until it is all that the books know. If they lack a part of
it, nothing is written and the exit code is 5, unless --partial: then what there
is is written, and marked: in json, parquet and focus inside, beside a csv or
ndjson file by FILE.incomplete.json. A file is there whole or not at all, whenever
the export is stopped. 'ducat import' reads these forms back.`,
		Example: `  ducat export --since 2026-01-01 --until 2026-02-01 > january.csv
  ducat export --format ndjson --compress zstd --out usage.ndjson.zst
  ducat export --format parquet --partition --out lake
  ducat export --format json --model kimi-k2-7-code --since 7d
  ducat export --format focus --billing-account-id acct-0001 --out focus`,
		Args: noArgs,
	}
	o := new(exportOptions)
	flags := cmd.Flags()
	flags.SortFlags = false
	formats := []string{formatCSV, formatNDJSON, formatJSON, formatParquet, formatFocus}
	o.format = choiceFlag(cmd, "format", "", formatCSV, formats, "the form")
	flags.StringVarP(&o.out, "out", "O", toStdout, "the file, or the folder of a partitioned or focus export; - is stdout")
	flags.StringVar(&o.since, "since", "all", "the first instant: 2026-01-31, 2026-01-31T12:00:00Z, 7d, 12h or all")
	flags.StringVar(&o.until, "until", "", "the first instant after, in the same forms (default: all that the books know)")
	flags.StringSliceVar(&o.accounts, "account", nil, "only this account; can be repeated")
	flags.StringSliceVar(&o.models, "model", nil, "only this model; can be repeated")
	flags.StringSliceVar(&o.currencies, "currency", nil, "only this currency; can be repeated")
	flags.BoolVar(&o.partial, "partial", false, "export what there is of an incomplete range, and mark it")
	o.compress = choiceFlag(cmd, "compress", "", "", []string{string(export.Gzip), string(export.Zstd)}, "pack the file (not parquet)")
	flags.BoolVar(&o.withAccount, "with-account", false, "csv: the account in a first column")
	flags.BoolVar(&o.raw, "raw", false, "csv: texts as they are, also those that a spreadsheet would run")
	flags.BoolVar(&o.partition, "partition", false, "parquet: a folder with a file for each account and month")
	o.focus = newFocusFlags(cmd)

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		now := a.now().Truncate(time.Second)
		q, err := o.question(now)
		if err == nil {
			err = errors.Join(q.Check(), o.check(cmd))
		}
		if err != nil {
			return wrongUsage(err, cmd.CommandPath())
		}
		return a.export(cmd.Context(), q, o)
	}
	return cmd
}

// question puts the flags into a question, but for the accounts.
func (o *exportOptions) question(now time.Time) (q report.Question, err error) {
	q.Now, q.Models, q.Currencies = now, o.models, currenciesOf(o.currencies)
	if o.since != "all" {
		if q.Window.Start, err = parseWhenIn("--since", o.since, now, time.UTC); err != nil {
			return q, err
		}
	}
	if o.until != "" {
		q.Window.End, err = parseWhenIn("--until", o.until, now, time.UTC)
	}
	return q, err
}

// check refuses flags that the form has no use for.
func (o *exportOptions) check(cmd *cobra.Command) error {
	is := func(formats ...string) bool {
		for _, f := range formats {
			if o.format.value == f {
				return true
			}
		}
		return false
	}
	switch {
	case o.out == "":
		return errors.New("--out is empty: name a file, or - for stdout")
	case o.compress.value != "" && is(formatParquet):
		return errors.New("--compress does not go with parquet, which is packed already")
	case o.raw && !is(formatCSV), o.withAccount && !is(formatCSV):
		return errors.New("--raw and --with-account go with --format csv")
	case o.partition && !is(formatParquet):
		return errors.New("--partition goes with --format parquet")
	case is(formatParquet) && o.out == toStdout:
		return errors.New("parquet needs --out: it is no text and is written from both ends")
	case !is(formatFocus):
		return checkFocus(cmd)
	case o.out == toStdout && (o.focus.profile.value != "" || o.focus.file.value == focus.Parquet):
		return errors.New("--profile and --file parquet need --out: they are written to a folder")
	}
	return o.focus.options(o.compress.value, nil).Check()
}

// Where entries are read one after another, more memory would only fill up with
// what was read, and more threads would need more of it.
const (
	walkMemory  = 64 // megabytes of the database
	walkThreads = 2
)

// export asks a snapshot of the books, so that neither a sync nor a slow reader
// of the output is in the way of the other.
func (a app) export(ctx context.Context, q report.Question, o *exportOptions) (err error) {
	var how duckdb.Options
	if o.format.value != formatParquet {
		how = duckdb.Options{MemoryMB: walkMemory, Threads: walkThreads}
	}
	c, store, err := a.booksWith(how)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if q.Accounts, err = accountsOf(ctx, c, store, o.accounts); err != nil {
		return err
	}
	books, err := store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	covered, err := report.Cover(ctx, books, q)
	if err != nil {
		return err
	}
	if !covered.Complete && !o.partial {
		return &incompleteError{missing: report.MissingText(covered.Coverage), remedy: report.Remedy(covered.Coverage) + ", or export what there is with --partial"}
	}
	if o.format.value == formatCSV && !o.withAccount && len(q.Accounts) > 1 {
		return &usageError{
			msg:  "Venice's columns do not tell accounts apart, and there are " + someOf(q.Accounts),
			hint: "add --with-account, or choose one with --account",
		}
	}
	q.Window = covered.Window
	e := exporting{app: a, snapshot: books, selection: q.Selection, options: o, covered: covered, bar: newProgressBar(a.err)}
	if o.format.value == formatFocus {
		if e.billed, err = o.focus.accounts(c, q.Accounts); err != nil {
			return err
		}
	}
	if o.out == toStdout && a.out.tty { // one of the two is enough to look at
		e.bar = newProgressBar(stream{Writer: io.Discard})
	}
	if e.books, err = counted(ctx, books, q.Selection, "export", e.bar); err != nil {
		return err
	}
	err = e.write(ctx)
	e.bar.stop()
	if err == nil && !covered.Complete {
		err = &incompleteError{missing: report.MissingText(covered.Coverage), remedy: report.Remedy(covered.Coverage)}
	}
	return err
}

// currenciesOf are currencies as the user spells them.
func currenciesOf(names []string) []venice.Currency {
	var currencies []venice.Currency
	for _, name := range names {
		currencies = append(currencies, venice.Currency(strings.ToUpper(name)))
	}
	return currencies
}

// months are the UTC months, as "2026-01", that have selected entries, by account.
func months(ctx context.Context, books ledger.Books, s ledger.Selection) (map[string][]string, error) {
	sums, err := books.Sums(ctx, ledger.Query{Selection: s, By: []ledger.Dimension{ledger.ByAccount, ledger.ByMonth}})
	if err != nil {
		return nil, err
	}
	seen := map[string][]string{}
	for _, sum := range sums {
		seen[sum.Group[0]] = append(seen[sum.Group[0]], sum.Group[1])
	}
	return seen, nil
}
