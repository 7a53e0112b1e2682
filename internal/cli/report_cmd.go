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

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// reportOptions are the flags of 'ducat report'.
type reportOptions struct {
	by                           dimensions
	since, until, tz             string
	models, currencies, accounts []string
	top                          count
	output                       *choice
}

func (a app) reportCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "What was spent, by day, model, key ...",
		Long: `What the books say: spend and credits in each currency, requests, tokens. The
books are on this machine ('ducat sync' keeps them up to date): nothing is asked
of Venice and no key is needed.

--by takes one or two of day, hour, week, month, model, sku, meter, currency,
account, key. --since and --until take a date (its first instant in --tz), an
RFC 3339 instant, or days or hours back from now; '--since all' is everything.
Without --since it is the last 30 days, without --until what the books know.
By key the days are whole UTC days, and money is all that is known.

Currencies are never added together but in the dollar equivalent, where USD,
BUNDLED_CREDITS, EARNED_CREDITS and DIEM count 1 and VCU 0.10. Credits are
purchases and refunds; they lower no spend.

Every answer says whether it is complete. If it is not, the exit code is 5 and
the command that reads what is missing is named.`,
		Example: `  ducat report
  ducat report --by model --since 2026-01-01 --until 2026-02-01
  ducat report --by day,model --top 5 --tz Europe/Berlin
  ducat report --by key --since 7d
  ducat report --by month --since all -o json`,
		Args: noArgs,
	}
	o := &reportOptions{by: dimensions{ledger.ByDay}}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.Var(&o.by, "by", "one or two of "+o.by.all(", "))
	flags.StringVar(&o.since, "since", "", "the first instant: 2026-01-31, 2026-01-31T12:00:00Z, 7d, 12h or all (default 30 days)")
	flags.StringVar(&o.until, "until", "", "the first instant after, in the same forms (default: all that the books know)")
	flags.StringVar(&o.tz, "tz", "UTC", "where days begin: a name such as Europe/Berlin, or local")
	flags.StringSliceVar(&o.models, "model", nil, "only this model; can be repeated")
	flags.StringSliceVar(&o.currencies, "currency", nil, "only this currency; can be repeated")
	flags.StringSliceVar(&o.accounts, "account", nil, "only this account; can be repeated")
	flags.Var(&o.top, "top", "only so many groups, those with the highest spend; the others are added up")
	o.output = outputFlag(cmd, formatTable, formatJSON, formatNDJSON, formatCSV)
	// The error is that of a flag which does not exist.
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions(strings.Split(o.by.all(","), ","), cobra.ShellCompDirectiveNoFileComp))

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		now := a.now().Truncate(time.Second)
		q, err := o.question(now, a.env)
		if err == nil {
			err = q.Check()
		}
		if err != nil {
			return wrongUsage(err, cmd.CommandPath())
		}
		r, err := a.ask(cmd.Context(), q, o.accounts)
		if errors.Is(err, report.ErrQuestion) {
			return wrongUsage(err, cmd.CommandPath())
		}
		if err != nil {
			return err
		}
		return a.printReport(r, o.output.value, now)
	}
	return cmd
}

// question puts the flags into a question, but for the accounts.
func (o *reportOptions) question(now time.Time, env func(string) string) (q report.Question, err error) {
	q.Now, q.By, q.Top, q.Models, q.Currencies = now, o.by, int(o.top), o.models, currenciesOf(o.currencies)
	if q.Zone, err = parseZone(o.tz, env); err != nil {
		return q, err
	}
	switch o.since {
	case "all":
	case "":
		q.Window.Start = report.DaysBack(report.DefaultDays, now, q.Zone)
	default:
		if q.Window.Start, err = parseWhenIn("--since", o.since, now, q.Zone); err != nil {
			return q, err
		}
	}
	if o.until != "" {
		q.Window.End, err = parseWhenIn("--until", o.until, now, q.Zone)
	}
	return q, err
}

// ask puts a question to the books.
func (a app) ask(ctx context.Context, q report.Question, accounts []string) (r *report.Report, err error) {
	c, store, err := a.books()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if q.Accounts, err = accountsOf(ctx, c, store, accounts); err != nil {
		return nil, err
	}
	return report.Ask(ctx, store, q)
}

// printReport prints a report, and fails if it is not complete.
func (a app) printReport(r *report.Report, format string, now time.Time) (err error) {
	w := export.NewLineWriter(a.out)
	switch format {
	case formatJSON:
		err = writeJSON(w, "  ", export.NewReport(r))
	case formatNDJSON:
		for _, row := range export.NewReport(r).Rows {
			err = errors.Join(err, writeJSON(w, "", row))
		}
	case formatCSV:
		err = writeReportCSV(w, r)
	default:
		_, err = io.WriteString(w, reportTable(a.out, r, now))
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		return err
	}
	if !r.Complete {
		told := format == formatTable && a.out.tty && a.err.tty
		return &incompleteError{report.MissingText(r.Coverage), report.Remedy(r.Coverage), told}
	}
	return nil
}

// dimensions is the value of --by.
type dimensions []ledger.Dimension

func (d *dimensions) all(separator string) string { return join(report.Dimensions(), separator) }
func (d *dimensions) String() string              { return join(*d, ",") }
func (d *dimensions) Type() string                { return "dimensions" }

func (d *dimensions) Set(s string) error {
	*d = nil
	for name := range strings.SplitSeq(s, ",") {
		dimension := ledger.Dimension(strings.ToLower(strings.TrimSpace(name)))
		if !slices.Contains(report.Dimensions(), dimension) {
			return fmt.Errorf("must be one or two of %s", d.all(", "))
		}
		*d = append(*d, dimension)
	}
	return nil
}

func join(list []ledger.Dimension, separator string) string {
	words := make([]string, len(list))
	for i, d := range list {
		words[i] = string(d)
	}
	return strings.Join(words, separator)
}
