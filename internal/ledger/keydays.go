package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

const (
	day        = 24 * time.Hour
	keyReach   = 90             // days that Venice keeps its sums, today included
	keySettles = 48 * time.Hour // after its end a day is read once more
)

// takeKeyDays keeps Venice's totals by key of each whole UTC day within reach.
// It costs one request, or one for each day where that does not tell the days
// apart, and none when nothing is due. That it fails does not fail the sync.
func (s *syncing) takeKeyDays(ctx context.Context) error {
	due, err := s.dueKeyDays(ctx)
	if err != nil || len(due) == 0 {
		return err
	}
	days, err := s.keyDays(ctx, due)
	if len(days) > 0 { // also when interrupted: what was read is kept
		if err := s.store.SaveKeyDay(context.WithoutCancel(ctx), s.account, days...); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.result.KeyDays, s.result.KeyDaysErr = len(days), err
	return nil
}

// dueKeyDays are the days that were never read, or read before they were settled.
func (s *syncing) dueKeyDays(ctx context.Context) ([]time.Time, error) {
	today := s.result.Horizon.Truncate(day)
	reach := Window{today.AddDate(0, 0, 1-keyReach), today}
	kept, err := s.store.KeyDays(ctx, reach, s.account)
	if err != nil && !errors.Is(err, ErrNoLedger) {
		return nil, err
	}
	readAt := map[time.Time]time.Time{}
	for _, d := range kept[s.account] {
		readAt[d.Day.UTC()] = d.ReadAt
	}
	var due []time.Time
	for d := reach.Start; d.Before(reach.End); d = d.AddDate(0, 0, 1) {
		settled := d.Add(day + keySettles)
		read, known := readAt[d]
		if !known || read.Before(settled) && !s.result.Horizon.Before(settled) {
			due = append(due, d)
		}
	}
	return due, nil
}

// keyDays asks for the due days. Beside an error it returns those that it got.
func (s *syncing) keyDays(ctx context.Context, due []time.Time) ([]KeyDay, error) {
	analytics, err := s.analytics(ctx, due[0], due[len(due)-1])
	if err != nil {
		return nil, err
	}
	if len(due) == 1 {
		return []KeyDay{{due[0], s.result.Horizon, analytics.ByKey}}, nil
	}
	if byDay, ok := splitKeys(analytics); ok {
		days := make([]KeyDay, len(due))
		for i, d := range due {
			days[i] = KeyDay{d, s.result.Horizon, byDay[d]}
		}
		return days, nil
	}
	var days []KeyDay
	for _, d := range due {
		analytics, err := s.analytics(ctx, d, d)
		if err != nil {
			return days, err
		}
		days = append(days, KeyDay{d, s.result.Horizon, analytics.ByKey})
	}
	return days, nil
}

func (s *syncing) analytics(ctx context.Context, first, last time.Time) (*venice.UsageAnalytics, error) {
	if err := s.pace.enter(ctx); err != nil {
		return nil, err
	}
	defer s.pace.leaveQuietly()
	return s.counted.GetUsageAnalytics(ctx, venice.UsageAnalyticsParams{StartDate: first, EndDate: last})
}

// splitKeys takes the totals by key apart by day, from the rows of Venice's
// charts: USD and DIEM together, and USD alone. Its documentation disagrees on
// what they hold, and beyond 50 keys they hold the rest as "Other", so the days
// must add up to the totals, or else they are not used. Units are not in the
// charts.
func splitKeys(a *venice.UsageAnalytics) (map[time.Time][]venice.KeySpend, bool) {
	type spend struct{ both, usd decimal.Decimal }
	byDay := map[time.Time]map[string]spend{}
	sums := map[string]spend{}
	add := func(rows []venice.DailySpend, to func(*spend, decimal.Decimal)) {
		for _, row := range rows {
			day := byDay[row.Date]
			if day == nil {
				day = map[string]spend{}
				byDay[row.Date] = day
			}
			for name, amount := range row.Spend {
				of, sum := day[name], sums[name]
				to(&of, amount)
				to(&sum, amount)
				day[name], sums[name] = of, sum
			}
		}
	}
	add(a.ByKeyDaily, func(s *spend, d decimal.Decimal) { s.both = s.both.Add(d) })
	add(a.ByKeyDailyUSD, func(s *spend, d decimal.Decimal) { s.usd = s.usd.Add(d) })

	for _, key := range a.ByKey {
		sum := sums[key.Description]
		if !sum.usd.Equal(key.TotalUSD) || !sum.both.Sub(sum.usd).Equal(key.TotalDIEM) {
			return nil, false
		}
		delete(sums, key.Description) // so that a name shared by two keys fails too
	}
	days := make(map[time.Time][]venice.KeySpend, len(byDay))
	for date, names := range byDay {
		for _, key := range a.ByKey {
			if of, ok := names[key.Description]; ok && !of.both.IsZero() {
				days[date] = append(days[date], venice.KeySpend{
					APIKeyID: key.APIKeyID, Description: key.Description,
					TotalUSD: of.usd, TotalDIEM: of.both.Sub(of.usd),
				})
			}
		}
	}
	return days, true
}
