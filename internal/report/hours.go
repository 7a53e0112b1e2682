package report

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// pastHours is how far back a forecast looks: the eight weeks that it learns from,
// and those that were learnt from in each of four weeks of replays, which for the
// forecast of a month are up to a month ago.
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
	// dollars and currencies are the spend, the first in dollar equivalents.
	dollars    series
	currencies map[venice.Currency]series
}

// at is the number of the hour that an instant is in.
func (h *hours) at(t time.Time) int { return int(t.Sub(h.start) / time.Hour) }

// hours asks the books for the past of the scope.
func (v *view) hours(ctx context.Context) (*hours, error) {
	h := &hours{end: v.asOf, currencies: map[venice.Currency]series{}}
	h.start = v.asOf.UTC().Truncate(time.Hour).Add(-pastHours * time.Hour)
	n := h.at(h.end.Add(time.Hour - 1))
	h.known = make([]time.Duration, n)
	spend := map[venice.Currency][]decimal.Decimal{}
	dollars := make([]decimal.Decimal, n)
	utc := *v
	utc.Zone = time.UTC
	sums, err := utc.sums(ctx, ledger.Window{Start: h.start, End: h.end}, ledger.ByHour)
	if err != nil {
		return nil, err
	}
	h.first = n
	for _, s := range sums {
		began, err := time.Parse(time.RFC3339, s.Group[0])
		if err != nil {
			return nil, fmt.Errorf("hour %q of the books: %w", s.Group[0], err)
		}
		i := h.at(began)
		if s.Spend.IsZero() || i < 0 || i >= n {
			continue
		}
		h.first = min(h.first, i)
		if spend[s.Currency] == nil {
			spend[s.Currency] = make([]decimal.Decimal, n)
		}
		spend[s.Currency][i] = spend[s.Currency][i].Add(s.Spend)
		if spend, ok := inDollars(s.Currency, s.Spend); ok {
			dollars[i] = dollars[i].Add(spend)
		}
	}
	began, err := v.firstSpend(ctx, h)
	if err != nil {
		return nil, err
	}
	h.first = h.at(began)
	h.know(v, ledger.Window{Start: began, End: h.end})
	h.dollars = newSeries(dollars, h.known)
	for currency, list := range spend {
		h.currencies[currency] = newSeries(list, h.known)
	}
	return h, nil
}

// firstSpend is when the past begins: with the first spend, unless that was
// earlier than the hours are.
func (v *view) firstSpend(ctx context.Context, h *hours) (time.Time, error) {
	if h.first == 0 || len(v.Accounts) == 0 {
		return h.start, nil
	}
	for e, err := range v.books.Entries(ctx, v.selection(ledger.Window{End: h.end})) {
		switch {
		case err != nil:
			return time.Time{}, fmt.Errorf("first entry: %w", err)
		case !e.Amount.IsNegative():
		case e.Timestamp.Before(h.start):
			h.first = 0
			return h.start, nil
		default:
			return e.Timestamp, nil
		}
	}
	return h.end, nil
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
				sums[i] = sums[i].Add(sums[i-stride])
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
