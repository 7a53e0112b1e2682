package venicetest

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// report is the body of the analytics answer. The two DailyUsd arrays are not in
// the published schema, but the live answer has them.
type report struct {
	Lookback        string       `json:"lookback"`
	ByDate          []dateSpend  `json:"byDate"`
	ByModel         []modelSpend `json:"byModel"`
	ByModelDaily    []chartRow   `json:"byModelDaily"`
	ByModelDailyUSD []chartRow   `json:"byModelDailyUsd"`
	TopModels       []string     `json:"topModels"`
	ByKey           []keySpend   `json:"byKey"`
	ByKeyDaily      []chartRow   `json:"byKeyDaily"`
	ByKeyDailyUSD   []chartRow   `json:"byKeyDailyUsd"`
	TopKeyNames     []string     `json:"topKeyNames"`
}

type dateSpend struct {
	Date string      `json:"date"`
	USD  json.Number `json:"USD"`
	DIEM json.Number `json:"DIEM"`
}

type modelSpend struct {
	Name      string       `json:"modelName"`
	UnitType  string       `json:"unitType"`
	Kind      *string      `json:"modelType"`
	USD       json.Number  `json:"totalUsd"`
	DIEM      json.Number  `json:"totalDiem"`
	Units     json.Number  `json:"totalUnits"`
	Breakdown []tokenSpend `json:"breakdown,omitempty"`
}

type tokenSpend struct {
	Type  string      `json:"type"`
	USD   json.Number `json:"usd"`
	DIEM  json.Number `json:"diem"`
	Units json.Number `json:"units"`
}

type keySpend struct {
	ID    *string     `json:"apiKeyId"`
	Name  string      `json:"description"`
	USD   json.Number `json:"totalUsd"`
	DIEM  json.Number `json:"totalDiem"`
	Units json.Number `json:"totalUnits"`
}

// spend is what was debited, as positive numbers. Only its order is ever decided
// by usd and diem together.
type spend struct{ usd, diem, units decimal.Decimal }

func (s *spend) add(t spend) {
	s.usd, s.diem, s.units = plus(s.usd, t.usd), plus(s.diem, t.diem), plus(s.units, t.units)
}

// plus spares the work of adding nothing, which most currencies of a row are.
func plus(a, b decimal.Decimal) decimal.Decimal {
	switch {
	case b.IsZero():
		return a
	case a.IsZero():
		return b
	}
	return a.Add(b)
}

func (s *spend) both() decimal.Decimal { return s.usd.Add(s.diem) }

func wire(d decimal.Decimal) json.Number { return json.Number(number(d)) }

// cell is the finest grain that any part of the report needs.
type cell struct {
	sku, key *text
	day      int64
}

// cells sums the debits of a period. USD includes bundled credits; earned credits
// and currencies that the route does not know are left out, as Venice does.
func cells(l *ledger, span period) map[cell]*spend {
	l.mu.RLock()
	rows := slices.Clone(l.all.window(span.first*millisPerDay, (span.last+1)*millisPerDay))
	l.mu.RUnlock()
	sums := make(map[cell]*spend)
	for _, r := range rows {
		amount := parseAmount(r.amount)
		if !amount.IsNegative() {
			continue
		}
		s := spend{units: parseAmount(r.units)}
		switch r.currency.plain {
		case "DIEM":
			s.diem = amount.Neg()
		case "USD", "BUNDLED_CREDITS":
			s.usd = amount.Neg()
		default:
			continue
		}
		at := cell{r.sku, r.key, r.ms / millisPerDay}
		if sums[at] == nil {
			sums[at] = new(spend)
		}
		sums[at].add(s)
	}
	return sums
}

func newReport(l *ledger, span period, keys []Key) report {
	type modelTotals struct {
		service
		spend
		tokens map[string]*spend
	}
	days := make(map[int64]*spend)
	byModel, byKey := make(map[string]*modelTotals), make(map[string]*spend)
	modelChart, keyChart := newChart(span), newChart(span)
	names := newCatalogue()
	sums := cells(l, span)
	label := keyLabels(keys, sums)
	for at, s := range sums {
		what := names.service(at.sku.plain)
		if what.unitType == tokenUnits {
			s.units = s.units.Shift(tokenScale) // the ledger counts millions
		}
		entry(days, at.day).add(*s)
		m := byModel[what.base]
		if m == nil {
			m = &modelTotals{service: what, tokens: make(map[string]*spend)}
			byModel[what.base] = m
		}
		m.add(*s)
		if what.token != "" {
			entry(m.tokens, what.token).add(*s)
		}
		entry(byKey, at.key.plain).add(*s)
		modelChart.add(what.name, at.day, *s)
		keyChart.add(label[at.key.plain], at.day, *s)
	}

	r := report{Lookback: span.name, ByDate: []dateSpend{}, ByModel: []modelSpend{}, ByKey: []keySpend{}}
	for day := span.first; day <= span.last; day++ {
		s := entry(days, day)
		date := time.Unix(day*millisPerDay/1000, 0).UTC().Format(time.DateOnly)
		r.ByDate = append(r.ByDate, dateSpend{date, wire(s.usd), wire(s.diem)})
	}
	models := slices.SortedFunc(maps.Values(byModel), func(a, b *modelTotals) int {
		return cmp.Or(b.both().Cmp(a.both()), cmp.Compare(a.base, b.base))
	})
	for _, m := range models {
		row := modelSpend{Name: m.name, UnitType: m.unitType, Kind: m.kind, USD: wire(m.usd), DIEM: wire(m.diem), Units: wire(m.units)}
		if len(m.tokens) > 1 {
			for _, token := range slices.SortedFunc(maps.Keys(m.tokens), compareTokens) {
				t := m.tokens[token]
				row.Breakdown = append(row.Breakdown, tokenSpend{token, wire(t.usd), wire(t.diem), wire(t.units)})
			}
		}
		r.ByModel = append(r.ByModel, row)
	}
	for _, id := range slices.SortedFunc(maps.Keys(byKey), bySpend(byKey)) {
		s := byKey[id]
		row := keySpend{Name: label[id], USD: wire(s.usd), DIEM: wire(s.diem), Units: wire(s.units)}
		if id != "" {
			row.ID = new(id)
		}
		r.ByKey = append(r.ByKey, row)
	}
	r.ByModelDaily, r.ByModelDailyUSD, r.TopModels = modelChart.rows()
	r.ByKeyDaily, r.ByKeyDailyUSD, r.TopKeyNames = keyChart.rows()
	return r
}

func entry[K comparable](m map[K]*spend, k K) *spend {
	if m[k] == nil {
		m[k] = new(spend)
	}
	return m[k]
}

// bySpend orders names by what they spent, highest first.
func bySpend(totals map[string]*spend) func(a, b string) int {
	return func(a, b string) int {
		return cmp.Or(totals[b].both().Cmp(totals[a].both()), cmp.Compare(a, b))
	}
}

func compareTokens(a, b string) int {
	order := []string{"Input", "Output", "Cache Read", "Cache Write"}
	rank := func(s string) int {
		if i := slices.Index(order, s); i >= 0 {
			return i
		}
		return len(order)
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// keyLabels names the keys as the analytics route shows them: by description, an
// unnamed one and those that share a description by the end of their id.
func keyLabels(keys []Key, sums map[cell]*spend) map[string]string {
	description, uses := make(map[string]string), make(map[string]int)
	for _, k := range keys {
		description[k.ID] = k.Description
		uses[k.Description]++
	}
	labels := make(map[string]string)
	for at := range sums {
		id := at.key.plain
		end := id[max(0, len(id)-6):]
		switch name := description[id]; {
		case id == "":
			labels[id] = "Web App"
		case name == "":
			labels[id] = "Key ..." + end
		case uses[name] > 1:
			labels[id] = name + " (..." + end + ")"
		default:
			labels[id] = name
		}
	}
	return labels
}
