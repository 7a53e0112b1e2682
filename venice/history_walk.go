package venice

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
)

// maxEmptyPages bounds how many pages without entries may follow each other
// before a walk is given up as endless.
const maxEmptyPages = 100

// UsageHistoryPages walks through the ledger, oldest first, a page at a time.
// Each page costs one request. params choose the entries; with a Cursor the
// walk goes on from there. Pages stay the same while new usage is recorded.
//
// An error is yielded once, with a nil page, and ends the walk; pages yielded
// before stay good. The errors are those of
// [BillingService.GetUsageHistory]; a server that repeats a cursor, or sends
// empty pages without end, is an [ErrCursor].
func (b *BillingService) UsageHistoryPages(ctx context.Context, params UsageHistoryParams) iter.Seq2[*UsageHistoryPage, error] {
	return func(yield func(*UsageHistoryPage, error) bool) {
		guard := newWalkGuard()
		for p := params; ; {
			page, err := b.GetUsageHistory(ctx, p)
			if err == nil {
				err = guard.pass(page)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(page, nil) || page.NextCursor == "" {
				return
			}
			p = UsageHistoryParams{Cursor: page.NextCursor}
		}
	}
}

// IterUsageHistory walks through the ledger entry by entry, oldest first, a
// page in memory at a time. Cost and errors are those of
// [BillingService.UsageHistoryPages].
func (b *BillingService) IterUsageHistory(ctx context.Context, params UsageHistoryParams) iter.Seq2[UsageEntry, error] {
	return eachEntry(b.UsageHistoryPages(ctx, params), new(Meta))
}

// eachEntry takes pages apart; meta follows their headers.
func eachEntry(pages iter.Seq2[*UsageHistoryPage, error], meta *Meta) iter.Seq2[UsageEntry, error] {
	return func(yield func(UsageEntry, error) bool) {
		for page, err := range pages {
			if err != nil {
				yield(UsageEntry{}, err)
				return
			}
			*meta = page.Meta
			for _, e := range page.Data {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// A walkGuard turns a walk that would not end into an error. It keeps eight
// bytes for each page.
type walkGuard struct {
	seed  maphash.Seed
	seen  map[uint64]struct{}
	empty int
}

func newWalkGuard() *walkGuard {
	return &walkGuard{seed: maphash.MakeSeed(), seen: make(map[uint64]struct{})}
}

func (g *walkGuard) pass(page *UsageHistoryPage) error {
	if page.NextCursor == "" {
		return nil
	}
	if g.empty++; len(page.Data) > 0 {
		g.empty = 0
	}
	h := maphash.String(g.seed, page.NextCursor)
	_, again := g.seen[h]
	g.seen[h] = struct{}{}
	switch {
	case again:
		return walkError(page, "the server sent the same cursor twice, so the walk would never end")
	case g.empty > maxEmptyPages:
		return walkError(page, fmt.Sprintf("the server sent %d pages without entries, one after the other", g.empty))
	case !cursorForm.MatchString(page.NextCursor):
		return walkError(page, "the server sent a cursor that it would not accept itself")
	default:
		return nil
	}
}

func walkError(page *UsageHistoryPage, message string) error {
	e := newError(request{path: pathHistory}, ErrServer)
	e.cursor, e.RequestID, e.RateLimit = true, page.Meta.RequestID, page.Meta.RateLimit
	e.Message, e.advice = message, adviceRestart
	return e
}
