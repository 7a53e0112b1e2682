package api

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// maxSeries is how many names a chart shows; the rest is added up as otherSeries.
const (
	maxSeries   = 50
	otherSeries = "Other"
)

// A chart has spend by name and day.
type chart struct {
	totals tally[string]
	daily  map[string]tally[string] // by day, then by name
}

func newChart() chart { return chart{tally[string]{}, map[string]tally[string]{}} }

func (c chart) add(name, day string, s spend) {
	c.totals.add(name, s)
	if c.daily[day] == nil {
		c.daily[day] = tally[string]{}
	}
	c.daily[day].add(name, s)
}

// A chartRow is a day: its date in Unix milliseconds, and a number for each name
// of the legend.
type chartRow struct {
	day    time.Time
	legend [][]byte // as JSON strings
	values []decimal.Decimal
}

// MarshalJSON writes the date first: a model may be called date, too.
func (r chartRow) MarshalJSON() ([]byte, error) {
	b := strconv.AppendInt([]byte(`{"date":`), r.day.UnixMilli(), 10)
	for i, name := range r.legend {
		b = append(append(append(b, ','), name...), ':')
		b = appendNumber(b, r.values[i])
	}
	return append(b, '}'), nil
}

// rows are the days of a period, with USD and DIEM together and with USD alone,
// and the legend: the names by spend, the highest first.
func (c chart) rows(span period) (both, usd []chartRow, legend []string) {
	legend = c.totals.ranked()
	var rest []string
	if len(legend) > maxSeries {
		legend, rest = legend[:maxSeries:maxSeries], legend[maxSeries:]
		legend = append(legend, otherSeries)
	}
	quoted := make([][]byte, len(legend))
	for i, name := range legend {
		quoted[i], _ = json.Marshal(name) // a string cannot fail
	}
	both, usd = []chartRow{}, []chartRow{}
	for day := span.first; !day.After(span.last); day = day.AddDate(0, 0, 1) {
		b := chartRow{day, quoted, make([]decimal.Decimal, len(legend))}
		u := chartRow{day, quoted, make([]decimal.Decimal, len(legend))}
		spent := c.daily[day.Format(time.DateOnly)]
		for i, name := range legend[:len(legend)-min(len(rest), 1)] {
			s := spent.of(name)
			b.values[i], u.values[i] = s.both(), s.usd
		}
		for _, name := range rest {
			s := spent.of(name)
			b.values[maxSeries], u.values[maxSeries] = b.values[maxSeries].Add(s.both()), u.values[maxSeries].Add(s.usd)
		}
		both, usd = append(both, b), append(usd, u)
	}
	if legend == nil {
		legend = []string{}
	}
	return both, usd, legend
}
