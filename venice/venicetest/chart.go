package venicetest

import (
	"maps"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"
)

// maxSeries is how many names a chart shows; the rest is summed up as Other.
const maxSeries = 50

const otherSeries = "Other"

// chart collects spend by name and UTC day.
type chart struct {
	span   period
	totals map[string]*spend
	daily  map[string]map[int64]*spend
}

func newChart(span period) chart {
	return chart{span, make(map[string]*spend), make(map[string]map[int64]*spend)}
}

func (c chart) add(name string, day int64, s spend) {
	entry(c.totals, name).add(s)
	if c.daily[name] == nil {
		c.daily[name] = make(map[int64]*spend)
	}
	entry(c.daily[name], day).add(s)
}

// chartRow is one day: a date in Unix milliseconds, and a number for every name
// of the legend.
type chartRow struct {
	day    int64
	legend []string
	values []decimal.Decimal
}

// MarshalJSON writes the names in the order of the legend.
func (r chartRow) MarshalJSON() ([]byte, error) {
	b := strconv.AppendInt([]byte(`{"date":`), r.day*millisPerDay, 10)
	for i, name := range r.legend {
		b = appendJSONString(append(b, ','), name)
		b = append(append(b, ':'), number(r.values[i])...)
	}
	return append(b, '}'), nil
}

// rows returns a row for every day of the period, once with USD and DIEM together
// and once with USD only, and the legend: the names by spend, highest first.
func (c chart) rows() (both, usd []chartRow, legend []string) {
	legend = slices.SortedFunc(maps.Keys(c.totals), bySpend(c.totals))
	var rest []string
	if len(legend) > maxSeries {
		rest = slices.Clone(legend[maxSeries:])
		legend = append(legend[:maxSeries:maxSeries], otherSeries)
	}
	if legend == nil {
		legend = []string{}
	}
	for day := c.span.first; day <= c.span.last; day++ {
		b := chartRow{day, legend, make([]decimal.Decimal, len(legend))}
		u := chartRow{day, legend, make([]decimal.Decimal, len(legend))}
		put := func(i int, name string) {
			if s := c.daily[name][day]; s != nil {
				b.values[i], u.values[i] = b.values[i].Add(s.both()), u.values[i].Add(s.usd)
			}
		}
		for i, name := range legend {
			if i < maxSeries {
				put(i, name)
			}
		}
		for _, name := range rest {
			put(maxSeries, name)
		}
		both, usd = append(both, b), append(usd, u)
	}
	return both, usd, legend
}
