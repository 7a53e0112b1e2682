package report

import (
	"cmp"
	"slices"
)

// Neediest are the first of many by an order, at most so many of them; others is
// how many that leaves out. Where all fit, they stay as they are.
func Neediest[T any](all []T, most int, order func(a, b T) int) (first []T, others int) {
	if len(all) <= most {
		return all, 0
	}
	return slices.SortedStableFunc(slices.Values(all), order)[:most], len(all) - most
}

// ByLack puts first the accounts that lack something, then those whose books end first.
func ByLack(a, b Coverage) int {
	whole := func(c Coverage) bool { return len(c.Missing) == 0 }
	if whole(a) != whole(b) {
		if whole(b) {
			return -1
		}
		return 1
	}
	return a.AsOf.Compare(b.AsOf)
}

// ByRunOut puts first the accounts whose DIEM is used up, then those where it runs
// out first, then those where it does not, and last those of which it is unknown.
func ByRunOut(a, b RunOut) int {
	order := []Verdict{IsOut, RunsOut, NotBeforeReset, Unknown}
	rank := func(r RunOut) int { return slices.Index(order, r.Forecast.Verdict) }
	return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Forecast.At.Compare(b.Forecast.At))
}
