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

// DollarRate is what one unit of a currency counts in a dollar equivalent, and
// false for a currency that has no known worth.
func DollarRate(c venice.Currency) (decimal.Decimal, bool) {
	switch c {
	case venice.USD, venice.BundledCredits, venice.EarnedCredits, venice.DIEM:
		return decimal.New(1, 0), true
	case venice.VCU:
		return decimal.New(1, -1), true
	}
	return decimal.Decimal{}, false
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
	m.spend = m.spend.Add(s.Spend)
	m.credit = m.credit.Add(s.Credit)
	if s.Unit == venice.MillionTokens {
		tokens := s.Units.Shift(6)
		m.tokens = m.tokens.Add(tokens)
		t.tokens[s.Meter] = t.tokens[s.Meter].Add(tokens)
	}
	t.money[s.Currency] = m
}

func (t tally) merge(o tally) {
	for currency, m := range o.money {
		sum := t.money[currency]
		sum.entries += m.entries
		sum.spend = sum.spend.Add(m.spend)
		sum.credit = sum.credit.Add(m.credit)
		sum.tokens = sum.tokens.Add(m.tokens)
		t.money[currency] = sum
	}
	for meter, n := range o.tokens {
		t.tokens[meter] = t.tokens[meter].Add(n)
	}
}

// dollars is the dollar equivalent of the spend.
func (t tally) dollars() decimal.Decimal {
	var sum decimal.Decimal
	for currency, m := range t.money {
		if rate, ok := DollarRate(currency); ok {
			sum = sum.Add(m.spend.Mul(rate))
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
		if rate, ok := DollarRate(currency); ok {
			f.DollarCredit = f.DollarCredit.Add(m.credit.Mul(rate))
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
