package venice

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"
)

// Bounds of the windows in which a history is read backwards. Venice hangs on
// tiny ranges, so none is shorter than an hour, unless the caller's range is.
const (
	firstWindow   = 24 * time.Hour
	minWindow     = time.Hour
	windowEntries = 4 * maxPageSize // what a window should hold at most
	maxWidenings  = 3
	minSlowPage   = 100 // the smallest page asked for after timeouts
)

// newestFirst walks from the newest entry to the oldest. Venice only walks the
// other way, so it reads window by window, each wholly, and gives it back in
// reverse: a day at first, then windows that double while they hold little and
// shrink where they hold much, down to the oldest entry. No more than a window
// is in memory: some 4000 entries, or those of the busiest hour.
func (b *BillingService) newestFirst(ctx context.Context, filter UsageHistoryParams, want int, meta *Meta) iter.Seq2[UsageEntry, error] {
	return func(yield func(UsageEntry, error) bool) {
		r := backwardReader{billing: b, filter: filter, want: want, meta: meta, span: firstWindow, pageSize: maxPageSize}
		if err := r.walk(ctx, yield); err != nil {
			yield(UsageEntry{}, err)
		}
	}
}

// A backwardReader reads a history from its end.
type backwardReader struct {
	billing *BillingService
	filter  UsageHistoryParams // Currency, StartTimestamp and EndTimestamp
	want    int                // how many entries the caller still wants; 0 means all
	meta    *Meta

	span      time.Duration // how long the next window is
	pageSize  int
	widenings int
	oldest    *UsageEntry  // the first of the selection, once it was asked for
	entries   []UsageEntry // of the present window, oldest first
}

// walk yields the entries, newest first, until there is none or the caller has
// enough.
func (r *backwardReader) walk(ctx context.Context, yield func(UsageEntry, error) bool) error {
	// The first window ends where the caller says, or is open; only its length
	// is reckoned from now, since nothing is expected after.
	top, edge := r.filter.EndTimestamp, time.Now()
	if !top.IsZero() && top.Before(edge) {
		edge = top
	}
	for {
		bottom := r.bottom(edge)
		shorter, err := r.read(ctx, bottom, top, edge)
		switch {
		case errors.Is(err, ErrTimeout) && r.widenings < maxWidenings && bottom.After(r.filter.StartTimestamp):
			r.widenings++
			r.span *= 8
			r.pageSize = max(minSlowPage, r.pageSize/2)
		case err != nil:
			return err
		case shorter > 0:
			r.span = shorter
			continue
		case !r.give(yield) || bottom.Equal(r.filter.StartTimestamp):
			return nil
		default:
			if len(r.entries) < windowEntries/2 {
				r.span *= 2
			}
			top, edge = bottom, bottom
		}
		// What is left may be empty, and Venice hangs on what is empty: know
		// where the entries begin before asking again.
		if err := r.findOldest(ctx); err != nil {
			return err
		}
		if r.oldest == nil || !top.IsZero() && !r.oldest.Timestamp.Before(top) {
			return nil
		}
	}
}

// bottom is where a window that ends at edge begins.
func (r *backwardReader) bottom(edge time.Time) time.Time {
	bottom := edge.Add(-r.span).Truncate(time.Millisecond)
	if r.oldest != nil && bottom.Before(r.oldest.Timestamp) {
		bottom = r.oldest.Timestamp.Truncate(time.Millisecond)
	}
	if bottom.Before(r.filter.StartTimestamp) {
		bottom = r.filter.StartTimestamp
	}
	return bottom
}

// read takes the window from bottom to top into r.entries. Where that holds far
// more than is wanted, it stops and says how much shorter a window to take.
func (r *backwardReader) read(ctx context.Context, bottom, top, edge time.Time) (shorter time.Duration, err error) {
	r.entries = r.entries[:0]
	window := UsageHistoryParams{Currency: r.filter.Currency, StartTimestamp: bottom, EndTimestamp: top, PageSize: r.pageSize}
	for page, err := range r.billing.UsageHistoryPages(ctx, window) {
		if err != nil {
			return 0, err
		}
		*r.meta = page.Meta
		r.entries = append(r.entries, page.Data...)
		if page.NextCursor == "" {
			break
		}
		if shorter := r.shorter(page.Data, edge.Sub(bottom), edge); shorter > 0 {
			return shorter, nil
		}
	}
	return 0, nil
}

// shorter is the length of a window that should hold about as much as is
// wanted, going by how close together the entries of the last page are; 0 when
// the rest of the present window, of length span, is worth reading.
func (r *backwardReader) shorter(page []UsageEntry, span time.Duration, edge time.Time) time.Duration {
	if span <= minWindow || len(page) == 0 {
		return 0
	}
	last := page[len(page)-1].Timestamp
	took := max(last.Sub(page[0].Timestamp), time.Millisecond)
	target := windowEntries
	if r.want > 0 {
		target = max(maxPageSize, min(r.want, windowEntries))
	}
	// A ratio of times, in entries: whether it is exact does not matter.
	expected := float64(len(page)) * float64(edge.Sub(last)) / float64(took)
	if float64(len(r.entries))+expected <= 2*float64(target) {
		return 0
	}
	fitting := time.Duration(float64(took) * float64(target) / float64(len(page)))
	return max(minWindow, min(fitting, span/2))
}

// give yields the window, newest first, and says whether the caller wants more.
func (r *backwardReader) give(yield func(UsageEntry, error) bool) bool {
	for _, e := range slices.Backward(r.entries) {
		if !yield(e, nil) {
			return false
		}
		if r.want--; r.want == 0 {
			return false
		}
	}
	return true
}

// findOldest asks, once, for the first entries of the selection.
func (r *backwardReader) findOldest(ctx context.Context) error {
	if r.oldest != nil {
		return nil
	}
	first := r.filter
	first.PageSize = minPageSize
	for e, err := range r.billing.IterUsageHistory(ctx, first) {
		if err != nil {
			return err
		}
		r.oldest = &e
		break
	}
	return nil
}
