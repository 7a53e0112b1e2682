package focus

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// An original is what a refund gives back.
type original struct{ account, request, sku string }

// originalOf is what an entry would be the refund of.
func originalOf(e *ledger.Entry) original {
	if e.InferenceDetails == nil {
		return original{}
	}
	return original{e.Account, e.InferenceDetails.RequestID, e.SKU}
}

// corrections says of each entry of a batch whether it refunds a debit of an
// earlier UTC month, and of none in its own. It asks the books once, and only
// where the batch has refunds that name a request; the originals need not be in
// the selection.
func (w *walk) corrections(ctx context.Context, batch []ledger.Entry) ([]bool, error) {
	debits := map[original]map[time.Time]bool{} // the months in which there are any
	requests := map[string]bool{}
	var until time.Time
	for i := range batch {
		e := &batch[i]
		if o := originalOf(e); o.request != "" && w.judge.isRefund(e) {
			debits[o] = map[time.Time]bool{}
			requests[o.request] = true
			until = e.Timestamp
		}
	}
	corrections := make([]bool, len(batch))
	if len(requests) == 0 {
		return corrections, nil
	}
	selection := ledger.Selection{
		Requests: slices.Sorted(maps.Keys(requests)),
		Window:   ledger.Window{End: monthOf(until).AddDate(0, 1, 0)},
	}
	for e, err := range w.source.Entries(ctx, selection) {
		if err != nil {
			return nil, err
		}
		if months := debits[originalOf(&e)]; months != nil && e.Amount.IsNegative() {
			months[monthOf(e.Timestamp)] = true
		}
	}
	for i := range batch {
		e := &batch[i]
		own := monthOf(e.Timestamp)
		if months := debits[originalOf(e)]; e.Amount.IsPositive() && !months[own] {
			for month := range months {
				corrections[i] = corrections[i] || month.Before(own)
			}
		}
	}
	return corrections, nil
}
