//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Our memory does not grow with the books; that of DuckDB's COPY does, to several
// gigabytes, unless it is told not to. So it has a limit of about what ours takes,
// in the rows that have a target, and none in those that have not.
const (
	copyMemory   = "256MB"
	allMemory    = "80%"
	parquetLimit = 1.5 // times DuckDB's own COPY
	csvLimit     = 2
	exportGrowth = 1.3 // times the memory of a tenth of the entries
)

// export writes ten million entries as DuckDB itself would, and a tenth of them.
func export(ctx context.Context, b bench) (rows []row, err error) {
	ducat, err := b.build(ctx, "./cmd/ducat")
	if err != nil {
		return nil, err
	}
	baseline, err := b.build(ctx, "./bench/copy")
	if err != nil {
		return nil, err
	}
	few, err := b.manyBooks(ctx, ducat, copies/10)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, few.remove()) }()
	many, err := b.manyBooks(ctx, ducat, copies)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, many.remove()) }()
	for _, form := range []struct {
		name  string
		limit float64
	}{{"parquet", parquetLimit}, {"csv", csvLimit}} {
		ours := func(of books) func() (usage, error) {
			out := filepath.Join(of.folder, "ours")
			return func() (usage, error) {
				spent, err := measure(ctx, nil, of.env(simulator{}), ducat, "export", "--format", form.name, "--out", out)
				return spent, errors.Join(err, os.Remove(out))
			}
		}
		theirs := func(memory string) func() (usage, error) {
			out := filepath.Join(many.folder, "theirs")
			return func() (usage, error) {
				spent, err := measure(ctx, nil, nil, baseline, many.path(), form.name, out, memory)
				return spent, errors.Join(err, os.Remove(out))
			}
		}
		a, z, err := pairs(b.pairs, ours(many), theirs(copyMemory))
		if err != nil {
			return nil, err
		}
		free, err := theirs(allMemory)()
		if err != nil {
			return nil, err
		}
		small, err := ours(few)()
		if err != nil {
			return nil, err
		}
		wall := func(u usage) time.Duration { return u.wall }
		memory := func(u usage) bytes { return u.memory }
		rows = append(rows,
			ratio(fmt.Sprintf("export 10M entries as %s: wall", form.name), median(a, wall), median(z, wall), seconds, form.limit),
			ratio(fmt.Sprintf("export 10M entries as %s: wall, COPY with all memory", form.name), median(a, wall), free.wall, seconds, 0),
			ratio(fmt.Sprintf("export 10M entries as %s: memory against 1M", form.name), median(a, memory), small.memory, megabytes, exportGrowth))
	}
	return rows, nil
}

// manyBooks are books of a thousand entries, each so many times.
func (b bench) manyBooks(ctx context.Context, ducat string, copies int) (books, error) {
	multiply, err := b.build(ctx, "./bench/multiply")
	if err != nil {
		return books{}, err
	}
	made, err := b.newBooks(ducat)
	if err != nil {
		return books{}, err
	}
	err = simulate(ctx, ducat, seedEntries, func(s simulator) error {
		_, err := made.sync(ctx, s, seedEntries)
		return err
	})
	if err == nil {
		_, err = measure(ctx, nil, nil, multiply, made.path(), strconv.Itoa(copies))
	}
	if err != nil {
		return books{}, errors.Join(fmt.Errorf("making %d entries: %w", copies*seedEntries, err), made.remove())
	}
	return made, nil
}
