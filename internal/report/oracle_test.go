package report_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// A known SKU and what it means: the oracle parses none.
type known struct{ sku, model, meter string }

var skus = []known{
	{"glm-llm-input-mtoken", "glm", "input"},
	{"glm-llm-output-mtoken", "glm", "output"},
	{"kimi-llm-output-mtoken", "kimi", "output"},
	{"kimi-llm-cache-input-mtoken", "kimi", "cache-input"},
	{"flux-image-unit", "flux", "image"},
	{"credit-purchase", "credit-purchase", "purchase"},
	{"tts-kokoro", "tts-kokoro", "other"},
}

var money = []venice.Currency{venice.DIEM, venice.USD, venice.EarnedCredits, venice.BundledCredits, venice.VCU, "STARDUST"}

// cents of a dollar that one unit of a currency counts.
var cents = map[venice.Currency]int64{venice.DIEM: 100, venice.USD: 100, venice.EarnedCredits: 100,
	venice.BundledCredits: 100, venice.VCU: 10}

// A posting is an entry of an account and what its SKU means.
type posting struct {
	account string
	venice.UsageEntry
	known
}

// postings invents entries within a window, some of them equal, some of one
// request in several groups.
func postings(r *rand.Rand, n int, w ledger.Window) []posting {
	var list []posting
	for range n {
		if len(list) > 0 && r.IntN(10) == 0 {
			list = append(list, list[r.IntN(len(list))])
			continue
		}
		p := posting{account: []string{"home", "work"}[r.IntN(2)], known: skus[r.IntN(len(skus))]}
		p.Timestamp = w.Start.Add(time.Duration(r.Int64N(int64(w.Length()/time.Millisecond))) * time.Millisecond)
		p.SKU = p.sku
		p.Currency = money[r.IntN(len(money))]
		p.Units = decimal.New(r.Int64N(1_000_000_000), -int32(r.IntN(10)))
		p.Amount = decimal.New(r.Int64N(2_000_000)-1_500_000, -int32(r.IntN(12)))
		p.Timestamp = p.Timestamp.UTC()
		if r.IntN(5) > 0 {
			p.InferenceDetails = &venice.InferenceDetails{RequestID: fmt.Sprint("r", r.IntN(n))}
		}
		list = append(list, p)
	}
	return list
}

// value is what a posting has in a dimension.
func (p posting) value(d ledger.Dimension, zone *time.Location) string {
	local := p.Timestamp.In(zone)
	switch d {
	case ledger.ByModel:
		return p.model
	case ledger.BySKU:
		return p.sku
	case ledger.ByMeter:
		return p.meter
	case ledger.ByCurrency:
		return string(p.Currency)
	case ledger.ByAccount:
		return p.account
	}
	return spell(d, local)
}

// spell names the period of a local time.
func spell(d ledger.Dimension, local time.Time) string {
	switch d {
	case ledger.ByHour:
		return local.Format("2006-01-02T15") + ":00:00" + local.Format("Z07:00")
	case ledger.ByDay:
		return local.Format("2006-01-02")
	case ledger.ByMonth:
		return local.Format("2006-01")
	}
	for local.Weekday() != time.Monday {
		local = local.AddDate(0, 0, -1)
	}
	return local.Format("2006-01-02")
}

// expected are the figures of a group, in fractions.
type expected struct {
	entries       int64
	requests      map[string]bool
	spend, credit map[venice.Currency]*big.Rat
	tokens        map[string]*big.Rat
	dollars       *big.Rat
}

func rat(d decimal.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		panic(d.String())
	}
	return r
}

func add[K comparable](sums map[K]*big.Rat, key K, n *big.Rat) {
	if sums[key] == nil {
		sums[key] = new(big.Rat)
	}
	sums[key].Add(sums[key], n)
}

// expect adds the postings up by group.
func expect(list []posting, by []ledger.Dimension, zone *time.Location) map[string]*expected {
	groups := map[string]*expected{}
	for _, p := range list {
		var values []string
		for _, d := range by {
			values = append(values, p.value(d, zone))
		}
		key := strings.Join(values, "|")
		e := groups[key]
		if e == nil {
			e = &expected{requests: map[string]bool{}, spend: map[venice.Currency]*big.Rat{},
				credit: map[venice.Currency]*big.Rat{}, tokens: map[string]*big.Rat{}, dollars: new(big.Rat)}
			groups[key] = e
		}
		e.entries++
		if p.InferenceDetails != nil {
			e.requests[p.account+" "+p.InferenceDetails.RequestID] = true
		}
		amount := rat(p.Amount)
		if amount.Sign() > 0 {
			add(e.credit, p.Currency, amount)
			continue
		}
		amount.Neg(amount)
		add(e.spend, p.Currency, amount)
		e.dollars.Add(e.dollars, new(big.Rat).Mul(amount, big.NewRat(cents[p.Currency], 100)))
		if strings.Contains(p.sku, "-llm-") {
			add(e.tokens, p.meter, new(big.Rat).Mul(rat(p.Units), big.NewRat(1_000_000, 1)))
		}
	}
	return groups
}

// differences compares figures with what is expected; nil expects nothing.
func differences(f report.Figures, e *expected) (found []string) {
	differ := func(what string, got decimal.Decimal, want *big.Rat) {
		if want == nil {
			want = new(big.Rat)
		}
		if rat(got).Cmp(want) != 0 {
			found = append(found, fmt.Sprintf("%s is %s, want %s", what, got, want.FloatString(30)))
		}
	}
	if e == nil {
		e = &expected{dollars: new(big.Rat)}
	}
	if f.Entries == nil || *f.Entries != e.entries {
		found = append(found, fmt.Sprintf("entries differ from %d", e.entries))
	}
	if f.Requests == nil || *f.Requests != int64(len(e.requests)) {
		found = append(found, fmt.Sprintf("requests differ from %d", len(e.requests)))
	}
	differ("dollar spend", f.DollarSpend, e.dollars)
	var tokens decimal.Decimal
	for _, m := range f.Currencies {
		differ("spend in "+string(m.Currency), m.Spend, e.spend[m.Currency])
		differ("credit in "+string(m.Currency), m.Credit, e.credit[m.Currency])
		tokens = tokens.Add(m.Tokens)
		if n := cents[m.Currency]; n == 0 && (!m.Spend.IsZero() || !m.Credit.IsZero()) != slices.Contains(f.Unpriced, m.Currency) {
			found = append(found, fmt.Sprintf("unpriced is %q", f.Unpriced))
		}
	}
	all := new(big.Rat)
	for _, n := range f.Tokens {
		differ(n.Meter+" tokens", n.Count, e.tokens[n.Meter])
		all.Add(all, rat(n.Count))
	}
	differ("tokens of all currencies", tokens, all)
	for currency := range e.spend {
		if !slices.ContainsFunc(f.Currencies, func(m report.Money) bool { return m.Currency == currency }) {
			found = append(found, fmt.Sprintf("%s is missing", currency))
		}
	}
	for meter := range e.tokens {
		if !slices.ContainsFunc(f.Tokens, func(n report.Tokens) bool { return n.Meter == meter }) {
			found = append(found, fmt.Sprintf("%s tokens are missing", meter))
		}
	}
	return found
}
