package venice

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"time"
)

// Bounds of the windows in which a history is read backwards. Venice hangs on
// tiny ranges, so none is shorter than an hour, unless the caller's range is.
const (
	firstWindow   = 24 * time.Hour
	minWindow     = time.Hour
	windowEntries = 4 * maxPageSize // what a window should hold at most
	smallPage     = maxPageSize / 2 // the smallest page that is asked for
	maxTimeouts   = 8               // of windows that may be empty, before giving up
)

// newestFirst walks from the newest entry to the oldest. Venice only walks the
// other way, so it reads window by window, each wholly, and gives it back in
// reverse: a day at first, then windows that double while they hold little and
// shrink where they hold much, down to the oldest entry. No more than a window
// is in memory: some 4000 entries, or those of the busiest hour. A window that
// times out may be an empty one, and is made longer.
func (b *BillingService) newestFirst(ctx context.Context, filter UsageHistoryParams, want int, meta *Meta) iter.Seq2[UsageEntry, error] {
	return func(yield func(UsageEntry, error) bool) {
		r := backwardReader{billing: b, filter: filter, want: want, meta: meta, span: firstWindow, pageSize: maxPageSize}
		if want > 0 {
			r.pageSize = max(smallPage, min(want, maxPageSize))
		}
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

	pageSize int
	timeouts int
	span     time.Duration // how long the next window is
	empty    time.Duration // the longest window from the same edge that timed out
	full     time.Duration // the shortest one that held too much
	oldest   *UsageEntry   // the first of the selection, once it was asked for
	entries  []UsageEntry  // of the present window, oldest first
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
		fitting, err := r.read(ctx, bottom, top, edge)
		switch {
		case errors.Is(err, ErrTimeout) && r.timeouts < maxTimeouts && bottom.After(r.filter.StartTimestamp):
			r.timeouts++
			r.lengthen(edge.Sub(bottom))
		case err != nil:
			return err
		case fitting > 0:
			r.shorten(edge.Sub(bottom), fitting)
			continue
		case !r.give(yield) || bottom.Equal(r.filter.StartTimestamp):
			return nil
		default:
			r.goDown(edge.Sub(bottom))
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

// goDown chooses the length of the window below one that was read.
func (r *backwardReader) goDown(span time.Duration) {
	r.empty, r.full = 0, max(0, r.full-span)
	switch {
	case len(r.entries) == 0 && r.full > 0: // somewhere in there is much
		r.span = max(2*span, between(span, r.full))
	case len(r.entries) < windowEntries/2:
		r.span = 2 * span
	default:
		r.span = span
	}
}

// lengthen takes a longer window after one that timed out: between it and one
// that held too much, where there was one.
func (r *backwardReader) lengthen(span time.Duration) {
	r.empty = max(r.empty, span)
	r.span = 8 * r.empty
	if r.full > 0 {
		r.span = between(r.empty, r.full)
	}
}

// shorten takes a window of the fitting length after one that held too much, but
// one that is longer than what timed out.
func (r *backwardReader) shorten(span, fitting time.Duration) {
	r.full = span
	r.span = fitting
	if r.empty > 0 {
		r.span = max(fitting, between(r.empty, r.full))
	}
}

// between is the geometric mean.
func between(a, b time.Duration) time.Duration {
	return time.Duration(math.Sqrt(float64(a)) * math.Sqrt(float64(b)))
}

// read takes the window from bottom to top into r.entries. Where that holds far
// more than is wanted, it stops and says which length would fit.
func (r *backwardReader) read(ctx context.Context, bottom, top, edge time.Time) (fitting time.Duration, err error) {
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
		if fitting := r.fitting(page.Data, edge.Sub(bottom), edge); fitting > 0 {
			return fitting, nil
		}
	}
	return 0, nil
}

// fitting is the length of a window that should hold about as much as is
// wanted, going by how close together the entries of the last page are; 0 when
// the rest of the present window, of length span, is worth reading.
func (r *backwardReader) fitting(page []UsageEntry, span time.Duration, edge time.Time) time.Duration {
	if span <= max(minWindow, r.empty*5/4) || len(page) == 0 {
		return 0
	}
	last := page[len(page)-1].Timestamp
	took := max(last.Sub(page[0].Timestamp), time.Millisecond)
	target := windowEntries
	if r.want > 0 {
		target = max(r.pageSize, min(r.want, windowEntries))
	}
	// Ratios of times, in entries: whether they are exact does not matter.
	expected := float64(len(page)) * float64(edge.Sub(last)) / float64(took)
	if float64(len(r.entries))+expected <= 2*float64(target) {
		return 0
	}
	length := time.Duration(float64(took) * float64(target) / float64(len(page)))
	return max(minWindow, min(length, span/2))
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
