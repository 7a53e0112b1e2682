package focus

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

// perUSD is what one unit of a currency is worth in US dollars, the K of
// docs/focus.md.
var perUSD = map[venice.Currency]decimal.Decimal{
	venice.USD:            one,
	venice.DIEM:           one,
	venice.BundledCredits: one,
	venice.EarnedCredits:  one,
	venice.VCU:            decimal.New(1, -1),
}

// unitsPerUSD is how many units of a known currency a US dollar is worth.
func unitsPerUSD(c venice.Currency) decimal.Decimal {
	if c == venice.VCU {
		return ten
	}
	return one
}

type kind int

const (
	usage  kind = iota
	refund      // of usage
	topUp
)

// A charge is what becomes a row: of one entry, or of several that differ only
// in their sums and details.
type charge struct {
	kind       kind
	correction bool // a refund of an earlier month
	at         time.Time
	account    string // in Ducat
	*product
	currency venice.Currency
	price    decimal.Decimal // in US dollars
	sums
	inference venice.InferenceDetails
}

// sums are the parts of a charge that can be added up. Costs are positive where
// somebody pays.
type sums struct {
	entries  int64
	amount   decimal.Decimal // as in the ledger
	quantity decimal.Decimal // in the pricing unit
	list     decimal.Decimal // quantity times price
	spent    decimal.Decimal // in the charge's currency, of usage
	usd      decimal.Decimal // what spent is worth
}

func (s *sums) add(other sums) {
	s.entries += other.entries
	s.amount = s.amount.Add(other.amount)
	s.quantity = s.quantity.Add(other.quantity)
	s.list = s.list.Add(other.list)
	s.spent = s.spent.Add(other.spent)
	s.usd = s.usd.Add(other.usd)
}

// consumed is the quantity in the consumed unit.
func (c *charge) consumed() decimal.Decimal {
	if c.tokens {
		return c.quantity.Mul(million)
	}
	return c.quantity
}

// fits says whether all numbers of the charge do.
func (c *charge) fits() bool {
	for _, d := range []decimal.Decimal{
		c.amount, c.quantity, c.consumed(), c.list, c.spent, c.usd, c.price, c.price.Mul(unitsPerUSD(c.currency)),
	} {
		if !fits(d) {
			return false
		}
	}
	d := &c.inference
	for _, n := range []*int64{d.PromptTokens, d.CompletionTokens, d.InferenceExecutionTime} {
		if n != nil && !fits(decimal.NewFromInt(*n)) {
			return false
		}
	}
	return true
}
