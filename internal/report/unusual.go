package report

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// An UnusualDay is a day whose spend stands out against the same weekday of the
// eight weeks before it. All figures are dollar equivalents.
type UnusualDay struct {
	Day    time.Time // its first instant
	Spend  decimal.Decimal
	Usual  decimal.Decimal // the median of the days that it is compared with
	Spread decimal.Decimal // how far days are usually from it; see [FindUnusual]
	Days   int             // how many days it is compared with
	// Model is the one that departs furthest from its own median in the direction of
	// the day, and ModelSpend and ModelUsual are what it had.
	Model                  string
	ModelSpend, ModelUsual decimal.Decimal
}

// Unusual are the unusual days of a range.
type Unusual struct {
	Zone *time.Location // where days begin; never nil
	// Window is what was looked at: whole days, up to where the books end.
	Window   ledger.Window
	Days     []UnusualDay // in the order of time
	Judged   int          // how many days there were enough others to compare with
	Complete bool         // whether the books know all of the window
	Coverage []Coverage
}

const (
	unusualWeeks = 8
	leastDays    = 4 // to compare with
)

// FindUnusual looks for unusual days among so many whole days before the present
// one. A day is unusual that is more than three spreads from the median. The
// spread is 1.4826 times the median distance from the median, which for a normal
// distribution is its standard deviation, and at least a tenth of the median day
// of any weekday: else the least change would stand out of days that are all the
// same. Only days that are known in whole count, and none before the first entry.
func FindUnusual(ctx context.Context, books ledger.Books, s Scope, days int) (*Unusual, error) {
	v, err := look(ctx, books, s)
	if err != nil {
		return nil, err
	}
	u := &Unusual{Zone: s.zone()}
	today := periodAt(ledger.ByDay, u.Zone, s.Now)
	u.Window.End = today.Start
	if v.asOf.Before(u.Window.End) {
		u.Window.End = periodAt(ledger.ByDay, u.Zone, v.asOf).Start
	}
	u.Window.Start = daysFrom(today.Start, u.Zone, -days)
	if u.Window.End.Before(u.Window.Start) {
		u.Window.End = u.Window.Start
	}
	u.Complete, u.Coverage = v.cover(u.Window.Start, today.Start)
	all := ledger.Window{Start: daysFrom(u.Window.Start, u.Zone, -7*unusualWeeks), End: u.Window.End}
	spent, err := v.daily(ctx, all)
	if err != nil {
		return nil, err
	}
	var kept []period // the days that count
	begun, err := v.began(ctx, all.Start)
	if err != nil {
		return nil, err
	}
	for p := range periods(ledger.ByDay, u.Zone, all) {
		begun = begun || spent[p.name] != nil
		if begun && v.knows(p.Window) {
			kept = append(kept, p)
		}
	}
	for i, p := range kept {
		if p.Start.Before(u.Window.Start) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(kept[:i]), func(o period) bool {
			return o.Start.Before(daysFrom(p.Start, u.Zone, -7*unusualWeeks)) || o.Start.In(u.Zone).Weekday() != p.Start.In(u.Zone).Weekday()
		})
		if len(others) < leastDays {
			continue
		}
		u.Judged++
		if day, unusual := judge(p, others, kept[:i], spent); unusual {
			u.Days = append(u.Days, day)
		}
	}
	return u, nil
}

// began says whether there are entries before an instant.
func (v *view) began(ctx context.Context, before time.Time) (bool, error) {
	if len(v.Accounts) == 0 {
		return false, nil
	}
	for _, err := range v.books.Entries(ctx, v.selection(ledger.Window{End: before})) {
		return err == nil, err
	}
	return false, nil
}

// A daySpend is what was spent in a day by model, in dollar equivalents.
type daySpend map[string]decimal.Decimal

func (d daySpend) sum() (sum decimal.Decimal) {
	for _, spend := range d {
		sum = sum.Add(spend)
	}
	return sum
}

// daily is what was spent in each day with entries.
func (v *view) daily(ctx context.Context, w ledger.Window) (map[string]daySpend, error) {
	sums, err := v.sums(ctx, w, ledger.ByDay, ledger.ByModel)
	if err != nil {
		return nil, err
	}
	spent := map[string]daySpend{}
	for _, s := range sums {
		if spent[s.Group[0]] == nil {
			spent[s.Group[0]] = daySpend{}
		}
		if dollars, ok := InDollars(s.Currency, s.Spend); ok {
			spent[s.Group[0]][s.Group[1]] = spent[s.Group[0]][s.Group[1]].Add(dollars)
		}
	}
	return spent, nil
}

// judge compares a day with others, and finds what was different.
func judge(p period, others, before []period, spent map[string]daySpend) (UnusualDay, bool) {
	of := func(days []period, value func(daySpend) decimal.Decimal) (values []decimal.Decimal) {
		for _, o := range days {
			values = append(values, value(spent[o.name]))
		}
		return values
	}
	day := UnusualDay{Day: p.Start, Spend: spent[p.name].sum(), Days: len(others)}
	usual := of(others, daySpend.sum)
	day.Usual = median(usual)
	distances := make([]decimal.Decimal, len(usual))
	for i, d := range usual {
		distances[i] = d.Sub(day.Usual).Abs()
	}
	least := median(of(before, daySpend.sum)).Shift(-1)
	day.Spread = decimal.Max(least, median(distances).Mul(decimal.New(14826, -4)))
	excess := day.Spend.Sub(day.Usual)
	if !excess.Abs().GreaterThan(day.Spread.Mul(decimal.New(3, 0))) {
		return day, false
	}
	models := map[string]bool{}
	for _, o := range append([]period{p}, others...) {
		for model := range spent[o.name] {
			models[model] = true
		}
	}
	var furthest decimal.Decimal
	for _, model := range slices.Sorted(maps.Keys(models)) {
		spend := spent[p.name][model]
		usual := median(of(others, func(d daySpend) decimal.Decimal { return d[model] }))
		departs := spend.Sub(usual)
		if excess.IsNegative() {
			departs = departs.Neg()
		}
		if departs.GreaterThan(furthest) {
			furthest, day.Model, day.ModelSpend, day.ModelUsual = departs, model, spend, usual
		}
	}
	return day, true
}

// median sorts a copy of the values, of which there is at least one.
func median(values []decimal.Decimal) decimal.Decimal {
	sorted := slices.SortedFunc(slices.Values(values), decimal.Decimal.Cmp)
	return quantile(sorted, 50)
}

// daysFrom is the beginning of the day that is so many days after another.
func daysFrom(start time.Time, zone *time.Location, n int) time.Time {
	year, month, day := start.In(zone).Date()
	return DayBegins(time.Date(year, month, day+n, 0, 0, 0, 0, time.UTC), zone)
}
