//go:build unix

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// A row is a line of the table.
type row struct {
	name           string
	ours, baseline string
	ratio, target  string
	missed         bool
}

// ratio compares two quantities of a kind. limit is how many times the baseline
// ours may be; 0 is a row without a target.
func ratio[T ~int64](name string, ours, baseline T, show func(T) string, limit float64) row {
	times := float64(ours) / float64(baseline)
	r := row{name: name, ours: show(ours), baseline: show(baseline), ratio: fmt.Sprintf("%.2fx", times)}
	if limit > 0 {
		r.target, r.missed = fmt.Sprintf("%.2fx", limit), times > limit
	}
	return r
}

// print writes the table, and fails when a target is missed.
func print(w io.Writer, table []row) error {
	missed := false
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "name\tours\tbaseline\tratio\ttarget\tok")
	for _, r := range table {
		ok := "yes"
		switch {
		case r.target == "":
			r.target, ok = "-", "-"
		case r.missed:
			ok, missed = "NO", true
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\n", r.name, r.ours, r.baseline, r.ratio, r.target, ok)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	if missed {
		return errMissed
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func millis(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// bytes is a quantity of memory.
type bytes int64

const megabyte = 1_000_000

func megabytes(b bytes) string { return fmt.Sprintf("%.1f MB", float64(b)/megabyte) }
