package dashboard

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

const day = 24 * time.Hour

// A balanceCard is what is left of one currency.
type balanceCard struct {
	Currency venice.Currency
	Name     string
	Left     decimal.Decimal
	Pace     string // how fast it goes; "" where that is not known
	Epoch    *epoch // of DIEM
}

// An epoch is how much of a UTC day's allowance is used.
type epoch struct {
	Allowance decimal.Decimal
	Used      string // as a share, with its sign
	Width     string // of the used part of the gauge
	Level     string // calm, high or spent
	Resets    time.Time
	In        string // until then
	// Over says that the epoch of the balance is past: what is left is of then.
	Over bool
}

// balanceCards are those of an account's last balance, with what can be said of
// the pace. Currencies that the account does not have stay out, but for DIEM
// where it has an allowance.
func balanceCards(b ledger.BalanceAt, spend map[venice.Currency]decimal.Decimal, over time.Duration, now time.Time) []balanceCard {
	var cards []balanceCard
	if b.Balances.DIEM.Valid || b.DIEMEpochAllocation.IsPositive() {
		cards = append(cards, diemCard(b, now))
	}
	for _, c := range []struct {
		currency venice.Currency
		name     string
		left     decimal.NullDecimal
	}{
		{venice.USD, "US dollars", b.Balances.USD},
		{venice.BundledCredits, "Bundled credits", b.Balances.BundledCredits},
		{venice.EarnedCredits, "Earned credits", b.Balances.EarnedCredits},
	} {
		if c.left.Valid {
			cards = append(cards, balanceCard{Currency: c.currency, Name: c.name, Left: c.left.Decimal,
				Pace: lasts(c.left.Decimal, spend[c.currency], over)})
		}
	}
	return cards
}

// lasts says for how many days a currency lasts at the pace of the range.
func lasts(left, spend decimal.Decimal, over time.Duration) string {
	if !spend.IsPositive() || over < time.Hour {
		return ""
	}
	if !left.IsPositive() {
		return "nothing left"
	}
	elapsed := decimal.NewFromInt(int64(over / time.Second))
	hours := left.Mul(elapsed).DivRound(spend, 3).DivRound(decimal.NewFromInt(3600), 0)
	switch {
	case hours.GreaterThan(decimal.NewFromInt(2 * 365 * 24)):
		return "lasts for years at the pace of this range"
	case hours.LessThan(decimal.NewFromInt(48)):
		return "lasts about " + count(hours.IntPart(), "hour", "hours") + " at the pace of this range"
	}
	return "lasts about " + count(hours.IntPart()/24, "day", "days") + " at the pace of this range"
}

// diemCard tells of the epoch: Venice's day, from 00:00 UTC.
func diemCard(b ledger.BalanceAt, now time.Time) balanceCard {
	began := now.UTC().Truncate(day)
	e := &epoch{Allowance: b.DIEMEpochAllocation, Resets: began.Add(day), Level: "calm", Width: "0%", Over: b.At.Before(began)}
	e.In = span(e.Resets.Sub(now))
	left := b.Balances.DIEM.Decimal
	card := balanceCard{Currency: venice.DIEM, Name: "DIEM", Left: left, Epoch: e}
	if !e.Allowance.IsPositive() || e.Over {
		return card
	}
	used := decimal.Max(e.Allowance.Sub(left), decimal.Decimal{})
	share := decimal.Min(used.Mul(decimal.NewFromInt(100)).DivRound(e.Allowance, 1), decimal.NewFromInt(100))
	e.Used, e.Width = share.String()+"%", share.String()+"%"
	switch {
	case !left.IsPositive():
		e.Level = "spent"
	case share.GreaterThanOrEqual(decimal.NewFromInt(80)):
		e.Level = "high"
	}
	card.Pace = pace(left, used)
	return card
}

// pace says what is to be said without a forecast, which the outlook has.
func pace(left, used decimal.Decimal) string {
	switch {
	case !left.IsPositive():
		return "spent for today"
	case !used.IsPositive():
		return "nothing spent today"
	}
	return ""
}

// spendOf is what was spent in each currency.
func spendOf(f report.Figures) map[venice.Currency]decimal.Decimal {
	spend := map[venice.Currency]decimal.Decimal{}
	for _, m := range f.Currencies {
		spend[m.Currency] = m.Spend
	}
	return spend
}
