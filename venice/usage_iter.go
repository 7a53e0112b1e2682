package venice

import (
	"context"
	"errors"
	"iter"
	"time"
)

// IterUsage walks through all entries that params select, newest first unless
// SortOrder says otherwise, and holds no more than [BillingService.GetUsage]
// must. Page says where to begin, MaxItems where to end.
//
// A server with the page-numbered route is asked page by page, Limit entries at
// a time; entries recorded meanwhile neither shift nor double those of a walk
// from page 1. Elsewhere the walk costs one request for each 1000 entries, newest
// first about one in eight more; oldest first is the cheapest.
//
// An error is yielded once and ends the walk; entries yielded before stay
// good. The errors are those of [BillingService.GetUsage].
func (b *BillingService) IterUsage(ctx context.Context, params UsageParams) iter.Seq2[UsageEntry, error] {
	return func(yield func(UsageEntry, error) bool) {
		p, err := params.prepared(defaultIterLimit)
		if err := errors.Join(err, params.refuseTotals()); err != nil {
			yield(UsageEntry{}, err)
			return
		}
		w := usageWalk{billing: b, params: p, yield: yield, left: p.MaxItems}
		if !b.numbered.retired() && !w.numbered(ctx) {
			return
		}
		w.history(ctx)
	}
}

// A usageWalk gives entries to yield until one says stop.
type usageWalk struct {
	billing *BillingService
	params  UsageParams
	yield   func(UsageEntry, error) bool
	given   int // entries given so far
	left    int // entries still wanted; 0 from the start means all
}

// give yields an entry and says whether to go on.
func (w *usageWalk) give(e UsageEntry) bool {
	w.given++
	if !w.yield(e, nil) {
		return false
	}
	w.left--
	return w.left != 0
}

// numbered walks the page-numbered route. It says whether the route turned out
// to be retired, so that the history must give the rest.
func (w *usageWalk) numbered(ctx context.Context) (retired bool) {
	for p := w.params; ; p.Page++ {
		page, err := w.billing.numberedPage(ctx, p)
		if w.billing.numbered.learn(err) {
			return true
		}
		if err != nil {
			w.yield(UsageEntry{}, err)
			return false
		}
		for _, e := range page.Data {
			if !w.give(e) {
				return false
			}
		}
		if !page.HasMore {
			return false
		}
		// Newest first, an entry recorded from now on would push all others to
		// a later place, and the last of this page onto the next.
		if p.Page == 1 && p.SortOrder == Descending && p.EndDate.IsZero() {
			p.EndDate = page.Data[0].Timestamp.Truncate(time.Millisecond).Add(time.Millisecond)
		}
	}
}

// history walks the usage history, past what was given already.
func (w *usageWalk) history(ctx context.Context) {
	skip := w.params.skip() + w.given
	want := 0
	if w.left > 0 {
		want = skip + w.left
	}
	var meta Meta
	for e, err := range w.billing.historyEntries(ctx, w.params, want, &meta) {
		if err != nil {
			w.yield(UsageEntry{}, err)
			return
		}
		if skip > 0 {
			skip--
			continue
		}
		if !w.give(e) {
			return
		}
	}
}
