package report

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A Burn is how fast money went in the last hour, day or week that the books
// know, beside the span of the same length before.
type Burn struct {
	Span time.Duration
	// Window ends where the books do, Earlier where Window begins.
	Window, Earlier ledger.Window
	// Known and EarlierKnown say whether all of the window is in the books. If not,
	// its spend is only what is known, and there is no rate or change.
	Known, EarlierKnown bool
	// Currencies are those with spend in either window, as Venice debits them.
	Currencies []CurrencyRate
	// Dollars is in dollar equivalents; Unpriced are the currencies left out.
	Dollars  Rate
	Unpriced []venice.Currency
}

// A CurrencyRate is the rate in one currency.
type CurrencyRate struct {
	Currency venice.Currency
	Rate
}

// A Rate is what was spent in a span of time, and in the one before.
type Rate struct {
	Spend, Earlier decimal.Decimal
	// PerHour is the spend by the hour, to 12 decimals.
	PerHour decimal.NullDecimal
	// Change is how much more or less it is than before, in percent to a tenth. It
	// is not Valid where nothing was spent before.
	Change decimal.NullDecimal
}

// burnSpans are those of [BurnRates].
var burnSpans = [...]time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}

// BurnRates answers how fast money went in the last hour, day and week up to
// where the books end; there are none where nothing is known. With several
// accounts the books end where those of the account do that is most behind.
func BurnRates(ctx context.Context, books ledger.Books, s Scope) ([]Burn, error) {
	v, err := look(ctx, books, s)
	if err != nil {
		return nil, err
	}
	return v.burns(ctx)
}

func (v *view) burns(ctx context.Context) ([]Burn, error) {
	if v.asOf.IsZero() {
		return nil, nil
	}
	burns := make([]Burn, len(burnSpans))
	var windows []ledger.Window
	for i, span := range burnSpans {
		begin := v.asOf.Add(-span)
		b := Burn{Span: span, Window: ledger.Window{Start: begin, End: v.asOf}, Earlier: ledger.Window{Start: begin.Add(-span), End: begin}}
		b.Known, b.EarlierKnown = v.knows(b.Window), v.knows(b.Earlier)
		burns[i] = b
		windows = append(windows, b.Window, b.Earlier)
	}
	spent, err := v.spentIn(ctx, windows...)
	if err != nil {
		return nil, err
	}
	for i := range burns {
		burns[i].fill(spent[2*i], spent[2*i+1])
	}
	return burns, nil
}

// fill fills in what was spent in the span and in the one before.
func (b *Burn) fill(now, before tally) {
	b.Dollars = b.rate(now.dollars(), before.dollars())
	both := newTally()
	both.merge(now)
	both.merge(before)
	for _, currency := range slices.SortedFunc(maps.Keys(both.money), compareCurrencies) {
		if both.money[currency].spend.IsZero() {
			continue
		}
		b.Currencies = append(b.Currencies, CurrencyRate{currency, b.rate(now.money[currency].spend, before.money[currency].spend)})
		if !priced(currency) {
			b.Unpriced = append(b.Unpriced, currency)
		}
	}
}

func (b *Burn) rate(spend, earlier decimal.Decimal) Rate {
	r := Rate{Spend: spend, Earlier: earlier}
	if b.Known {
		hours := decimal.NewFromInt(int64(b.Span / time.Hour))
		r.PerHour = decimal.NewNullDecimal(spend.DivRound(hours, estimatePlaces))
	}
	if b.Known && b.EarlierKnown {
		r.Change = percentChange(earlier, spend)
	}
	return r
}

// percentChange is not Valid where there was nothing before.
func percentChange(before, now decimal.Decimal) (change decimal.NullDecimal) {
	if before.IsZero() {
		return change
	}
	return decimal.NewNullDecimal(now.Sub(before).Shift(2).DivRound(before.Abs(), 1))
}
