package report

import (
	"iter"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// maxPeriods is the longest list of periods that is filled up: two years of
// hours, fifty years of days.
const maxPeriods = 20_000

// A period is one hour, day, week or month of a zone, and how it is spelled in
// a group.
type period struct {
	name string
	ledger.Window
}

// periods lists those that have a part in a window, in order.
func periods(d ledger.Dimension, zone *time.Location, w ledger.Window) iter.Seq[period] {
	return func(yield func(period) bool) {
		if w.Empty() {
			return
		}
		for p := periodAt(d, zone, w.Start); p.Start.Before(w.End); p = p.next(d, zone) {
			if !yield(p) {
				return
			}
		}
	}
}

// periodAt is the period of an instant.
func periodAt(d ledger.Dimension, zone *time.Location, t time.Time) period {
	t = t.In(zone)
	if d == ledger.ByHour {
		return hourAt(t)
	}
	year, month, date := t.Date()
	return calendarPeriod(d, zone, time.Date(year, month, date, 0, 0, 0, 0, time.UTC))
}

// hourAt is the hour of a local time: as long as the clock shows it, which is
// less than an hour where a zone moves its clocks by half of one.
func hourAt(t time.Time) period {
	past := time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	w := ledger.Window{Start: t.Add(-past), End: t.Add(time.Hour - past)}
	since, until := t.ZoneBounds()
	if since.After(w.Start) {
		w.Start = since
	}
	if !until.IsZero() && until.Before(w.End) {
		w.End = until
	}
	return period{t.Format("2006-01-02T15:00:00Z07:00"), w}
}

// WindowOf is the window of a period of the report's time dimension, by the name
// that it has in a row; empty where that names none.
func (r *Report) WindowOf(name string) ledger.Window {
	for _, d := range r.By {
		layout := map[ledger.Dimension]string{ledger.ByHour: time.RFC3339, ledger.ByDay: time.DateOnly,
			ledger.ByWeek: time.DateOnly, ledger.ByMonth: "2006-01"}[d]
		t, err := time.Parse(layout, name)
		switch {
		case !d.OfTime():
		case err != nil:
			return ledger.Window{}
		case d == ledger.ByHour:
			p := hourAt(t.In(r.Zone))
			if p.name != name { // the clock was moved within the hour, and the rest has the name
				p = p.next(d, r.Zone)
			}
			return p.Window
		default:
			return calendarPeriod(d, r.Zone, t).Window
		}
	}
	return ledger.Window{}
}

func (p period) next(d ledger.Dimension, zone *time.Location) period {
	return periodAt(d, zone, p.End)
}

// calendarPeriod is the period of a date. Dates are counted in UTC, where every
// day has a midnight, and only then looked for in the zone.
func calendarPeriod(d ledger.Dimension, zone *time.Location, date time.Time) period {
	var end time.Time
	name := time.DateOnly
	switch d {
	case ledger.ByWeek:
		date = date.AddDate(0, 0, -(int(date.Weekday())+6)%7)
		end = date.AddDate(0, 0, 7)
	case ledger.ByMonth:
		date = date.AddDate(0, 0, 1-date.Day())
		end = date.AddDate(0, 1, 0)
		name = "2006-01"
	default:
		end = date.AddDate(0, 0, 1)
	}
	return period{date.Format(name), ledger.Window{Start: DayBegins(date, zone), End: DayBegins(end, zone)}}
}

// DayBegins is the first instant in a zone of a date, which is given as its 00:00
// UTC. Where the clock jumps over midnight, that is the instant of the jump.
func DayBegins(date time.Time, zone *time.Location) time.Time {
	year, month, day := date.Date()
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if year, month, day := t.Date(); time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Before(date) {
		_, jump := t.ZoneBounds()
		return jump
	}
	return t
}
