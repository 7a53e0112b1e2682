package dashboard

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// outlookCards are an outlook in words.
type outlookCards struct {
	// Unknown says why there is none.
	Unknown  string
	Method   string
	Partial  bool // the books lack a part of the day or month
	Expected []expectedCard
	RunOuts  []runOutCard
	// RunOutsOf is how many accounts there are, where only some of them are shown.
	RunOutsOf int64
	Burns     []burnRow
	Days      []unusualDay
	Usual     string // what is said where no day is unusual, and why
	// Unpriced are the currencies that no dollar figure has.
	Unpriced []venice.Currency
}

// An expectedCard is what a period is expected to cost.
type expectedCard struct {
	Name, Ends string
	Unknown    string // why nothing is said
	Spent      decimal.Decimal
	Total      decimal.NullDecimal // as expected
	Low, High  decimal.NullDecimal
	Replays    string
	Why        string // why there is no forecast, or no range
	Currencies []currencyTotal
}

type currencyTotal struct {
	Currency venice.Currency
	Amount   decimal.Decimal
}

// A runOutCard says when the DIEM of an account end.
type runOutCard struct {
	Account string // "" where there is only one
	Level   string // calm, high or spent
	Verdict string
	Lines   []string
}

// A burnRow is how fast money went, and how fast before.
type burnRow struct {
	Span, Change, Why string
	Spend, Earlier    decimal.Decimal
}

type unusualDay struct {
	Name, Link, Model string
	Spend, Usual      decimal.Decimal
}

// foresee puts an outlook into words.
func (s *sheet) foresee(o *outlook, p params) {
	s.budgets(o)
	s.limits(o)
	f := o.forecast
	if f == nil || f.AsOf.IsZero() {
		s.Outlook.Unknown = "Nothing can be foreseen yet: nothing has been read."
		return
	}
	c := outlookCards{Method: f.Words(), Partial: !f.Complete}
	if f.Method == report.NoMethod {
		c.Method = "" // each card says why
	}
	for _, outlook := range f.Outlooks {
		if outlook.Period == "day" {
			continue
		}
		card, unpriced := newExpectedCard(outlook, f.Zone)
		c.Expected = append(c.Expected, card)
		if len(unpriced) > 0 {
			c.Unpriced = unpriced
		}
	}
	shown, of := neediest(f.RunOuts, report.ByRunOut)
	c.RunOutsOf = of
	for _, r := range shown {
		card := newRunOutCard(r, s.Now)
		if len(f.RunOuts) > 1 {
			card.Account = r.Account
		}
		c.RunOuts = append(c.RunOuts, card)
	}
	for _, b := range f.Burns {
		c.Burns = append(c.Burns, newBurnRow(b))
	}
	c.unusual(o.unusual, p)
	s.Outlook = c
}

func newExpectedCard(o report.Outlook, zone *time.Location) (expectedCard, []venice.Currency) {
	c := expectedCard{Name: "Today", Ends: "the reset at 00:00 UTC"}
	if o.Period == "month" {
		c.Name, c.Ends = o.Window.Start.In(zone).Format("January"), clock(o.Window.End, zone)
	}
	if o.Unknown != "" {
		c.Unknown = "Unknown: " + o.Unknown + "."
		return c, nil
	}
	c.Spent, c.Total, c.Low, c.High = o.Dollars.Spent, o.Dollars.Total, o.Dollars.Low, o.Dollars.High
	c.Replays = count(int64(o.Replays), "past day", "past days")
	switch {
	case o.NoForecast != "":
		c.Why = "No forecast: " + o.NoForecast + "."
	case o.NoRange != "":
		c.Why = "No range: " + o.NoRange + "."
	}
	for _, e := range o.Currencies {
		amount := e.Spent
		if e.Total.Valid {
			amount = e.Total.Decimal
		}
		c.Currencies = append(c.Currencies, currencyTotal{e.Currency, amount})
	}
	return c, o.Unpriced
}

func newRunOutCard(r report.RunOut, now time.Time) runOutCard {
	c := runOutCard{Level: "calm"}
	e := r.Forecast
	switch e.Verdict {
	case report.RunsOut:
		c.Level, c.Verdict = "high", "Runs out at "+e.At.Format("15:04")+" UTC"
	case report.NotBeforeReset:
		c.Verdict = "Not before the reset"
	case report.IsOut:
		c.Level, c.Verdict = "spent", "Used up"
	default:
		c.Verdict = "Unknown"
		c.Lines = append(c.Lines, strings.ToUpper(e.Why[:1])+e.Why[1:]+".")
	}
	if r.Left.Valid {
		c.Lines = append(c.Lines, money.Readable(r.Left.Decimal)+" DIEM left at "+r.From.UTC().Format("15:04")+
			" UTC, by the books. It refills at 00:00 UTC.")
	}
	switch rate := r.PresentRate; {
	case rate.Verdict == report.RunsOut && rate.At.Before(now):
		c.Lines = append(c.Lines, "At the last hour’s rate it ran out at "+rate.At.Format("15:04")+" UTC.")
	case rate.Verdict == report.RunsOut:
		c.Lines = append(c.Lines, "At the last hour’s rate of "+money.Readable(rate.PerHour.Decimal)+" it runs out at "+rate.At.Format("15:04")+" UTC.")
	case rate.Verdict == report.NotBeforeReset:
		c.Lines = append(c.Lines, "At the last hour’s rate of "+money.Readable(rate.PerHour.Decimal)+" it lasts until then.")
	case rate.Verdict == report.Unknown && rate.Why != e.Why:
		c.Lines = append(c.Lines, "At the last hour’s rate: unknown, "+rate.Why+".")
	}
	return c
}

func newBurnRow(b report.Burn) burnRow {
	names := map[time.Duration]string{time.Hour: "Last hour", day: "Last 24 h", 7 * day: "Last 7 d"}
	r := burnRow{Span: names[b.Span], Spend: b.Dollars.Spend, Earlier: b.Dollars.Earlier}
	switch change := b.Dollars.Change; {
	case change.Valid && change.Decimal.IsPositive():
		r.Change = "+" + change.Decimal.String() + "%"
	case change.Valid:
		r.Change = change.Decimal.String() + "%"
	case !b.Known:
		r.Why = "a part is not in the books"
	case !b.EarlierKnown:
		r.Why = "a part of what was before is not in the books"
	default:
		r.Why = "nothing before"
	}
	return r
}

// unusual lists the days that stand out, the newest first.
func (c *outlookCards) unusual(u *report.Unusual, p params) {
	weeks := fmt.Sprintf("%d weeks", unusualDays/7)
	switch {
	case u.Judged == 0:
		c.Usual = "Unknown: no day of the last " + weeks + " has four days of its weekday before it to be compared with."
	case len(u.Days) == 0:
		c.Usual = "None of the last " + weeks + ": " + count(int64(u.Judged), "day was", "days were") + " compared with the same weekday before."
	}
	for i := len(u.Days) - 1; i >= 0; i-- {
		d := u.Days[i]
		begins := d.Day.In(u.Zone)
		c.Days = append(c.Days, unusualDay{
			Name: begins.Format("Mon 2 Jan"), Spend: d.Spend, Usual: d.Usual, Model: d.Model,
			Link: p.with(func(p *params) {
				p.Since, p.Until = begins.Format(time.DateOnly), begins.AddDate(0, 0, 1).Format(time.DateOnly)
				p.Step, p.Search, p.Model, p.Currency = "", "", "", ""
			}),
		})
	}
}
