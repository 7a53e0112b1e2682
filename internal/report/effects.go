package report

import (
	"math/big"

	"github.com/shopspring/decimal"
)

// Effects are the parts of a change in dollar equivalents. They add up to it, to
// the last digit. A price is here what was spent by the unit of a SKU.
type Effects struct {
	// Price is what the units of B cost more at the prices of B than at those of A,
	// Volume what they cost more than those of A at the prices of A: of the SKUs in
	// both, to 12 decimals.
	Price, Volume decimal.Decimal
	// New and Gone are SKUs that only B, and only A, has.
	New, Gone decimal.Decimal
	// Other is of SKUs without units, which have no price, and what rounding leaves.
	Other decimal.Decimal
}

// exactEffects are fractions, since a price by the unit seldom ends. What is not
// among them is other.
type exactEffects struct{ price, volume, gained, gone big.Rat }

// of adds the effects of a SKU.
func (e *exactEffects) of(sku *cell) {
	a, b := sku.spend[0].Rat(), sku.spend[1].Rat()
	switch {
	case sku.entries[0] == 0:
		e.gained.Add(&e.gained, b)
	case sku.entries[1] == 0:
		e.gone.Sub(&e.gone, a)
	case sku.units[0].IsPositive() && sku.units[1].IsPositive():
		atOldPrice := new(big.Rat).Mul(a, new(big.Rat).Quo(sku.units[1].Rat(), sku.units[0].Rat()))
		e.volume.Add(&e.volume, new(big.Rat).Sub(atOldPrice, a))
		e.price.Add(&e.price, new(big.Rat).Sub(b, atOldPrice))
	}
}

func (e *exactEffects) add(o exactEffects) {
	e.price.Add(&e.price, &o.price)
	e.volume.Add(&e.volume, &o.volume)
	e.gained.Add(&e.gained, &o.gained)
	e.gone.Add(&e.gone, &o.gone)
}

// round makes decimals that add up to the change.
func (e *exactEffects) round(change decimal.Decimal) Effects {
	places := func(r *big.Rat) decimal.Decimal { return decimal.NewFromBigRat(r, estimatePlaces) }
	// New and gone are sums of spend, which end.
	ends := func(r *big.Rat) decimal.Decimal {
		if digits, exact := r.FloatPrec(); exact {
			return decimal.NewFromBigRat(r, int32(digits))
		}
		return places(r)
	}
	rounded := Effects{Price: places(&e.price), Volume: places(&e.volume), New: ends(&e.gained), Gone: ends(&e.gone)}
	rounded.Other = change.Sub(rounded.Price).Sub(rounded.Volume).Sub(rounded.New).Sub(rounded.Gone)
	return rounded
}
