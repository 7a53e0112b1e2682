package report

import (
	"cmp"
	"maps"
	"slices"

	"github.com/shopspring/decimal"
)

// competes says whether the values of a dimension are what Top counts.
func (q *Question) competes(i int) bool { return len(q.By) == 1 || !q.By[i].OfTime() }

// split parts a group into what competes and what does not: the period.
func (q *Question) split(g group) (competitor, period group) {
	for i := range q.By {
		if q.competes(i) {
			competitor[i] = g[i]
		} else {
			period[i] = g[i]
		}
	}
	return competitor, period
}

// fold keeps the competitors with the highest spend and adds up the others in
// each period. The requests of those are known where no request of the period is
// in two groups; then the groups' counts add up to the period's.
func (q *Question) fold(bundles map[group]*bundle, inPeriod map[group]int64) map[group]*bundle {
	spend := map[group]decimal.Decimal{}
	for g, b := range bundles {
		competitor, _ := q.split(g)
		spend[competitor] = spend[competitor].Add(b.spend)
	}
	best := slices.SortedFunc(maps.Keys(spend), func(a, b group) int {
		return cmp.Or(spend[b].Cmp(spend[a]), slices.Compare(a[:], b[:]))
	})
	if len(best) <= q.Top {
		return bundles
	}
	kept := map[group]*bundle{}
	others := map[group]*bundle{} // by period
	all, folded := map[group]int64{}, map[group]int64{}
	for g, b := range bundles {
		competitor, period := q.split(g)
		if b.requests != nil {
			all[period] += *b.requests
		}
		if slices.Contains(best[:q.Top], competitor) {
			kept[g] = b
			continue
		}
		if others[period] == nil {
			others[period] = &bundle{tally: newTally(), folded: true}
		}
		others[period].merge(b.tally)
		if b.requests != nil {
			folded[period] += *b.requests
		}
	}
	for period, b := range others {
		b.spend = b.dollars()
		if n, known := inPeriod[period]; known && n == all[period] {
			b.requests = new(folded[period])
		}
		for i := range q.By {
			if q.competes(i) {
				period[i] = Other
			}
		}
		kept[period] = b
	}
	return kept
}
