package cli

import (
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// change changes the ledger at Venice: near now, where every sync reads again,
// or anywhere.
func (r *campaignRun) change(c campaignChange) {
	entries := r.server.Entries()
	now := time.Now()
	since := now.Add(-nearReach)
	if c.far {
		since = now.AddDate(0, 0, -r.plan.days)
	} else {
		first := 0
		for first < len(entries) && entries[first].Timestamp.Before(since) {
			first++
		}
		entries = entries[first:]
	}
	// Not within the last seconds, which a sync under way has not come to yet.
	at := since.Add(time.Duration(float64(now.Sub(since)-3*time.Second) * c.place))
	if c.kind == changePost {
		r.server.Post(venicetest.Entry{
			Timestamp: at, SKU: "late-charge-unit", Units: "1",
			PricePerUnitUSD: "0.123456789", Amount: "-0.123456789", Currency: "DIEM", Notes: "Posted late",
		})
		r.total.changes.Add(1)
		return
	}
	if len(entries) == 0 {
		return
	}
	e := entries[int(float64(len(entries))*c.place)]
	switch c.kind {
	case changeTwin:
		r.server.Post(e)
	case changeCorrect:
		e.Amount = fmt.Sprintf("-%d.%07d", e.Seq%7, e.Seq+1)
		r.server.Correct(e.Seq, e)
	case changeRemove:
		r.server.Remove(e.Seq)
	}
	r.total.changes.Add(1)
}
