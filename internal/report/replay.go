package report

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// A range of a forecast comes from so many replays, at least and at most.
const (
	minReplays = 10
	maxReplays = 28
)

// A replay is a forecast that was made in the past, with what was known then.
type replay struct {
	profile
	from, to int // the hours that it was about
}

// replays repeat a forecast from now to an instant at the same hour of each past
// day, of which the outcome is known: from whole hour to whole hour. A profile is
// not judged by how the flat rate did before there was one, nor the other way.
func (h *hours) replays(now profile, until time.Time) (list []replay) {
	if now.method == NoMethod {
		return nil
	}
	present := h.at(h.end)
	length := max(1, h.at(until)-present)
	for back := dayHours; len(list) < maxReplays && present-back > h.first; back += dayHours {
		from, to := present-back, present-back+length
		if to > present || !h.whole(from, to) {
			continue
		}
		p := h.profileAt(from)
		if p.method != NoMethod && (p.method == Flat) == (now.method == Flat) {
			list = append(list, replay{p, from, to})
		}
	}
	return list
}

// shares are what was really spent, as a share of what each replay expected of a
// series, in order. Replays that expected nothing have none.
func shares(replays []replay, s series) (shares []decimal.Decimal) {
	for _, r := range replays {
		inCell := make([]time.Duration, r.cells)
		for i := r.from; i < r.to; i++ {
			inCell[i%r.cells] += time.Hour
		}
		pattern := r.of(s)
		expected := pattern.dot(inCell).Mul(pattern.level)
		if expected.IsPositive() {
			shares = append(shares, s.sum(1, r.from, r.to).DivRound(expected, workingPlaces))
		}
	}
	slices.SortFunc(shares, decimal.Decimal.Cmp)
	return shares
}

// quantile is where a percentage of sorted values lies below, between two values
// in proportion.
func quantile(sorted []decimal.Decimal, percent int) decimal.Decimal {
	place := (len(sorted) - 1) * percent // in hundredths
	low := sorted[place/100]
	if place%100 == 0 {
		return low
	}
	return low.Add(sorted[place/100+1].Sub(low).Mul(decimal.New(int64(place%100), -2)))
}
