package focustest

import "time"

const day = 24 * time.Hour

// checkTimes judges the periods of a row. Both grains charge by UTC days.
func (v *validator) checkTimes(p *partition, r *row) {
	billed, billedOK := r.time("BillingPeriodStart")
	billedEnd, billedEndOK := r.time("BillingPeriodEnd")
	if billedOK && billedEndOK {
		first := time.Date(billed.Year(), billed.Month(), 1, 0, 0, 0, 0, time.UTC)
		if !billed.Equal(first) || !billedEnd.Equal(first.AddDate(0, 1, 0)) {
			v.row(BillingPeriods, r, "BillingPeriodStart", "%s to %s is no month", billed, billedEnd)
			billedOK = false
		}
	}
	if !r.has("BillingPeriodStart") { // Vantage has no such columns
		billed, billedOK = p.month, !p.month.IsZero()
		billedEnd, billedEndOK = p.month.AddDate(0, 1, 0), true
	}
	start, startOK := r.time("ChargePeriodStart")
	end, endOK := r.time("ChargePeriodEnd")
	if !startOK || !endOK {
		return
	}
	switch {
	case !start.Equal(start.Truncate(day)) || end.Sub(start) != day:
		v.row(ChargePeriods, r, "ChargePeriodStart", "%s to %s is no day", start, end)
		return
	case billedOK && billedEndOK && (start.Before(billed) || end.After(billedEnd)):
		v.row(ChargePeriods, r, "ChargePeriodStart", "%s is not in the billing period", start)
		return
	}
	if at, ok := r.time("x_LedgerTimestamp"); ok && (at.Before(start) || !at.Before(end)) {
		v.row(LedgerTimestamps, r, "x_LedgerTimestamp", "%s is not from %s to %s", at, start, end)
	}
}
