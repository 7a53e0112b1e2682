package dashboard

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// A limitList is the API keys as the last sync found them, those first that have
// used most of a limit.
type limitList struct {
	At    time.Time // when those were read that were read first
	Rows  []limitRow
	More  int  // how many keys are not listed
	InUSD bool // a key has a limit in USD
}

// A limitRow is a key, its limits, and what it spent.
type limitRow struct {
	Name, Account, Ending string
	State                 string // near or at its limit, in words
	Limits                []limitBar
	// Past says that the use is of a period that has ended since it was read.
	Past      bool
	SevenDays []currencyTotal
	share     decimal.Decimal
}

// A limitBar is a limit in one currency and what is used of it.
type limitBar struct {
	gauge
	Currency venice.Currency
	Used     decimal.NullDecimal
	Limit    decimal.Decimal
	Period   string
}

func (s *sheet) limits(o *outlook) {
	if len(o.keys) == 0 {
		return
	}
	list := &limitList{At: o.keys[0].At}
	for _, ring := range o.keys {
		if ring.At.Before(list.At) {
			list.At = ring.At
		}
		for _, k := range ring.Keys {
			row := newLimitRow(k, ring.At, s.Now)
			if len(o.keys) > 1 {
				row.Account = ring.account
			}
			list.InUSD = list.InUSD || k.ConsumptionLimits.USD.Valid
			list.Rows = append(list.Rows, row)
		}
	}
	slices.SortStableFunc(list.Rows, func(a, b limitRow) int {
		return cmp.Or(cmp.Compare(min(len(b.Limits), 1), min(len(a.Limits), 1)), b.share.Cmp(a.share))
	})
	if len(list.Rows) > listed {
		list.More = len(list.Rows) - listed
		list.Rows = list.Rows[:listed]
	}
	s.Limits = list
}

func newLimitRow(k venice.APIKey, at, now time.Time) limitRow {
	r := limitRow{Name: cmp.Or(k.Description, "Without a name"), Ending: k.Last6Chars}
	period := map[venice.LimitPeriod]string{venice.LimitEpoch: "a day", venice.LimitMonth: "a month", venice.LimitLifetime: "in all"}[k.LimitPeriod]
	switch k.LimitPeriod {
	case venice.LimitEpoch, venice.LimitMonth:
		r.Past = at.Before(periodBegan(now, k.LimitPeriod == venice.LimitMonth))
	}
	state, share := report.LimitOf(k)
	r.share = share.Decimal
	for _, of := range []struct {
		currency    venice.Currency
		limit, used decimal.NullDecimal
	}{
		{venice.USD, k.ConsumptionLimits.USD, k.CurrentPeriodUsage.USD},
		{venice.DIEM, k.ConsumptionLimits.DIEM, k.CurrentPeriodUsage.DIEM},
	} {
		if !of.limit.Valid {
			continue
		}
		b := limitBar{Currency: of.currency, Limit: of.limit.Decimal, Used: of.used, Period: period, gauge: newGauge(of.used.Decimal, of.limit.Decimal)}
		if state == report.LimitNear && b.Level == "calm" && share.Valid {
			b.Level = "high"
		}
		r.Limits = append(r.Limits, b)
	}
	switch {
	case r.Past:
		r.State = "Read before the period began anew"
	case state == report.LimitReached:
		r.State = "Limit reached"
	case state == report.LimitNear:
		r.State = "Near its limit"
	}
	for _, of := range []struct {
		currency venice.Currency
		spend    decimal.NullDecimal
	}{{venice.USD, k.TrailingSevenDays.USD}, {venice.DIEM, k.TrailingSevenDays.DIEM}} {
		if of.spend.Valid && (!of.spend.Decimal.IsZero() || of.currency == venice.USD) {
			r.SevenDays = append(r.SevenDays, currencyTotal{of.currency, of.spend.Decimal})
		}
	}
	return r
}
