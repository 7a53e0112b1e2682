package metrics

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// series are the labels of totals, but for the account.
type series struct {
	model, meter string
	currency     venice.Currency
}

type totals struct {
	entries       int64
	spend, credit decimal.Decimal
	// tokens are counted where counted says so: of other units there are none.
	tokens  decimal.Decimal
	counted bool
}

// other stands for the models that have no series of their own.
const other = "(other)"

// A folding decides which models of an account have series of their own, so
// that what is shown does not depend on other accounts.
type folding struct {
	own map[string]bool
}

// newFolding keeps the models with the most entries apart while there is room
// for them, and for all the series that the others together may need.
func newFolding(sums []ledger.Sum, limit int) folding {
	type pair struct {
		meter    string
		currency venice.Currency
	}
	type model struct {
		name    string
		entries int64
		pairs   map[pair]bool
	}
	models, pairs := map[string]*model{}, map[pair]bool{}
	count := 0
	for _, s := range sums {
		name, p := label(s.Group[0]), pair{label(s.Meter), currencyLabel(s.Currency)}
		m := models[name]
		if m == nil {
			m = &model{name: name, pairs: map[pair]bool{}}
			models[name] = m
		}
		if !m.pairs[p] {
			count++
		}
		m.entries += s.Entries
		m.pairs[p], pairs[p] = true, true
	}
	f := folding{own: map[string]bool{}}
	room := limit
	if count > limit {
		room -= len(pairs)
	}
	for _, m := range slices.SortedFunc(maps.Values(models), func(a, b *model) int {
		return cmp.Or(cmp.Compare(b.entries, a.entries), cmp.Compare(a.name, b.name))
	}) {
		if room -= len(m.pairs); room < 0 {
			break
		}
		f.own[m.name] = true
	}
	return f
}

func (f folding) label(model string) string {
	if model = label(model); f.own[model] {
		return model
	}
	return other
}

// totals adds up the sums of each series.
func (f folding) totals(sums []ledger.Sum) map[series]totals {
	all := map[series]totals{}
	for _, s := range sums {
		at := series{f.label(s.Group[0]), label(s.Meter), currencyLabel(s.Currency)}
		t := all[at]
		t.entries += s.Entries
		t.spend = t.spend.Add(s.Spend)
		t.credit = t.credit.Add(s.Credit)
		if s.Unit == venice.MillionTokens {
			t.tokens, t.counted = t.tokens.Add(s.Units.Shift(6)), true
		}
		all[at] = t
	}
	return all
}

// requests adds up the requests of each model that has series.
func (f folding) requests(counts []ledger.RequestCount) map[string]int64 {
	all := map[string]int64{}
	for _, c := range counts {
		all[f.label(c.Group[0])] += c.Requests
	}
	return all
}

// label makes a text one that Prometheus takes as a label: valid UTF-8. Texts
// that become equal so are added up.
func label(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func currencyLabel(c venice.Currency) venice.Currency { return venice.Currency(label(string(c))) }
