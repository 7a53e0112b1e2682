package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/ducat-ledger/ducat/venice"
)

// A walker reads segments, one after the other, beside others.
type walker struct {
	source   Source
	segments *segments
	pace     *pace
	readings chan<- Reading
	onPage   func(entries int)
}

// run reads segments until there are no more. Only what makes every further
// request pointless is an error.
func (w *walker) run(ctx context.Context) error {
	for {
		seg := w.segments.take(ctx)
		if seg == nil {
			return ctx.Err()
		}
		for !w.segments.over(seg) {
			err := w.walk(ctx, seg)
			if err == nil {
				break
			}
			hopeless, fatal := w.recover(ctx, seg, err)
			if fatal != nil {
				return fatal
			}
			if hopeless {
				w.segments.giveUp(seg, err)
			}
		}
	}
}

// walk reads a segment from where it stands to its end, or to the first failure.
func (w *walker) walk(ctx context.Context, seg *segment) error {
	var held []venice.UsageEntry
	for page, err := range w.pages(ctx, w.segments.params(seg)) {
		if err != nil {
			return err
		}
		entries, err := inOrder(page.Data, seg, held)
		if err != nil {
			return err
		}
		w.onPage(len(page.Data))
		var r Reading
		var done bool
		r, held, done = w.segments.advance(seg, held, entries, page.NextCursor == "")
		if err := w.hand(ctx, r); err != nil || done {
			return err
		}
	}
	return nil
}

// pages are those of a walk, each asked for at the common pace.
func (w *walker) pages(ctx context.Context, params venice.UsageHistoryParams) iter.Seq2[*venice.UsageHistoryPage, error] {
	return func(yield func(*venice.UsageHistoryPage, error) bool) {
		if err := w.pace.enter(ctx); err != nil {
			yield(nil, err)
			return
		}
		begin := time.Now()
		for page, err := range w.source.UsageHistoryPages(ctx, params) {
			w.pace.leave(time.Since(begin), err != nil)
			if !yield(page, err) || err != nil || page.NextCursor == "" {
				return
			}
			if err := w.pace.enter(ctx); err != nil {
				yield(nil, err)
				return
			}
			begin = time.Now()
		}
	}
}

// hand gives a reading to the committer.
func (w *walker) hand(ctx context.Context, r Reading) error {
	if r.Window.Empty() {
		return nil
	}
	select {
	case w.readings <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inOrder drops what lies before the segment, which is there when it was asked
// for from further back, and refuses a page that is not in the order of time:
// its entries could belong to a window that was already read.
func inOrder(page []venice.UsageEntry, seg *segment, held []venice.UsageEntry) ([]venice.UsageEntry, error) {
	for len(page) > 0 && !seg.from.IsZero() && page[0].Timestamp.Before(seg.start) {
		page = page[1:]
	}
	last := seg.start
	if n := len(held); n > 0 {
		last = held[n-1].Timestamp
	}
	for i := range page {
		if page[i].Timestamp.Before(last) {
			return nil, fmt.Errorf("%w: an entry of %s follows one of %s", venice.ErrServer,
				page[i].Timestamp.Format(time.RFC3339Nano), last.Format(time.RFC3339Nano))
		}
		last = page[i].Timestamp
	}
	return page, nil
}

// recover prepares a segment to go on after a failure, from its last whole
// instant and with a smaller page. Some failures are hopeless for the segment;
// a wrong key, a refused parameter or the end of the context is fatal, since
// nothing can go on.
func (w *walker) recover(ctx context.Context, seg *segment, err error) (hopeless bool, fatal error) {
	var api *venice.APIError
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, venice.ErrAuthentication), errors.Is(err, venice.ErrPermissionDenied),
		errors.Is(err, venice.ErrGone), errors.Is(err, venice.ErrInvalidRequest) && !errors.Is(err, venice.ErrCursor):
		return false, err
	case errors.Is(err, venice.ErrRateLimit) && errors.As(err, &api):
		fatal = wait(ctx, min(max(api.RetryAfter, time.Second), time.Minute))
	case errors.Is(err, venice.ErrTimeout):
		hopeless, fatal = w.probe(ctx, seg)
	}
	tooLong := errors.Is(err, venice.ErrServer) || errors.Is(err, venice.ErrTimeout)
	return w.segments.restart(seg, tooLong) || hopeless, fatal
}

// probe asks, after a timeout, where the entries go on behind the place that
// hung: what is before the first of them is empty, and that is what Venice hangs
// on. Where it does not even tell that, there may be none at all, and the place
// is hopeless for now.
func (w *walker) probe(ctx context.Context, seg *segment) (hopeless bool, fatal error) {
	params := w.segments.params(seg)
	params.EndTimestamp, params.PageSize = time.Time{}, 10
	for page, err := range w.pages(ctx, params) {
		if err != nil {
			return true, ctx.Err()
		}
		entries, err := inOrder(page.Data, seg, nil)
		if err != nil {
			return true, nil
		}
		if len(entries) > 0 {
			return false, w.hand(ctx, w.segments.skip(seg, truncate(entries[0].Timestamp)))
		}
	}
	return false, nil
}

// wait waits, unless the context ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
