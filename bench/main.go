//go:build unix

// Bench measures Ducat against simple programs that do the same, prints a table,
// and exits with 1 where a target is missed. Only ratios count: both sides run
// in turn on the same machine at the same time. It stays on loopback and removes
// what it builds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

// longest bounds a whole run.
const longest = time.Hour

// leastPairs is how many pairs a median needs to mean something.
const leastPairs = 5

// benchmarks are in the order in which they run. Those that measure the memory
// of other programs come first; see [usage].
var benchmarks = []struct {
	name string
	run  func(context.Context, bench) ([]row, error)
}{
	{"walk", walk},
	{"sync", sync},
	{"backfill", backfill},
	{"export", export},
	{"report", report},
	{"serve", serve},
	{"start", start},
	{"status", status},
	{"decode", decode},
	{"clickhouse-insert", clickhouseInsert},
	{"clickhouse-report", clickhouseReport},
}

// A bench is what the benchmarks share.
type bench struct {
	folder string // for what is built; removed at the end
	pairs  int
	long   bool // also what takes too long for every run
}

var errMissed = errors.New("a target is missed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, longest)
	err := run(ctx, os.Args[1:])
	cancel()
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("run", "", "only the benchmarks whose names match this `regexp`: walk, sync, backfill, report, export, serve, start, status, decode, clickhouse-insert, clickhouse-report")
	count := flags.Int("count", leastPairs, "pairs of runs for each median, 5 or more")
	long := flags.Bool("long", false, "also compare the memory of syncs of one and two million entries")
	if err := flags.Parse(args); err != nil {
		return err
	}
	pattern, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	if *count < leastPairs || flags.NArg() > 0 {
		return fmt.Errorf("want -count of %d or more and no arguments; see -help", leastPairs)
	}
	folder, err := os.MkdirTemp("", "ducat-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	var table []row
	for _, benchmark := range benchmarks {
		if !pattern.MatchString(benchmark.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring", benchmark.name)
		rows, err := benchmark.run(ctx, bench{folder: folder, pairs: *count, long: *long})
		if err != nil {
			return fmt.Errorf("%s: %w", benchmark.name, err)
		}
		table = append(table, rows...)
	}
	if len(table) == 0 {
		return fmt.Errorf("-run %q matches no benchmark", *only)
	}
	return print(os.Stdout, table)
}
