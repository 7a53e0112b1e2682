package mcp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A page is a part of the selected entries.
type page struct {
	books     ledger.Books
	selection ledger.Selection
	after     *place // the last entry of the page before; nil for the first page
	most      int    // how many entries at most
}

func (p page) read(ctx context.Context, o order) ([]ledger.Entry, error) {
	if o == oldestFirst {
		return p.oldest(ctx)
	}
	return p.newest(ctx)
}

// oldest reads forward, which is the order of the books.
func (p page) oldest(ctx context.Context) (found []ledger.Entry, err error) {
	selection := p.selection
	if p.after != nil {
		selection.Window.Start = p.after.At.Truncate(time.Millisecond)
	}
	for e, err := range p.books.Entries(ctx, selection) {
		if err != nil {
			return nil, fmt.Errorf("entries: %w", err)
		}
		if p.after != nil && placeOf(&e).compare(*p.after) <= 0 {
			continue
		}
		if found = append(found, e); len(found) == p.most {
			break
		}
	}
	return found, nil
}

// newest reads backward: books are read forward only, so it looks by the hour
// where there are as many entries as it takes.
func (p page) newest(ctx context.Context) (found []ledger.Entry, err error) {
	if p.after != nil {
		if end := p.after.At.Truncate(time.Millisecond).Add(time.Millisecond); end.Before(p.selection.Window.End) {
			p.selection.Window.End = end
		}
	}
	hours, err := p.hours(ctx)
	if err != nil {
		return nil, err
	}
	for len(hours) > 0 && len(found) < p.most {
		stretch, entries := ledger.Window{End: p.selection.Window.End}, int64(0)
		for len(hours) > 0 && entries < int64(p.most) {
			stretch.Start = hours[0].begins
			entries += hours[0].entries
			hours = hours[1:]
		}
		part, err := p.lastOf(ctx, stretch, p.most-len(found))
		if err != nil {
			return nil, err
		}
		slices.Reverse(part)
		found = append(found, part...)
		p.selection.Window.End = stretch.Start
	}
	return found, nil
}

// lastOf reads the last entries of a stretch of time, before the page before, in
// the order of the books.
func (p page) lastOf(ctx context.Context, stretch ledger.Window, most int) (last []ledger.Entry, err error) {
	selection := p.selection
	selection.Window = stretch.Intersect(selection.Window)
	for e, err := range p.books.Entries(ctx, selection) {
		if err != nil {
			return nil, fmt.Errorf("entries of %s: %w", selection.Window, err)
		}
		if p.after != nil && placeOf(&e).compare(*p.after) >= 0 {
			continue
		}
		if last = append(last, e); len(last) == 2*most {
			last = append(last[:0], last[most:]...)
		}
	}
	return last[max(0, len(last)-most):], nil
}

// An hour of UTC with entries.
type hour struct {
	begins  time.Time
	entries int64
}

// hours are those with selected entries, the newest first.
func (p page) hours(ctx context.Context) ([]hour, error) {
	sums, err := p.books.Sums(ctx, ledger.Query{Selection: p.selection, By: []ledger.Dimension{ledger.ByHour}})
	if err != nil {
		return nil, fmt.Errorf("entries by hour: %w", err)
	}
	counts := map[string]int64{}
	for _, sum := range sums {
		counts[sum.Group[0]] += sum.Entries
	}
	var hours []hour
	for name, entries := range counts {
		begins, err := time.Parse(time.RFC3339, name)
		if err != nil {
			return nil, fmt.Errorf("entries by hour: %w", err)
		}
		hours = append(hours, hour{begins, entries})
	}
	slices.SortFunc(hours, func(a, b hour) int { return b.begins.Compare(a.begins) })
	return hours, nil
}
