package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
)

func (a app) forecastCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forecast",
		Short: "When DIEM runs out, and what will be spent",
		Long: `When today's DIEM runs out, what will be spent by the end of the DIEM epoch (00:00
UTC), of the day and of the month, and how fast money went in the last hour, day
and week. It comes from the books alone: a forecast begins where they end.

What is spent is exact. What is expected goes by the hour of the week where at
least four weeks are known, else by the hour of the day with at least three days,
both scaled to the level of the last seven days, else by the rate of the last
hours. The range holds the middle 80 of 100 outcomes when the same forecast is
made on the past days at this hour; with fewer than 10 such days there is none.
Where spend grows or falls, the range can lie beside the forecast.

DIEM is forecast from the newest balance, less what was spent since. While there
is DIEM it pays first, so the forecast takes the spend in all currencies; the
other answer takes the DIEM of the last hour. Both are of the whole account,
whatever --model and --currency choose.`,
		Example: `  ducat sync && ducat forecast
  ducat forecast --tz Europe/Berlin --currency USD
  ducat forecast -o json | jq -r '.runOut[0].forecast.at'`,
		Args: noArgs,
	}
	var accounts, models, currencies []string
	var tz string
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&accounts, "account", nil, "only this account; can be repeated")
	flags.StringSliceVar(&currencies, "currency", nil, "only this currency; can be repeated")
	flags.StringSliceVar(&models, "model", nil, "only this model; can be repeated")
	flags.StringVar(&tz, "tz", "UTC", "where the day and the month begin: a name such as Europe/Berlin, or local")
	output := outputFlag(cmd, formatTable, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		scope := report.Scope{Models: models, Currencies: currenciesOf(currencies), Now: a.now().Truncate(time.Second)}
		var err error
		if scope.Zone, err = parseZone(tz, a.env); err != nil {
			return wrongUsage(err, cmd.CommandPath())
		}
		var f *report.Forecast
		err = a.withBooks(cmd.Context(), cmd.CommandPath(), accounts, func(books ledger.Books, accounts []string) (err error) {
			scope.Accounts = accounts
			f, err = report.Foresee(cmd.Context(), books, scope)
			return err
		})
		if err != nil {
			return err
		}
		return a.printInsight(insight{export.NewForecast(f), forecastTable(a.out, f), f.Complete, f.Coverage}, output.value)
	}
	return cmd
}

// forecastTable shows a forecast to a person: DIEM first, which ends soonest.
func forecastTable(out stream, f *report.Forecast) string {
	var s strings.Builder
	s.WriteString(runOutsText(out, f))
	if len(f.RunOuts) > 0 {
		s.WriteByte('\n')
	}
	if rows := outlookRows(out, f); len(rows) > 0 {
		s.WriteString(renderTable(out, []column{{name: "UNTIL (" + f.Zone.String() + ")"}, {name: "CURRENCY"}, {name: "SPENT", number: true},
			{name: "EXPECTED", number: true}, {name: "TOTAL", number: true}, {name: "10 %", number: true}, {name: "90 %", number: true}}, rows, true))
		s.WriteByte('\n')
	}
	if rows := burnRows(out, f.Burns); len(rows) > 0 {
		s.WriteString(renderTable(out, []column{{name: "LAST"}, {name: "CURRENCY"}, {name: "SPENT", number: true},
			{name: "PER HOUR", number: true}, {name: "BEFORE", number: true}, {name: "CHANGE", number: true}}, rows, true))
		s.WriteByte('\n')
	}
	s.WriteString(writeFacts(out, append(forecastFacts(f), coverageFacts(out, covered(f.Complete, f.Coverage), f.Now)...)))
	return s.String()
}

// mostUnknown is how many accounts are named of which the same keeps us from
// knowing when their DIEM ends.
const mostUnknown = 3

// mostRunOuts is of how many accounts it is told when their DIEM ends: of those
// where it does first.
const mostRunOuts = 12

// runOutsText says when the DIEM of accounts ends.
func runOutsText(out stream, f *report.Forecast) string {
	name := func(accounts string) string {
		if len(f.RunOuts) == 1 {
			accounts = ""
		}
		return out.paint(bold, "DIEM"+accounts)
	}
	unknown := func(accounts, why string) string {
		return fmt.Sprintf("%s  %s: %s.\n", name(accounts), out.paint(yellow, "unknown when it ends"), why)
	}
	var known []report.RunOut
	alike := map[string]int{} // the others, by what keeps us from knowing
	for _, r := range f.RunOuts {
		if why := r.Unknown(); why == "" {
			known = append(known, r)
		} else {
			alike[why]++
		}
	}
	first, others := report.Neediest(known, mostRunOuts, report.ByRunOut)
	var s strings.Builder
	for _, r := range first {
		s.WriteString(runOutText(out, f, name(" of "+printable(r.Account)), r))
	}
	if others > 0 {
		fmt.Fprintf(&s, "%s  ends later, if it does: -o json tells of each.\n", name(" of "+plural(others, "more account", "more accounts")))
	}
	for _, r := range f.RunOuts {
		if why := r.Unknown(); 0 < alike[why] && alike[why] <= mostUnknown {
			s.WriteString(unknown(" of "+printable(r.Account), why))
		}
	}
	for _, why := range slices.Sorted(maps.Keys(alike)) {
		if n := alike[why]; n > mostUnknown {
			s.WriteString(unknown(" of "+plural(n, "account", "accounts"), why))
		}
	}
	return s.String()
}

// runOutText says when the DIEM of an account ends.
func runOutText(out stream, f *report.Forecast, name string, r report.RunOut) string {
	if r.Forecast.Verdict == report.IsOut {
		return fmt.Sprintf("%s  %s as of %s UTC. Refills in %s (00:00 UTC).\n", name, out.paint(red, "used up"),
			minuteText(r.From), duration(r.Resets.Sub(f.Now)))
	}
	say := func(e report.Exhaustion) string {
		switch e.Verdict {
		case report.RunsOut:
			return out.paint(red, "runs out at "+e.At.Format("15:04:05")+" UTC") + " (" + ahead(e.At.Sub(f.Now)) + ")"
		case report.NotBeforeReset:
			return out.paint(green, "lasts until it refills")
		}
		return out.paint(yellow, "unknown") + ": " + e.Why
	}
	rate := "the last hour's rate"
	if r.PresentRate.PerHour.Valid {
		rate += " of " + money.Readable(r.PresentRate.PerHour.Decimal)
	}
	return fmt.Sprintf("%s  %s left. Refills in %s (00:00 UTC).\n  by the forecast: %s\n  at %s: %s\n", name,
		readableNull(r.Left), duration(r.Resets.Sub(f.Now)), say(r.Forecast), rate, say(r.PresentRate))
}

// ahead says how far something is, or that it is past.
func ahead(d time.Duration) string {
	if d < 0 {
		return ago(-d)
	}
	return "in " + duration(d)
}

// inDollarsName is the name of dollar equivalents in the place of a currency.
const inDollarsName = "USD equiv."

func outlookRows(out stream, f *report.Forecast) (rows [][]string) {
	for i, o := range f.Outlooks {
		name := o.Period
		if i > 0 && o.Window == f.Outlooks[0].Window {
			continue // the day in UTC is the epoch
		}
		name += " " + o.Window.End.In(f.Zone).Format("Mon 2006-01-02 15:04")
		if o.Unknown != "" {
			rows = append(rows, []string{name, out.paint(yellow, "unknown"), "", "", "", "", ""})
			continue
		}
		add := func(currency string, e report.Estimate) {
			rows = append(rows, []string{name, currency, money.Readable(e.Spent), estimated(e.Expected), estimated(e.Total), estimated(e.Low), estimated(e.High)})
			if out.tty {
				name = ""
			}
		}
		for _, c := range o.Currencies {
			add(printable(string(c.Currency)), c.Estimate)
		}
		if len(o.Currencies) != 1 || len(o.Unpriced) > 0 {
			add(inDollarsName, o.Dollars)
		}
	}
	return rows
}

// estimated shows no more digits of an estimate than it is worth: cents, where it
// is at least one.
func estimated(d decimal.NullDecimal) string {
	if d.Decimal.GreaterThanOrEqual(decimal.New(1, 0)) {
		d.Decimal = d.Decimal.Round(2)
	}
	return readableNull(d)
}

func burnRows(out stream, burns []report.Burn) (rows [][]string) {
	names := map[time.Duration]string{time.Hour: "hour", 24 * time.Hour: "day", 7 * 24 * time.Hour: "week"}
	for _, b := range burns {
		name := names[b.Span]
		add := func(currency string, r report.Rate) {
			rows = append(rows, []string{name, currency, money.Readable(r.Spend), readableNull(r.PerHour), money.Readable(r.Earlier), signedPercent(r.Change)})
			if out.tty {
				name = ""
			}
		}
		if !b.Known {
			name += " (partly known)"
		}
		for _, c := range b.Currencies {
			add(printable(string(c.Currency)), c.Rate)
		}
		if len(b.Currencies) != 1 || len(b.Unpriced) > 0 {
			add(inDollarsName, b.Dollars)
		}
	}
	return rows
}

// forecastFacts say how it is reckoned, and why something is not.
func forecastFacts(f *report.Forecast) (facts []fact) {
	if f.AsOf.IsZero() {
		return nil
	}
	facts = append(facts, fact{"method", strings.Split(f.Words(), ", ")})
	var unknown, forecast, ranges, unpriced []string
	for i, o := range f.Outlooks {
		if i > 0 && o.Window == f.Outlooks[0].Window {
			continue
		}
		note := func(list *[]string, why string) {
			if why != "" {
				*list = append(*list, o.Period+": "+why)
			}
		}
		note(&unknown, o.Unknown)
		note(&forecast, o.NoForecast)
		note(&ranges, o.NoRange)
		if o.Unknown == "" && o.Dollars.Low.Valid {
			ranges = append(ranges, fmt.Sprintf("%s: from %s replayed", o.Period, plural(o.Replays, "past day", "past days")))
		}
		for _, c := range o.Unpriced {
			unpriced = []string{printable(string(c)) + ": worth in dollars unknown"}
		}
	}
	return append(facts, fact{"unknown", unknown}, fact{"no forecast", forecast}, fact{"range", ranges}, fact{"left out", unpriced})
}
