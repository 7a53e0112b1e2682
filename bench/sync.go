//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/venice"
)

const (
	syncLimit       = 1 / 0.6        // times the wall time of reading the pages and nothing else
	syncMemoryLimit = 500 * megabyte // whatever the number of entries
	idleExtra       = 2              // requests beside the pages of the overlap
)

// sync reads a whole ledger into new books, and then what is new, which is
// nothing.
func sync(ctx context.Context, b bench) (rows []row, err error) {
	ducat, err := b.build(ctx, "./cmd/ducat")
	if err != nil {
		return nil, err
	}
	discard, err := b.build(ctx, "./bench/discard")
	if err != nil {
		return nil, err
	}
	var ours []synced
	err = simulate(ctx, ducat, manyEntries, func(s simulator) error {
		var theirs []synced
		ours, theirs, err = pairs(b.pairs,
			func() (synced, error) { return b.syncNew(ctx, ducat, s, manyEntries) },
			func() (synced, error) {
				spent, err := measure(ctx, nil, s.env(), discard)
				return synced{usage: spent}, err
			})
		if err != nil {
			return err
		}
		rows = []row{
			ratio("sync 1M entries: wall", median(ours, wallOf), median(theirs, wallOf), seconds, syncLimit),
			ratio("sync 1M entries: user", median(ours, userOf), median(theirs, userOf), seconds, 0),
			ratio("sync 1M entries: most memory", mostMemory(ours), syncMemoryLimit, megabytes, 1),
		}
		idle, err := b.idle(ctx, ducat, s)
		rows = append(rows, idle)
		return err
	})
	if err != nil || !b.long {
		return rows, err
	}
	err = simulate(ctx, ducat, 2*manyEntries, func(s simulator) error {
		twice, err := b.syncNew(ctx, ducat, s, 2*manyEntries)
		rows = append(rows, ratio("sync 2M entries: memory against 1M", twice.memory, median(ours, memoryOf), megabytes, growthLimit))
		return err
	})
	return rows, err
}

func wallOf(s synced) time.Duration { return s.wall }
func userOf(s synced) time.Duration { return s.user }
func memoryOf(s synced) bytes       { return s.memory }

func mostMemory(runs []synced) bytes {
	return slices.MaxFunc(runs, func(a, b synced) int { return int(a.memory - b.memory) }).memory
}

// idle counts the requests of a sync that finds nothing new, against the pages
// of the hour that every sync reads again.
func (b bench) idle(ctx context.Context, ducat string, s simulator) (r row, err error) {
	books, err := b.newBooks(ducat)
	if err != nil {
		return row{}, err
	}
	defer func() { err = errors.Join(err, books.remove()) }()
	if _, err := books.sync(ctx, s, manyEntries); err != nil {
		return row{}, err
	}
	again, err := books.sync(ctx, s, 0)
	if err != nil {
		return row{}, err
	}
	pages, err := s.pages(ctx, time.Hour)
	if err != nil {
		return row{}, err
	}
	extra := again.requests - pages
	return row{
		name: "sync with nothing new: requests", ours: again.requests.String(), baseline: pages.String() + " pages",
		ratio: fmt.Sprintf("%+d", extra), target: fmt.Sprintf("%+d", idleExtra), missed: extra > idleExtra,
	}, nil
}

// pages counts those of the last while before the simulator's clock, one at
// least.
func (s simulator) pages(ctx context.Context, last time.Duration) (count, error) {
	now, err := time.Parse(time.RFC3339, simulatedNow)
	if err != nil {
		return 0, err
	}
	client, err := venice.NewClient(venice.WithAPIKey(s.AdminKey), venice.WithBaseURL(s.BaseURL))
	if err != nil {
		return 0, err
	}
	var pages count
	params := venice.UsageHistoryParams{StartTimestamp: now.Add(-last), EndTimestamp: now, PageSize: pageEntries}
	for _, err := range client.Billing.UsageHistoryPages(ctx, params) {
		if err != nil {
			return 0, err
		}
		pages++
	}
	return max(1, pages), nil
}
