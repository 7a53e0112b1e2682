package api

import (
	"cmp"
	"maps"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// spend is what was debited, as positive numbers, by Venice's rule for its own
// sums: bundled credits count as USD, other currencies than these and DIEM are
// left out, and refunds are not taken off.
type spend struct{ usd, diem, units decimal.Decimal }

// spendOf is the spend of a sum, and false where it counts for nothing.
func spendOf(s ledger.Sum) (spend, bool) {
	part := spend{units: s.Units}
	switch s.Currency {
	case venice.USD, venice.BundledCredits:
		part.usd = s.Spend
	case venice.DIEM:
		part.diem = s.Spend
	default:
		return spend{}, false
	}
	if s.Unit == venice.MillionTokens {
		part.units = part.units.Shift(6) // Venice counts single tokens here
	}
	return part, !s.Spend.IsZero()
}

func (s *spend) add(t spend) {
	s.usd, s.diem, s.units = s.usd.Add(t.usd), s.diem.Add(t.diem), s.units.Add(t.units)
}

// both is what Venice orders and draws by: 1 DIEM pays for 1 US dollar.
func (s spend) both() decimal.Decimal { return s.usd.Add(s.diem) }

// tally adds up spend by something.
type tally[K cmp.Ordered] map[K]*spend

func (t tally[K]) add(k K, s spend) {
	if t[k] == nil {
		t[k] = new(spend)
	}
	t[k].add(s)
}

// of is the spend of k, perhaps nothing.
func (t tally[K]) of(k K) spend {
	if s := t[k]; s != nil {
		return *s
	}
	return spend{}
}

// ranked are the keys, the highest spend first.
func (t tally[K]) ranked() []K {
	return slices.SortedFunc(maps.Keys(t), func(a, b K) int {
		return cmp.Or(t[b].both().Cmp(t[a].both()), cmp.Compare(a, b))
	})
}
