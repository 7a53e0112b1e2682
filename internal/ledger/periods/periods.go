// Package periods says in SQL which minute, hour, day, week or month of a time
// zone an instant lies in, for the stores that are asked in SQL.
//
// The offsets of a zone come from Go's knowledge of time zones, not from a
// database's, so that any *time.Location can be asked for and a report's days
// are those of the rest of the program.
package periods

import (
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A Dialect is how a database spells what is needed, of the column with an
// entry's instant.
type Dialect struct {
	// Micros is the instant as a signed whole number: microseconds since 1970.
	Micros string
	// Before is the condition that the instant is before one in microseconds.
	Before func(micros int64) string
	// Divide divides a whole number that is not negative, and rounds down.
	Divide func(dividend string, divisor int64) string
	// YearAndMonth are those of an instant in microseconds, as whole numbers.
	YearAndMonth func(micros string) (year, month string)
}

// Numbers of periods count from the beginning of the year 1, which was a Monday,
// in local time; so no number is negative, and divisions round down.
const (
	yearOneToUnix = 62_135_596_800 * 1_000_000 // microseconds
	minute        = 60 * 1_000_000
	hour          = 60 * minute
	day           = 24 * hour
)

// Number gives the expressions for the number of the period that the instant
// lies in, and for the offset in microseconds that tells apart two periods of the
// same number: of minutes and hours only, since those that come twice, when
// clocks are put back, make two groups. first and last bound the instants.
func (d Dialect) Number(of ledger.Dimension, zone *time.Location, first, last time.Time) (period, offset string) {
	shifts := offsets(zone, first, last)
	local := fmt.Sprintf("(%s + %d + %s)", d.Micros, yearOneToUnix, d.offset(shifts))
	switch of {
	case ledger.ByMinute:
		return d.Divide(local, minute), d.offset(shifts)
	case ledger.ByHour:
		return d.Divide(local, hour), d.offset(shifts)
	case ledger.ByWeek:
		return d.Divide(local, 7*day) + " * 7", None
	case ledger.ByMonth:
		year, month := d.YearAndMonth(fmt.Sprintf("(%s - %d)", local, yearOneToUnix))
		return fmt.Sprintf("%s * 12 + %s - 13", year, month), None
	default:
		return d.Divide(local, day), None
	}
}

// None is the number of the only period where nothing is grouped by time.
const None = "0::BIGINT"

// offset is the zone's offset at the instant in microseconds: a tree of cases, so
// that a row is compared with few of the shifts.
func (d Dialect) offset(shifts []shift) string {
	if len(shifts) == 1 {
		return fmt.Sprintf("%d::BIGINT", shifts[0].offset.Microseconds())
	}
	half := len(shifts) / 2
	return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END",
		d.Before(shifts[half].from.UnixMicro()), d.offset(shifts[:half]), d.offset(shifts[half:]))
}

// A shift says how far local time is from UTC, from an instant on.
type shift struct {
	from   time.Time
	offset time.Duration
}

// offsets are a zone's offsets between two instants, in order; nil is UTC.
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

// Spell writes a period as ledger.Sum says, of its number and its offset.
func Spell(of ledger.Dimension, period int64, offset time.Duration) string {
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
