package report

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// pastHours is how far back a forecast with a range looks: the eight weeks that it
// learns from, and those that were learnt from in each of four weeks of replays,
// which for the forecast of a month are up to a month ago.
const pastHours = 17 * weekHours

const (
	dayHours  = 24
	weekHours = 7 * dayHours
)

// hours are what was spent in each hour of UTC, up to where the books end. Only
// hours that are known of every account count.
type hours struct {
	start time.Time // when the first hour begins
	end   time.Time // where the books end, in the last hour or at its end
	// first is the hour of the first spend ever, or 0 where that was before.
	first int
	// known is how much of the hour is within what the books know.
	known []time.Duration
	// spend is that of each hour, until it is finished: then dollars and currencies
	// are, the first in dollar equivalents.
	spend      map[venice.Currency][]decimal.Decimal
	dollars    series
	currencies map[venice.Currency]series
}

// at is the number of the hour that an instant is in.
func (h *hours) at(t time.Time) int { return int(t.Sub(h.start) / time.Hour) }

// newHours are so many before the books of a view end, without any spend.
func newHours(v *view, back int) *hours {
	h := &hours{end: v.asOf, currencies: map[venice.Currency]series{}}
	h.start = v.asOf.UTC().Truncate(time.Hour).Add(-time.Duration(back) * time.Hour)
	n := h.at(h.end.Add(time.Hour - 1))
	h.first, h.known, h.spend = n, make([]time.Duration, n), map[venice.Currency][]decimal.Decimal{}
	return h
}

// add counts in what was spent in an hour.
func (h *hours) add(began time.Time, s ledger.Sum) {
	i := h.at(began)
	if s.Spend.IsZero() || i < 0 || i >= len(h.known) {
		return
	}
	h.first = min(h.first, i)
	if h.spend[s.Currency] == nil {
		h.spend[s.Currency] = make([]decimal.Decimal, len(h.known))
	}
	h.spend[s.Currency][i] = plus(h.spend[s.Currency][i], s.Spend)
}

// finish makes the series, of a past that began with the first spend.
func (h *hours) finish(v *view, began time.Time) {
	h.first = h.at(began)
	h.know(v, ledger.Window{Start: began, End: h.end})
	dollars := make([]decimal.Decimal, len(h.known))
	for currency, list := range h.spend {
		h.currencies[currency] = newSeries(list, h.known)
		for i, spend := range list {
			if spend, ok := InDollars(currency, spend); ok {
				dollars[i] = plus(dollars[i], spend)
			}
		}
	}
	h.dollars, h.spend = newSeries(dollars, h.known), nil
}

// know fills in how much of each hour is known.
func (h *hours) know(v *view, w ledger.Window) {
	for i := h.at(w.Start); i < len(h.known); i++ {
		begin := h.start.Add(time.Duration(i) * time.Hour)
		h.known[i] = max(0, ledger.Window{Start: begin, End: begin.Add(time.Hour)}.Intersect(w).Length())
	}
	for _, missing := range v.missing(w) {
		for i := h.at(missing.Start); i < len(h.known) && h.start.Add(time.Duration(i)*time.Hour).Before(missing.End); i++ {
			h.known[i] = 0
		}
	}
}

// knownIn is how much is known of the hours from one to before another.
func (h *hours) knownIn(from, to int) (sum time.Duration) {
	for i := max(0, from); i < to; i++ {
		sum += h.known[i]
	}
	return sum
}

// whole says whether all of the hours are wholly known.
func (h *hours) whole(from, to int) bool {
	return h.knownIn(from, to) == time.Duration(to-from)*time.Hour
}

// A series is the spend of each hour, ready to be added up quickly: over all
// hours, over those of one hour of the day, and over those of one of the week.
type series map[int][]decimal.Decimal

func newSeries(spend []decimal.Decimal, known []time.Duration) series {
	s := series{}
	for _, stride := range []int{1, dayHours, weekHours} {
		sums := make([]decimal.Decimal, len(spend))
		for i := range spend {
			if known[i] > 0 {
				sums[i] = spend[i]
			}
			if i >= stride {
				sums[i] = plus(sums[i], sums[i-stride])
			}
		}
		s[stride] = sums
	}
	return s
}

// sum adds up each stride-th hour from one to before another, beginning with the
// hour from itself.
func (s series) sum(stride, from, to int) decimal.Decimal {
	if from >= to {
		return decimal.Decimal{}
	}
	last := from + (to-1-from)/stride*stride
	sum := s[stride][last]
	if from >= stride {
		sum = sum.Sub(s[stride][from-stride])
	}
	return sum
}
