package ledger

import (
	"fmt"
	"slices"
	"time"
)

// Check says what is wrong with a reading: a window that ends before it starts
// or is not to the millisecond, or an entry outside of it.
func (r Reading) Check() error {
	w := r.Window
	if w.End.Before(w.Start) {
		return fmt.Errorf("window %s ends before it starts", w)
	}
	if !w.Start.Equal(truncate(w.Start)) || !w.End.Equal(truncate(w.End)) {
		return fmt.Errorf("window %s is not to the millisecond", w)
	}
	for i := range r.Entries {
		if e := &r.Entries[i]; !w.Contains(e.Timestamp) {
			return fmt.Errorf("entry of %s (%s) is outside the window %s in which it was read",
				e.Timestamp.UTC().Format(time.RFC3339Nano), e.SKU, w)
		}
	}
	return nil
}

// Read is the coverage after a reading, as stores keep it: instants of reading
// to the microsecond, old windows joined.
func (c Coverage) Read(r Reading) Coverage {
	at := r.ReadAt.UTC().Truncate(time.Microsecond)
	return c.Add(r.Window, at).Settle()
}

// Check says what is wrong with a query: a dimension that is unknown or named
// twice, or two of time.
func (q Query) Check() error {
	known := []Dimension{ByMinute, ByHour, ByDay, ByWeek, ByMonth, ByModel, BySKU, ByMeter, ByCurrency, ByAccount}
	var ofTime Dimension
	for i, d := range q.By {
		switch {
		case !slices.Contains(known, d):
			return fmt.Errorf("unknown dimension %q; there are %q", d, known)
		case slices.Contains(q.By[:i], d):
			return fmt.Errorf("dimension %q is named twice", d)
		case d.OfTime() && ofTime != "":
			return fmt.Errorf("dimensions %q and %q are both of time; ask for one", ofTime, d)
		case d.OfTime():
			ofTime = d
		}
	}
	return nil
}

// Check says what is wrong with totals by key: a day that does not begin at
// 00:00 UTC.
func (d KeyDay) Check() error {
	if !d.Day.Equal(d.Day.Truncate(24 * time.Hour)) {
		return fmt.Errorf("totals by key of %s: the day does not begin at 00:00 UTC", d.Day.UTC().Format(time.RFC3339Nano))
	}
	return nil
}
