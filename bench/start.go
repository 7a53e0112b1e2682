//go:build unix

package main

import (
	"context"
	"time"
)

const (
	startPairs = 20
	startLimit = 30 * time.Millisecond // more than an empty program
)

// start asks ducat for its version, which is all that starting costs.
func start(ctx context.Context, b bench) ([]row, error) {
	ducat, err := b.build(ctx, "./cmd/ducat")
	if err != nil {
		return nil, err
	}
	empty, err := b.build(ctx, "./bench/empty")
	if err != nil {
		return nil, err
	}
	ours, theirs, err := pairs(max(startPairs, b.pairs),
		func() (usage, error) { return measure(ctx, nil, nil, ducat, "version") },
		func() (usage, error) { return measure(ctx, nil, nil, empty) })
	if err != nil {
		return nil, err
	}
	return []row{startRow("start: wall", ours, theirs, startLimit)}, nil
}
