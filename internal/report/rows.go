package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// A group is the values of a row.
type group [MaxDimensions]string

func groupOf(values []string) (g group) {
	copy(g[:], values)
	return g
}

// A bundle is a row in the making.
type bundle struct {
	tally
	folded   bool
	requests *int64
	spend    decimal.Decimal // in dollar equivalents
}

// bundles groups what the store said.
func (a *answer) bundles() map[group]*bundle {
	bundles := map[group]*bundle{}
	for _, s := range a.sums {
		g := groupOf(s.Group)
		b := bundles[g]
		if b == nil {
			b = &bundle{tally: newTally()}
			if n, ok := a.requests[g]; ok {
				b.requests = &n
			}
			bundles[g] = b
		}
		b.add(s)
	}
	return bundles
}

// rows folds what is not at the top, fills in the periods without entries, and
// sorts.
func (r *Report) rows(q *Question, a *answer, bundles map[group]*bundle) ([]Row, error) {
	if len(r.By) == 0 && len(bundles) == 0 {
		bundles[group{}] = &bundle{tally: newTally(), requests: a.total}
	}
	for _, b := range bundles {
		b.spend = b.dollars()
	}
	if q.Top > 0 {
		bundles = q.fold(bundles, a.inPeriod)
	}
	if q.period() == 0 && (len(q.By) > 1 || q.Top == 0) {
		if err := r.fill(bundles, a.counted); err != nil {
			return nil, err
		}
	}
	var rows []Row
	for _, g := range r.order(q, bundles) {
		b := bundles[g]
		row := Row{Group: slices.Clone(g[:len(r.By)]), Folded: b.folded, Figures: b.figures(a.counted, b.requests)}
		rows = append(rows, row)
	}
	return rows, nil
}

// fill adds the periods without entries, between the first and the last one of
// the window, or of the entries where it has no start. Periods of which the
// books know nothing stay out.
func (r *Report) fill(bundles map[group]*bundle, counted bool) error {
	w, present := r.Window, map[string]bool{}
	var first time.Time
	for g := range bundles {
		present[g[0]] = true
		if start := r.parse(g[0]); first.IsZero() || start.Before(first) {
			first = start
		}
	}
	if w.Start.IsZero() {
		if first.IsZero() {
			return nil
		}
		w.Start = first
	}
	n := 0
	for p := range periods(r.By[0], r.Zone, w) {
		if n++; n > maxPeriods {
			return refuse("the range has more than %d %ss: choose a later start, or longer periods", maxPeriods, r.By[0])
		}
		if !present[p.name] && !r.unknown(p.Window) {
			b := &bundle{tally: newTally()}
			if counted {
				b.requests = new(int64)
			}
			bundles[group{p.name}] = b
		}
	}
	return nil
}

// parse finds the beginning of a period that the store named.
func (r *Report) parse(name string) time.Time {
	layout := map[int]string{len("2006-01"): "2006-01", len(time.DateOnly): time.DateOnly}[len(name)]
	t, err := time.ParseInLocation(cmp.Or(layout, time.RFC3339), name, r.Zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// order sorts the groups as Report.Rows says.
func (r *Report) order(q *Question, bundles map[group]*bundle) []group {
	outer := map[string]decimal.Decimal{} // spend by the first value
	began := map[string]time.Time{}
	for g, b := range bundles {
		outer[g[0]] = outer[g[0]].Add(b.spend)
		for i, d := range r.By {
			if _, known := began[g[i]]; d.OfTime() && !known {
				began[g[i]] = r.parse(g[i])
			}
		}
	}
	compare := func(i int, a, b group) int {
		switch {
		case a[i] == b[i]:
			return 0
		case bundles[a].folded != bundles[b].folded && q.competes(i):
			if bundles[a].folded {
				return 1
			}
			return -1
		case r.By[i].OfTime():
			return cmp.Or(began[a[i]].Compare(began[b[i]]), cmp.Compare(a[i], b[i]))
		}
		spendA, spendB := bundles[a].spend, bundles[b].spend
		if i == 0 {
			spendA, spendB = outer[a[0]], outer[b[0]]
		}
		return cmp.Or(spendB.Cmp(spendA), cmp.Compare(a[i], b[i]))
	}
	return slices.SortedFunc(maps.Keys(bundles), func(a, b group) int {
		for i := range r.By {
			if c := compare(i, a, b); c != 0 {
				return c
			}
		}
		return 0
	})
}
