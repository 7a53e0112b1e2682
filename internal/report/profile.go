package report

import (
	"time"

	"github.com/shopspring/decimal"
)

// A Method is how a forecast reckons.
type Method string

// The methods. Each profile is scaled by the level of the last seven days.
const (
	// HourOfWeek: each hour is as that hour of the week was in the last eight
	// weeks, of which at least four are known.
	HourOfWeek Method = "hour-of-week"
	// HourOfDay: each hour is as that hour of the day was in the last four weeks,
	// of which at least three days are known.
	HourOfDay Method = "hour-of-day"
	// Flat: each hour is as those of the last day, of which at least one is known.
	Flat Method = "flat"
	// NoMethod: less than an hour is known of the last day.
	NoMethod Method = "none"
)

// How many hours each method learns from, at most and at least.
var learns = map[Method]struct{ cells, most, least int }{
	HourOfWeek: {weekHours, profileHours, 4 * weekHours},
	HourOfDay:  {dayHours, 4 * weekHours, 3 * dayHours},
	Flat:       {1, dayHours, 1},
}

// profileHours are the most that any method learns from.
const profileHours = 8 * weekHours

// levelHours are those whose level scales a profile.
const levelHours = weekHours

// Forecasts have at most so many decimals, and are reckoned with more.
const (
	estimatePlaces = 12
	workingPlaces  = 24
)

// A profile is what a forecast at the beginning of an hour learns from.
type profile struct {
	method Method
	hours  *hours
	// cells is the length of its cycle in hours. It learns from the hours from one
	// to before another, of which so much is known in all and in each cell.
	cells, from, to int
	known           time.Duration
	inCell          []time.Duration
}

// profileAt chooses the best method for a forecast that knows the hours before one.
func (h *hours) profileAt(to int) profile {
	for _, method := range []Method{HourOfWeek, HourOfDay, Flat} {
		l := learns[method]
		p := profile{method: method, hours: h, cells: l.cells, from: max(h.first, to-l.most), to: to, inCell: make([]time.Duration, l.cells)}
		p.known = h.knownIn(p.from, to)
		if p.known < time.Duration(l.least)*time.Hour {
			continue
		}
		everywhere := true
		for i := p.from; i < to; i++ {
			p.inCell[i%p.cells] += h.known[i]
		}
		for _, known := range p.inCell {
			everywhere = everywhere && known > 0
		}
		if everywhere {
			return p
		}
	}
	return profile{method: NoMethod, hours: h}
}

// A pattern is what a profile makes of a series: the spend by the hour of each
// cell, not yet scaled by the level.
type pattern struct {
	profile
	rates []decimal.Decimal
	level decimal.Decimal
}

func (p profile) of(s series) pattern {
	pattern := pattern{profile: p, rates: make([]decimal.Decimal, p.cells), level: decimal.New(1, 0)}
	for i := p.from; i < min(p.to, p.from+p.cells); i++ {
		pattern.rates[i%p.cells] = perHour(s.sum(p.cells, i, p.to), p.inCell[i%p.cells])
	}
	if p.method == Flat {
		return pattern
	}
	recent := max(p.from, p.to-levelHours)
	inCell := make([]time.Duration, p.cells)
	for i := recent; i < p.to; i++ {
		inCell[i%p.cells] += p.hours.known[i]
	}
	if expected := pattern.dot(inCell); expected.IsPositive() {
		pattern.level = s.sum(1, recent, p.to).DivRound(expected, workingPlaces)
	}
	return pattern
}

// dot is what is expected of so much time in each cell, without the level.
func (p pattern) dot(inCell []time.Duration) (sum decimal.Decimal) {
	for i, length := range inCell {
		if length > 0 && !p.rates[i].IsZero() {
			sum = sum.Add(p.rates[i].Mul(inHours(length)))
		}
	}
	return sum
}

// between is what is expected between two instants.
func (p pattern) between(start, end time.Time) decimal.Decimal {
	inCell := make([]time.Duration, p.cells)
	for t := start; t.Before(end); {
		next := t.Truncate(time.Hour).Add(time.Hour)
		if next.After(end) {
			next = end
		}
		inCell[p.hours.at(t)%p.cells] += next.Sub(t)
		t = next
	}
	return p.dot(inCell).Mul(p.level)
}

// whenSpent is when so much will have been spent from an instant on, and false
// if that is not before another.
func (p pattern) whenSpent(left decimal.Decimal, start, end time.Time) (time.Time, bool) {
	for t := start; t.Before(end); {
		next := t.Truncate(time.Hour).Add(time.Hour)
		if next.After(end) {
			next = end
		}
		rate := p.rates[p.hours.at(t)%p.cells].Mul(p.level)
		if spend := rate.Mul(inHours(next.Sub(t))); spend.LessThan(left) {
			left, t = left.Sub(spend), next
			continue
		}
		return t.Add(timeFor(left, rate)), true
	}
	return time.Time{}, false
}

// perHour is a spend by the hour; nothing in no time.
func perHour(spend decimal.Decimal, in time.Duration) decimal.Decimal {
	if in == 0 {
		return decimal.Decimal{}
	}
	return spend.Mul(decimal.NewFromInt(int64(time.Hour))).DivRound(decimal.NewFromInt(int64(in)), workingPlaces)
}

// inHours is a length of time in hours, exact where it is made of whole ones.
func inHours(d time.Duration) decimal.Decimal {
	return decimal.NewFromInt(int64(d)).DivRound(decimal.NewFromInt(int64(time.Hour)), workingPlaces)
}

// timeFor is how long so much lasts at a rate by the hour, which is above 0, to
// the nanosecond.
func timeFor(left, rate decimal.Decimal) time.Duration {
	return time.Duration(left.Mul(decimal.NewFromInt(int64(time.Hour))).DivRound(rate, 0).IntPart())
}
