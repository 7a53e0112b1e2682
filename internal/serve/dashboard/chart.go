package dashboard

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// The chart in pixels. Across it has no size of its own: places are shares of
// the room that there is, so that texts keep their size on narrow screens.
const (
	chartHeight = 264
	plotTop     = 12
	plotBottom  = 232
)

// A chart is stacked bars over time. Only places and sizes are floating point.
type chart struct {
	Series []series
	Bars   []bar
	Lines  []gridLine
	Height int             // of the picture
	Sum    decimal.Decimal // of all series
	// Unpriced are currencies that have no height.
	Unpriced []venice.Currency
}

// A series is a group over time.
type series struct {
	Name  string
	Class string // its colour
	Link  string // to the view of it alone, or ""
	Total decimal.Decimal
	Share string
}

type bar struct {
	X, Width    string // of the bar
	HitX, HitW  string // of the room around it
	Label, Tick string
	Anchor      string // of the tick
	Minor       bool   // the tick has no room on narrow screens
	Segments    []segment
	Total       decimal.Decimal
	Values      []decimal.Decimal // one for each series
	Data        string            // what the script shows: JSON
	Title       string
}

type segment struct {
	Class     string
	Y, Height string
}

type gridLine struct {
	Y, LabelY string
	Label     string
}

// newChart draws a view. Values are dollar equivalents, or amounts where only one
// currency was asked for.
func newChart(v *view) chart {
	c := chart{Height: chartHeight}
	if v.Currency == "" {
		c.Unpriced = v.stack.Totals.Unpriced
	}
	places := c.addSeries(v)
	var names []string
	bars := map[string]*bar{}
	for _, row := range v.stack.Rows {
		name := row.Group[0]
		if bars[name] == nil {
			names = append(names, name)
			bars[name] = &bar{Label: periodLabel(v.step, name), Values: make([]decimal.Decimal, len(c.Series))}
		}
		if i, ok := places[row.Group[1]]; ok {
			worth := v.worth(&row.Figures)
			bars[name].Values[i] = bars[name].Values[i].Add(worth)
			bars[name].Total = bars[name].Total.Add(worth)
		}
	}
	var highest decimal.Decimal
	for _, name := range names {
		highest = decimal.Max(highest, bars[name].Total)
	}
	top := c.addLines(highest)
	for i, name := range names {
		b := bars[name]
		b.place(i, len(names))
		b.label(v.step, names, i)
		b.stack(c.Series, top)
		b.tell(c.Series)
		c.Bars = append(c.Bars, *b)
	}
	return c
}

// worth is the height of figures.
func (v *view) worth(f *report.Figures) decimal.Decimal {
	if v.Currency == "" {
		return f.DollarSpend
	}
	return spendOf(*f)[venice.Currency(v.Currency)]
}

// addSeries finds the groups, the one with the highest spend first, and says
// which place each has.
func (c *chart) addSeries(v *view) map[string]int {
	places, totals := map[string]int{}, map[string]decimal.Decimal{}
	var names []string
	for _, row := range v.stack.Rows {
		if row.Group[1] == "" {
			continue // a period without entries
		}
		if _, known := totals[row.Group[1]]; !known {
			names = append(names, row.Group[1])
		}
		totals[row.Group[1]] = totals[row.Group[1]].Add(v.worth(&row.Figures))
	}
	sortBySpend(names, totals)
	whole := v.worth(&v.stack.Totals)
	for i, name := range names {
		places[name] = i
		s := series{Name: name, Class: "s" + strconv.Itoa(i+1), Total: totals[name], Share: percent(totals[name], whole)}
		if name == report.Other {
			s.Name, s.Class = "All others", "s0"
		} else {
			s.Link = v.drill(v.by, name)
		}
		c.Series = append(c.Series, s)
		c.Sum = c.Sum.Add(s.Total)
	}
	return places
}

// addLines rules the plot at round values and gives the value of its upper edge.
func (c *chart) addLines(highest decimal.Decimal) float64 {
	step := roundStep(highest)
	top := step
	for top.LessThan(highest) {
		top = top.Add(step)
	}
	for value := (decimal.Decimal{}); value.LessThanOrEqual(top); value = value.Add(step) {
		y := height(value, top.InexactFloat64())
		c.Lines = append(c.Lines, gridLine{Y: pixels(y), LabelY: pixels(y + 4), Label: money.Readable(value)})
	}
	return top.InexactFloat64()
}

// roundStep is 1, 2 or 5 times a power of ten, so that up to five of it reach a
// value.
func roundStep(highest decimal.Decimal) decimal.Decimal {
	if !highest.IsPositive() {
		return decimal.New(1, 0)
	}
	magnitude := int32(highest.NumDigits()) + highest.Exponent() - 2
	for ; ; magnitude++ {
		for _, n := range []int64{1, 2, 5} {
			if step := decimal.New(n, magnitude); step.Mul(decimal.New(5, 0)).GreaterThanOrEqual(highest) {
				return step
			}
		}
	}
}

// height is where a value is in the plot.
func height(value decimal.Decimal, top float64) float64 {
	return plotBottom - (plotBottom-plotTop)*value.InexactFloat64()/top
}

func pixels(y float64) string { return strconv.FormatFloat(y, 'f', 2, 64) }
func share(x float64) string  { return strconv.FormatFloat(100*x, 'f', 3, 64) + "%" }

// place puts bar i of n into its room.
func (b *bar) place(i, n int) {
	room := 1 / float64(n)
	width := math.Min(room*0.72, 0.06)
	if n > 120 {
		width = room * 0.9
	}
	left := float64(i) * room
	b.HitX, b.HitW = share(left), share(room)
	b.X, b.Width = share(left+(room-width)/2), share(width)
}

// label gives about six bars a tick.
func (b *bar) label(step ledger.Dimension, names []string, i int) {
	every := (len(names) + 5) / 6
	if i%every != 0 {
		return
	}
	b.Tick, b.Minor, b.Anchor = periodTick(step, names[i], len(names) <= 48), i/every%2 == 1, "middle"
	switch {
	case i == 0 && len(names) > 8:
		b.Anchor = "start"
	case i == len(names)-1 && len(names) > 8:
		b.Anchor = "end"
	}
}

// TickX is the middle of the bar, or its edge.
func (b bar) TickX() string {
	switch x, w := fraction(b.HitX), fraction(b.HitW); b.Anchor {
	case "start":
		return share(x)
	case "end":
		return share(x + w)
	default:
		return share(x + w/2)
	}
}

func fraction(percent string) float64 {
	x, _ := strconv.ParseFloat(strings.TrimSuffix(percent, "%"), 64) // it was made by share
	return x / 100
}

// stack draws the series upon each other, the first one lowest.
func (b *bar) stack(list []series, top float64) {
	var below decimal.Decimal
	for i, value := range b.Values {
		if !value.IsPositive() {
			continue
		}
		lower, upper := height(below, top), height(below.Add(value), top)
		b.Segments = append(b.Segments, segment{list[i].Class, pixels(upper), pixels(math.Max(lower-upper, 0.5))})
		below = below.Add(value)
	}
}

// tell says in words what the bar shows, the uppermost series first.
func (b *bar) tell(list []series) {
	type line struct {
		Class string `json:"class"`
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	lines := []line{}
	text := b.Label + "\n" + money.Readable(b.Total)
	for i, value := range b.Values {
		if !value.IsZero() {
			lines = append(lines, line{list[i].Class, list[i].Name, money.Readable(value)})
			text += "\n" + list[i].Name + ": " + money.Readable(value)
		}
	}
	data, err := json.Marshal(lines)
	if err == nil { // texts always are JSON
		b.Data = string(data)
	}
	b.Title = text
}
