//go:build unix

package main

import (
	"context"
	"fmt"
)

const (
	backfillEntries = 200_000
	backfillPairs   = 3 // nearly all is waiting, so that few tell
	backfillLatency = "150ms"

	backfillLimit  = 0.2  // times the walk with one cursor, with eight in parallel
	oneByOneLimit  = 1.05 // the same with one; the twentieth is noise
	requestsLimit  = 1.1  // times the pages
	backfillPages  = backfillEntries / pageEntries
	backfillWalker = 8
)

// backfill reads a history that answers slowly into new books.
func backfill(ctx context.Context, b bench) (rows []row, err error) {
	ducat, err := b.build(ctx, "./cmd/ducat")
	if err != nil {
		return nil, err
	}
	discard, err := b.build(ctx, "./bench/discard")
	if err != nil {
		return nil, err
	}
	err = simulate(ctx, ducat, backfillEntries, func(s simulator) error {
		type both struct{ many, one synced }
		ours, theirs, err := pairs(backfillPairs,
			func() (r both, err error) {
				if r.many, err = b.syncNew(ctx, ducat, s, backfillEntries, "--parallel", fmt.Sprint(backfillWalker)); err != nil {
					return r, err
				}
				r.one, err = b.syncNew(ctx, ducat, s, backfillEntries, "--parallel", "1")
				return r, err
			},
			func() (r both, err error) {
				r.one.usage, err = measure(ctx, nil, s.env(), discard)
				return r, err
			})
		if err != nil {
			return err
		}
		var many, one, walks []synced
		for i := range ours {
			many, one, walks = append(many, ours[i].many), append(one, ours[i].one), append(walks, theirs[i].one)
		}
		walked := median(walks, wallOf)
		requests := median(many, func(s synced) count { return s.requests })
		rows = []row{
			ratio("backfill 200k entries, 8 in parallel: wall", median(many, wallOf), walked, seconds, backfillLimit),
			ratio("backfill 200k entries, 8 in parallel: requests", requests, backfillPages, count.String, requestsLimit),
			ratio("backfill 200k entries, 1 in parallel: wall", median(one, wallOf), walked, seconds, oneByOneLimit),
		}
		return nil
	}, "--latency", backfillLatency)
	return rows, err
}
