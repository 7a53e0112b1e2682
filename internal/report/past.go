package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A past asks the books for the hours of several views by the same few questions.
type past struct {
	books ledger.Books
	views map[string]*view // by name
	back  int              // how many hours
	// selection chooses the entries of the views in windows, which are by the
	// views' names. by is the dimension that tells them apart, where there are several.
	selection func(windows ledger.AccountWindows) ledger.Selection
	by        []ledger.Dimension
}

// hours are the past of all of the scope together.
func (v *view) hours(ctx context.Context) (*hours, error) {
	const all = ""
	p := past{books: v.books, views: map[string]*view{all: v}, back: pastHours}
	p.selection = func(windows ledger.AccountWindows) ledger.Selection { return v.selection(windows[all]) }
	found, err := p.hours(ctx)
	return found[all], err
}

// hoursOf are the past of each of some accounts, of which the views are by name, as
// far as a profile of the present needs it.
func hoursOf(ctx context.Context, books ledger.Books, accounts map[string]*view) (map[string]*hours, error) {
	p := past{books: books, views: accounts, back: profileHours, by: []ledger.Dimension{ledger.ByAccount}}
	p.selection = func(windows ledger.AccountWindows) ledger.Selection {
		return ledger.Selection{AccountWindows: windows}
	}
	return p.hours(ctx)
}

// name is that of the view that a group is of.
func (p *past) name(group []string) string {
	if len(p.by) == 0 {
		return ""
	}
	return group[0]
}

func (p *past) hours(ctx context.Context) (map[string]*hours, error) {
	all, windows := make(map[string]*hours, len(p.views)), ledger.AccountWindows{}
	for name, v := range p.views {
		h := newHours(v, p.back)
		all[name], windows[name] = h, ledger.Window{Start: h.start, End: h.end}
	}
	sums, err := p.sums(ctx, windows, ledger.ByHour)
	if err != nil {
		return nil, err
	}
	for _, s := range sums {
		hour := s.Group[len(p.by)]
		began, err := time.Parse(time.RFC3339, hour)
		if err != nil {
			return nil, fmt.Errorf("hour %q of the books: %w", hour, err)
		}
		all[p.name(s.Group)].add(began, s)
	}
	began, err := p.began(ctx, all)
	if err != nil {
		return nil, err
	}
	for name, h := range all {
		h.finish(p.views[name], began[name])
	}
	return all, nil
}

// began is when each past begins: with the first spend, unless that was earlier
// than the hours are.
func (p *past) began(ctx context.Context, all map[string]*hours) (map[string]time.Time, error) {
	began, windows := make(map[string]time.Time, len(all)), ledger.AccountWindows{}
	for name, h := range all {
		began[name] = h.start
		if h.first > 0 {
			windows[name] = ledger.Window{End: h.start}
		}
	}
	earlier, err := p.sums(ctx, windows)
	if err != nil {
		return nil, err
	}
	for _, s := range earlier {
		if !s.Spend.IsZero() {
			delete(windows, p.name(s.Group))
		}
	}
	for name := range windows { // of these the first spend is in the first hour with any
		hour := all[name].start.Add(time.Duration(all[name].first) * time.Hour)
		began[name], windows[name] = all[name].end, ledger.Window{Start: hour, End: hour.Add(time.Hour)}
	}
	if len(windows) == 0 {
		return began, nil
	}
	for e, err := range p.books.Entries(ctx, p.selection(windows)) {
		if err != nil {
			return nil, fmt.Errorf("first entries: %w", err)
		}
		name := p.name([]string{e.Account})
		if e.Amount.IsNegative() && e.Timestamp.Before(began[name]) {
			began[name] = e.Timestamp
		}
	}
	return began, nil
}

// sums asks for what was spent in the windows, by view.
func (p *past) sums(ctx context.Context, windows ledger.AccountWindows, by ...ledger.Dimension) ([]ledger.Sum, error) {
	if len(windows) == 0 {
		return nil, nil
	}
	q := ledger.Query{Selection: p.selection(windows), By: slices.Concat(p.by, by)}
	sums, err := p.books.Sums(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("sums by %v: %w", q.By, err)
	}
	return sums, nil
}
