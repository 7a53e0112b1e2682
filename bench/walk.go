//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	manyEntries = 1_000_000
	fewEntries  = 100_000

	walkLimit   = 1.5            // times the naive program's wall time
	memoryLimit = 100 * megabyte // whatever the number of entries
	growthLimit = 1.2            // from few entries to many
)

// walk prints a whole ledger as NDJSON, with ducat and with the naive program.
func walk(ctx context.Context, b bench) ([]row, error) {
	ducat, err := b.build(ctx, "./cmd/ducat")
	if err != nil {
		return nil, err
	}
	naive, err := b.build(ctx, "./bench/naive")
	if err != nil {
		return nil, err
	}
	empty, err := b.build(ctx, "./bench/empty")
	if err != nil {
		return nil, err
	}

	var few, ours, theirs []usage
	sides := func(entries, pairsOfRuns int) (a, b []usage, err error) {
		err = simulate(ctx, ducat, entries, func(s simulator) error {
			run := func(command ...string) func() (usage, error) {
				return func() (usage, error) { return measure(ctx, nil, s.env(), command[0], command[1:]...) }
			}
			ducatWalk := []string{ducat, "usage", "--all", "-o", "ndjson"}
			for _, command := range [][]string{ducatWalk, {naive}} {
				if err := countLines(ctx, entries, s.env(), command); err != nil {
					return err
				}
			}
			a, b, err = pairs(pairsOfRuns, run(ducatWalk...), run(naive))
			return err
		})
		return a, b, err
	}
	if few, _, err = sides(fewEntries, b.pairs); err != nil {
		return nil, err
	}
	if ours, theirs, err = sides(manyEntries, b.pairs); err != nil {
		return nil, err
	}

	memory := func(u usage) bytes { return u.memory }
	most := slices.MaxFunc(ours, func(a, b usage) int { return int(a.memory - b.memory) }).memory
	least := slices.MinFunc(few, func(a, b usage) int { return int(a.memory - b.memory) }).memory
	if floor, err := measure(ctx, nil, nil, empty); err != nil {
		return nil, err
	} else if least <= floor.memory {
		return nil, fmt.Errorf("ducat's memory cannot be told: it shows as %s, and so does that of an empty program", megabytes(least))
	}
	wall := func(u usage) time.Duration { return u.wall }
	user := func(u usage) time.Duration { return u.user }
	sys := func(u usage) time.Duration { return u.sys }
	return []row{
		ratio("walk 1M entries: wall", median(ours, wall), median(theirs, wall), seconds, walkLimit),
		ratio("walk 1M entries: user", median(ours, user), median(theirs, user), seconds, 0),
		ratio("walk 1M entries: sys", median(ours, sys), median(theirs, sys), seconds, 0),
		ratio("walk 1M entries: most memory", most, memoryLimit, megabytes, 1),
		ratio("walk 1M entries: memory against 100k", median(ours, memory), median(few, memory), megabytes, growthLimit),
	}, nil
}

// countLines makes sure that a command does the work before it is timed.
func countLines(ctx context.Context, want int, env, command []string) error {
	var lines lineCounter
	if _, err := measure(ctx, &lines, env, command[0], command[1:]...); err != nil {
		return err
	}
	if int(lines) != want {
		return fmt.Errorf("%q printed %d lines, want %d", command, lines, want)
	}
	return nil
}

type lineCounter int

func (c *lineCounter) Write(p []byte) (int, error) {
	for _, b := range p {
		if b == '\n' {
			*c++
		}
	}
	return len(p), nil
}
