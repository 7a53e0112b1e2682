//go:build unix

package main

import (
	"context"
	"errors"
	"time"
)

const (
	statusCopies = 1000                  // of each entry: a million
	statusLimit  = 50 * time.Millisecond // more than an empty program
)

// status asks for the line of a prompt, of books that have not changed since it
// was asked for before.
func status(ctx context.Context, b bench) (rows []row, err error) {
	ducat, err := b.build(ctx, "./cmd/ducat")
	if err != nil {
		return nil, err
	}
	empty, err := b.build(ctx, "./bench/empty")
	if err != nil {
		return nil, err
	}
	books, err := b.manyBooks(ctx, ducat, statusCopies)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, books.remove()) }()
	ask := func() (usage, error) { return measure(ctx, nil, books.env(simulator{}), ducat, "status") }
	if _, err := ask(); err != nil {
		return nil, err
	}
	ours, theirs, err := pairs(max(startPairs, b.pairs), ask, func() (usage, error) { return measure(ctx, nil, nil, empty) })
	if err != nil {
		return nil, err
	}
	return []row{startRow("status of 1M entries: wall", ours, theirs, statusLimit)}, nil
}

// startRow compares with a program that does nothing, by how much longer it takes.
func startRow(name string, ours, theirs []usage, limit time.Duration) row {
	wall := func(u usage) time.Duration { return u.wall }
	a, e := median(ours, wall), median(theirs, wall)
	return row{
		name: name, ours: millis(a), baseline: millis(e),
		ratio: "+" + millis(a-e), target: "+" + millis(limit), missed: a-e > limit,
	}
}
