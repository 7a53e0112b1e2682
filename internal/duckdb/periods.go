package duckdb

import (
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A shift says how far local time is from UTC, from an instant on.
type shift struct {
	from   time.Time
	offset time.Duration
}

// offsets are a zone's offsets between two instants, in order. They come from
// Go's knowledge of time zones, not from DuckDB's, so that any *time.Location
// can be asked for and a report's days are those of the rest of the program.
func offsets(zone *time.Location, first, last time.Time) []shift {
	if zone == nil {
		zone = time.UTC
	}
	var shifts []shift
	for at := first; ; {
		local := at.In(zone)
		_, seconds := local.Zone()
		shifts = append(shifts, shift{at, time.Duration(seconds) * time.Second})
		_, end := local.ZoneBounds()
		if end.IsZero() || end.After(last) {
			return shifts
		}
		at = end
	}
}

// offsetSQL is the offset at ts in microseconds: a tree of cases, so that a row
// is compared with few of the shifts.
func offsetSQL(shifts []shift) string {
	if len(shifts) == 1 {
		return fmt.Sprintf("%d::BIGINT", shifts[0].offset.Microseconds())
	}
	half := len(shifts) / 2
	return fmt.Sprintf("CASE WHEN ts < make_timestamp(%d) THEN %s ELSE %s END",
		shifts[half].from.UnixMicro(), offsetSQL(shifts[:half]), offsetSQL(shifts[half:]))
}

// Periods are numbered from the beginning of the year 1, which was a Monday, in
// local time; so no number is negative, and divisions round down.
const (
	yearOneToUnix = 62_135_596_800 * 1_000_000 // microseconds
	minute        = 60 * 1_000_000
	hour          = 60 * minute
	day           = 24 * hour
)

// periods are the expressions for the number of the period that ts lies in, and
// for the offset that tells apart two periods of the same number: of minutes
// and hours only, since those that come twice, when clocks are put back, make two
// groups.
func periods(of ledger.Dimension, shifts []shift) (period, offset string) {
	local := fmt.Sprintf("(epoch_us(ts) + %d + %s)", yearOneToUnix, offsetSQL(shifts))
	switch of {
	case ledger.ByMinute:
		return fmt.Sprintf("%s // %d", local, minute), offsetSQL(shifts)
	case ledger.ByHour:
		return fmt.Sprintf("%s // %d", local, hour), offsetSQL(shifts)
	case ledger.ByWeek:
		return fmt.Sprintf("%s // %d * 7", local, 7*day), "0::BIGINT"
	case ledger.ByMonth:
		date := fmt.Sprintf("make_timestamp(%s - %d)", local, yearOneToUnix)
		return fmt.Sprintf("year(%s) * 12 + month(%s) - 13", date, date), "0::BIGINT"
	default:
		return fmt.Sprintf("%s // %d", local, day), "0::BIGINT"
	}
}

// spell writes a period as ledger.Sum says.
func spell(of ledger.Dimension, period int64, offset time.Duration) string {
	yearOne := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func(length int64) string {
		local := time.UnixMicro(period*length - yearOneToUnix).Add(-offset)
		return local.In(time.FixedZone("", int(offset.Seconds()))).Format(time.RFC3339)
	}
	switch of {
	case ledger.ByMinute:
		return clock(minute)
	case ledger.ByHour:
		return clock(hour)
	case ledger.ByMonth:
		return yearOne.AddDate(0, int(period), 0).Format("2006-01")
	default:
		return yearOne.AddDate(0, 0, int(period)).Format(time.DateOnly)
	}
}
