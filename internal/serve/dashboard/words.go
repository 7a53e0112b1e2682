package dashboard

import (
	"fmt"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
)

// count spells a number of things.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

func thousands(n int64) string { return money.Thousands(strconv.FormatInt(n, 10)) }

// span spells a length of time to the minute.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return count(int64(d/day), "day", "days")
}

// ago spells how long something is past.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%d h ago", d/time.Hour)
	}
	return count(int64(d/day), "day", "days") + " ago"
}

// percent is the share of a whole, to a tenth; what is not nothing is not shown
// as nothing.
func percent(part, whole decimal.Decimal) string {
	if !part.IsPositive() || !whole.IsPositive() {
		return "0%"
	}
	share := part.Mul(decimal.NewFromInt(100)).DivRound(whole, 1)
	if share.IsZero() {
		return "<0.1%"
	}
	return share.String() + "%"
}

// clock spells an instant in a zone, to the minute.
func clock(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2 Jan 2006, 15:04")
}

// spell says from when to when a window reaches, in a zone.
func spell(w ledger.Window, zone *time.Location) string {
	if !w.Start.After(ledger.Beginning) {
		return "everything before " + clock(w.End, zone)
	}
	return clock(w.Start, zone) + " to " + clock(w.End, zone)
}

// periodLabel names a bar in full, tick in short.
func periodLabel(step ledger.Dimension, name string) string {
	switch t, err := parsePeriod(step, name); {
	case err != nil:
		return name
	case step == ledger.ByHour:
		return t.Format("Mon 2 Jan 2006, 15:04")
	case step == ledger.ByWeek:
		return "Week of " + t.Format("2 Jan 2006")
	case step == ledger.ByMonth:
		return t.Format("January 2006")
	default:
		return t.Format("Mon 2 Jan 2006")
	}
}

func periodTick(step ledger.Dimension, name string, hours bool) string {
	switch t, err := parsePeriod(step, name); {
	case err != nil:
		return name
	case step == ledger.ByHour && hours:
		return t.Format("15:04")
	case step == ledger.ByMonth:
		return t.Format("Jan 2006")
	default:
		return t.Format("2 Jan")
	}
}

func parsePeriod(step ledger.Dimension, name string) (time.Time, error) {
	switch step {
	case ledger.ByHour:
		return time.Parse(time.RFC3339, name)
	case ledger.ByMonth:
		return time.Parse("2006-01", name)
	}
	return time.Parse(time.DateOnly, name)
}
