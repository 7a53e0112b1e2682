package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/venice"
)

// usageOptions are the flags of 'ducat usage'.
type usageOptions struct {
	since, until     instant
	currency         string
	limit, page, max count
	sort, output     *choice
	all, totals      bool
	conn             *connection
}

func (a app) usageCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "usage",
		Short: "The ledger: a page of it, or all",
		Long: `What was charged, row by row, as Venice has it: one page, newest first, or with
--all the whole selection, oldest first, which is how Venice keeps it and the
fewest requests.

--since is the first instant, --until the first instant after. Both take a date
(its 00:00 UTC), an RFC 3339 instant, or days or hours back from now (7d, 12h).
So '--since 2026-01-01 --until 2026-02-01' is January.

--all prints as it reads: memory does not grow with the history, and if Venice
fails on the way, what was read has been printed, stderr says up to where, and
the exit code is 4. A negative amount is a charge, a positive one a purchase or
a refund. Tables show at most six decimals; json, ndjson and csv have every digit.`,
		Example: `  ducat usage --since 7d
  ducat usage --since 2026-01-01 --until 2026-02-01 --currency DIEM --page 2
  ducat usage --all -o ndjson > usage.ndjson
  ducat usage --all --since 30d -o csv > month.csv`,
		Args: noArgs,
	}
	o := new(usageOptions)
	when := func(s string) (time.Time, error) { return parseWhen(s, a.now()) }
	o.since.parse, o.until.parse = when, when
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.Var(&o.since, "since", "the first instant: 2026-01-31, 2026-01-31T12:00:00Z, 7d or 12h")
	flags.Var(&o.until, "until", "the first instant after, in the same forms")
	flags.StringVar(&o.currency, "currency", "", "only this currency: DIEM, USD, BUNDLED_CREDITS, EARNED_CREDITS, ...")
	flags.Var(&o.limit, "limit", "entries on a page, at most 500 (default 200, with --all 500)")
	flags.Var(&o.page, "page", "which page (default 1)")
	o.sort = choiceFlag(cmd, "sort", "", "", []string{"asc", "desc"}, "by time (default desc, with --all asc)")
	flags.BoolVar(&o.all, "all", false, "every page")
	flags.Var(&o.max, "max", "with --all: end after so many entries")
	flags.BoolVar(&o.totals, "totals", false, "count all entries and pages; can take a request for each 1000 entries")
	o.output = outputFlag(cmd, formatTable, formatJSON, formatNDJSON, formatCSV)
	o.conn = connectionFlags(cmd)

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.check(); err != nil {
			return wrongUsage(err, cmd.CommandPath())
		}
		client, err := a.client(o.conn)
		if err != nil {
			return err
		}
		if o.all {
			return a.usageWalk(cmd.Context(), client, o)
		}
		return a.usagePage(cmd.Context(), client, o)
	}
	return cmd
}

// check refuses flags that contradict each other.
func (o *usageOptions) check() error {
	switch {
	case o.all && o.page > 0:
		return errors.New("--all and --page exclude each other")
	case o.all && o.totals:
		return errors.New("--all and --totals exclude each other")
	case !o.all && o.max > 0:
		return errors.New("--max needs --all; without it, --limit says how many")
	case !o.since.IsZero() && !o.until.IsZero() && !o.until.After(o.since.Time):
		return errors.New("--until must be later than --since")
	}
	return nil
}

// params are the library's words for the flags.
func (o *usageOptions) params() venice.UsageParams {
	return venice.UsageParams{
		Currency:    venice.Currency(strings.ToUpper(o.currency)),
		StartDate:   o.since.Time,
		EndDate:     o.until.Time,
		Limit:       int(o.limit),
		Page:        int(o.page),
		SortOrder:   venice.SortOrder(o.sort.value),
		MaxItems:    int(o.max),
		CountTotals: o.totals,
	}
}

// usagePage prints one page.
func (a app) usagePage(ctx context.Context, client *venice.Client, o *usageOptions) error {
	page, err := client.Billing.GetUsage(ctx, o.params())
	if err != nil {
		return err
	}
	entries := func(yield func(venice.UsageEntry, error) bool) {
		for _, e := range page.Data {
			if !yield(e, nil) {
				return
			}
		}
	}
	w := export.NewLineWriter(a.out)
	switch o.output.value {
	case formatNDJSON:
		err = export.WriteNDJSON(w, entries, export.AppendUsage)
	case formatCSV:
		err = venice.WriteUsageCSV(w, entries)
	case formatJSON:
		if err = writeData(w, entries); err == nil {
			_, err = w.Write(appendPageFields(nil, page))
		}
	default:
		_, err = fmt.Fprint(w, pageTable(a.out, page))
	}
	return errors.Join(err, w.Flush())
}
