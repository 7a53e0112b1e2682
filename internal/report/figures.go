package report

import (
	"cmp"
	"maps"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Figures are what entries add up to.
type Figures struct {
	// Entries counts them, and Requests the distinct requests that they belong
	// to. Nil is unknown: by key, for requests that were left uncounted, and for
	// those of which some are both in a group that Top left out and in another.
	Entries, Requests *int64
	// Currencies has the money, each currency for itself: first those that Venice
	// debits, in its order, then the others by name.
	Currencies []Money
	// Tokens are by meter, in the order of names; refunds do not lessen them.
	Tokens []Tokens
	// DollarSpend and DollarCredit are dollar equivalents: USD, BUNDLED_CREDITS,
	// EARNED_CREDITS and DIEM count 1, VCU 0.10. Others are left out, and named
	// in Unpriced where there is any spend or credit in them.
	DollarSpend, DollarCredit decimal.Decimal
	Unpriced                  []venice.Currency
}

// Money is what was billed in one currency.
type Money struct {
	Currency venice.Currency
	Entries  *int64          // nil is unknown
	Spend    decimal.Decimal // minus the negative amounts
	Credit   decimal.Decimal // the positive amounts: purchases and refunds
	Tokens   decimal.Decimal // of all meters, charged in this currency
}

// Tokens are how many tokens of one kind were used. The number is whole unless
// Venice billed a part of one.
type Tokens struct {
	Meter string // as in venice.SKU
	Count decimal.Decimal
}

// InDollars is the dollar equivalent of an amount, and false for a currency that
// has no known worth.
func InDollars(c venice.Currency, amount decimal.Decimal) (decimal.Decimal, bool) {
	switch c {
	case venice.USD, venice.BundledCredits, venice.EarnedCredits, venice.DIEM:
		return amount, true
	case venice.VCU:
		return amount.Shift(-1), true
	}
	return decimal.Decimal{}, false
}

// priced says whether a currency has a known worth in dollars.
func priced(c venice.Currency) bool {
	_, ok := InDollars(c, decimal.Decimal{})
	return ok
}

// rank orders currencies as Venice debits them.
func rank(c venice.Currency) int {
	order := []venice.Currency{venice.DIEM, venice.EarnedCredits, venice.BundledCredits, venice.USD, venice.VCU}
	if i := slices.Index(order, c); i >= 0 {
		return i
	}
	return len(order)
}

func compareCurrencies(a, b venice.Currency) int {
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// A tally adds up parts of the books.
type tally struct {
	money  map[venice.Currency]moneyTally
	tokens map[string]decimal.Decimal
}

type moneyTally struct {
	entries               int64
	spend, credit, tokens decimal.Decimal
}

func newTally() tally {
	return tally{map[venice.Currency]moneyTally{}, map[string]decimal.Decimal{}}
}

func (t tally) add(s ledger.Sum) {
	m := t.money[s.Currency]
	m.entries += s.Entries
	m.spend = plus(m.spend, s.Spend)
	m.credit = plus(m.credit, s.Credit)
	if s.Unit == venice.MillionTokens {
		tokens := s.Units.Shift(6)
		m.tokens = plus(m.tokens, tokens)
		t.tokens[s.Meter] = plus(t.tokens[s.Meter], tokens)
	}
	t.money[s.Currency] = m
}

func (t tally) merge(o tally) {
	for currency, m := range o.money {
		sum := t.money[currency]
		sum.entries += m.entries
		sum.spend = plus(sum.spend, m.spend)
		sum.credit = plus(sum.credit, m.credit)
		sum.tokens = plus(sum.tokens, m.tokens)
		t.money[currency] = sum
	}
	for meter, n := range o.tokens {
		t.tokens[meter] = plus(t.tokens[meter], n)
	}
}

// plus adds up, and most often only one of them is not zero.
func plus(a, b decimal.Decimal) decimal.Decimal {
	switch {
	case a.IsZero():
		return b
	case b.IsZero():
		return a
	default:
		return a.Add(b)
	}
}

// dollars is the dollar equivalent of the spend.
func (t tally) dollars() decimal.Decimal {
	var sum decimal.Decimal
	for currency, m := range t.money {
		if spend, ok := InDollars(currency, m.spend); ok {
			sum = plus(sum, spend)
		}
	}
	return sum
}

// figures finishes the tally. Without counted, entries are unknown.
func (t tally) figures(counted bool, requests *int64) Figures {
	f := Figures{Requests: requests, DollarSpend: t.dollars()}
	var entries int64
	for _, currency := range slices.SortedFunc(maps.Keys(t.money), compareCurrencies) {
		m := t.money[currency]
		entries += m.entries
		money := Money{Currency: currency, Spend: m.spend, Credit: m.credit, Tokens: m.tokens}
		if counted {
			money.Entries = new(m.entries)
		}
		f.Currencies = append(f.Currencies, money)
		if credit, ok := InDollars(currency, m.credit); ok {
			f.DollarCredit = plus(f.DollarCredit, credit)
		} else if !m.spend.IsZero() || !m.credit.IsZero() {
			f.Unpriced = append(f.Unpriced, currency)
		}
	}
	if counted {
		f.Entries = &entries
	}
	for _, meter := range slices.Sorted(maps.Keys(t.tokens)) {
		f.Tokens = append(f.Tokens, Tokens{meter, t.tokens[meter]})
	}
	return f
}
