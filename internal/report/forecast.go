package report

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A Forecast is what will be spent, as far as the past tells.
type Forecast struct {
	Zone *time.Location // where days and months begin; never nil
	Now  time.Time
	// AsOf is where the books end; the forecast begins there. Zero is nothing known.
	AsOf time.Time
	// Method is how it is reckoned, from so much known time. Level is by how much
	// the last seven days were above the profile, in dollar equivalents; 1 for Flat.
	Method Method
	Learnt time.Duration
	Level  decimal.Decimal
	// Outlooks are of the DIEM epoch, the day and the month that Now is in.
	Outlooks []Outlook
	Burns    []Burn
	RunOuts  []RunOut // of each account, by name
	// Complete says that the books know all of the outlooks' periods up to AsOf;
	// Coverage says the same of each account.
	Complete bool
	Coverage []Coverage
}

// An Outlook is what is spent in a period, and what will be at its end.
type Outlook struct {
	Period string // epoch, day or month
	Window ledger.Window
	// Unknown says why nothing is said about the period; "" if something is.
	Unknown string
	// NoForecast and NoRange say why there is no forecast and no range.
	NoForecast, NoRange string
	// Replays is how many past days the range comes from.
	Replays    int
	Currencies []CurrencyEstimate // as Venice debits them
	Dollars    Estimate           // in dollar equivalents
	Unpriced   []venice.Currency  // which Dollars leaves out
}

// A CurrencyEstimate is the estimate in one currency.
type CurrencyEstimate struct {
	Currency venice.Currency
	Estimate
}

// An Estimate is what was spent up to AsOf, exactly, and what is expected after
// it, to 12 decimals.
type Estimate struct {
	Spent           decimal.Decimal
	Expected, Total decimal.NullDecimal
	// Low and High are the totals that 10 and 90 in 100 of the replays stayed
	// below. They are not Valid where too few could be replayed.
	Low, High decimal.NullDecimal
}

// Foresee forecasts from the account's own past. The model and currency of a
// scope choose what is forecast, not when DIEM runs out.
func Foresee(ctx context.Context, books ledger.Books, s Scope) (*Forecast, error) {
	v, err := look(ctx, books, s)
	if err != nil {
		return nil, err
	}
	f := &Forecast{Zone: s.zone(), Now: s.Now, AsOf: v.asOf, Method: NoMethod, Level: decimal.New(1, 0)}
	f.Outlooks = []Outlook{
		{Period: "epoch", Window: periodAt(ledger.ByDay, time.UTC, s.Now).Window},
		{Period: "day", Window: periodAt(ledger.ByDay, f.Zone, s.Now).Window},
		{Period: "month", Window: periodAt(ledger.ByMonth, f.Zone, s.Now).Window},
	}
	first, last := s.Now, time.Time{}
	for _, o := range f.Outlooks {
		if o.Window.Start.Before(first) {
			first = o.Window.Start
		}
		if o.Window.Start.After(last) {
			last = o.Window.Start
		}
	}
	f.Complete, f.Coverage = v.cover(first, last)
	if v.asOf.IsZero() {
		for i := range f.Outlooks {
			f.Outlooks[i].Unknown = "nothing is read yet"
		}
		f.RunOuts, err = v.runOuts(ctx, nil)
		return f, err
	}
	h, spent, err := v.gather(ctx, f)
	if err != nil {
		return nil, err
	}
	p := h.profileAt(len(h.known))
	f.Method, f.Learnt = p.method, p.known
	if p.method != NoMethod {
		f.Level = p.of(h.dollars).level
	}
	for i := range f.Outlooks {
		v.outlook(&f.Outlooks[i], spent[i], h, p)
	}
	f.RunOuts, err = v.runOuts(ctx, h)
	return f, err
}

// gather asks the books for the past, for what was spent in each outlook's period,
// and for the burn rates, side by side.
func (v *view) gather(ctx context.Context, f *Forecast) (h *hours, spent []tally, err error) {
	var asked []ledger.Window
	for _, o := range f.Outlooks {
		asked = append(asked, ledger.Window{Start: o.Window.Start, End: v.asOf})
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		h, err = v.hours(ctx)
		return err
	})
	g.Go(func() (err error) {
		spent, err = v.spentIn(ctx, asked...)
		return err
	})
	g.Go(func() (err error) {
		f.Burns, err = v.burns(ctx)
		return err
	})
	err = g.Wait()
	return h, spent, err
}

// outlook fills in what is spent and expected in its period.
func (v *view) outlook(o *Outlook, spent tally, h *hours, p profile) {
	if v.asOf.Before(o.Window.Start) {
		o.Unknown = fmt.Sprintf("the books end at %s, before it begins", v.asOf.UTC().Format(time.RFC3339))
		return
	}
	replays := h.replays(p, o.Window.End)
	switch {
	case p.method != NoMethod:
	case h.first == len(h.known) || h.knownIn(h.first, len(h.known)) == 0:
		o.NoForecast = "nothing was spent yet"
	default:
		o.NoForecast = "less than an hour of the last day is known"
	}
	estimate := func(spent decimal.Decimal, s series) (e Estimate, n int) {
		e.Spent = spent
		if p.method == NoMethod {
			return e, 0
		}
		if s == nil {
			s = newSeries(make([]decimal.Decimal, len(h.known)), h.known)
		}
		expected := p.of(s).between(v.asOf, o.Window.End)
		total := func(expected decimal.Decimal) decimal.NullDecimal {
			return decimal.NewNullDecimal(spent.Add(expected.Round(estimatePlaces)))
		}
		e.Expected, e.Total = decimal.NewNullDecimal(expected.Round(estimatePlaces)), total(expected)
		shares := shares(replays, s)
		if len(shares) >= minReplays && expected.IsPositive() {
			e.Low, e.High = total(expected.Mul(quantile(shares, 10))), total(expected.Mul(quantile(shares, 90)))
		}
		return e, len(shares)
	}
	o.Dollars, o.Replays = estimate(spent.dollars(), h.dollars)
	if p.method != NoMethod && !o.Dollars.Low.Valid {
		o.NoRange = fmt.Sprintf("%d of the %d past days that a range needs can be replayed", o.Replays, minReplays)
		if o.Replays >= minReplays {
			o.NoRange = "nothing is expected"
		}
	}
	all := map[venice.Currency]bool{}
	for currency, m := range spent.money {
		all[currency] = !m.spend.IsZero()
	}
	for currency := range h.currencies {
		all[currency] = true
	}
	for _, currency := range slices.SortedFunc(maps.Keys(all), compareCurrencies) {
		e, _ := estimate(spent.money[currency].spend, h.currencies[currency])
		if e.Spent.IsZero() && e.Expected.Decimal.IsZero() {
			continue
		}
		o.Currencies = append(o.Currencies, CurrencyEstimate{currency, e})
		if !priced(currency) {
			o.Unpriced = append(o.Unpriced, currency)
		}
	}
}

// Words says in a sentence how the forecast is reckoned.
func (f *Forecast) Words() string {
	known := fmt.Sprintf("%d known hours", int(f.Learnt.Round(time.Hour)/time.Hour))
	scaled := fmt.Sprintf("scaled by %s to the level of the last 7 days", f.Level.Round(3))
	switch f.Method {
	case HourOfWeek:
		return "each hour as that hour of the week was in the last 8 weeks (" + known + "), " + scaled
	case HourOfDay:
		return "each hour as that hour of the day was in the last 4 weeks (" + known + "), " + scaled
	case Flat:
		return "each hour as the last ones were (" + known + " of the last day)"
	}
	return "none: too little is known of the last day"
}
