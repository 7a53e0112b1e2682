package dashboard

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

const (
	// pageSize is how many entries a page lists.
	pageSize = 25
	// dense is how many entries of a period are read at once; one that has more
	// is read in parts.
	dense = 1_000
	// few is about how many entries the first of these parts has.
	few = 200
	// guesses is how many such parts are read before the rest is counted.
	guesses = 5
	// searched is about how many entries a search reads before it asks whether
	// to go on.
	searched = 20_000
)

// latest is a page of the entries, the newest first.
type latest struct {
	entries []ledger.Entry
	more    bool // older ones follow
	// halted is where a search stopped that has read enough; zero for one that
	// reached the end of the range.
	halted time.Time
}

// A stretch of time and how many selected entries it holds.
type stretch struct {
	ledger.Window
	entries int64 // unknown for a part that is to be read anyway
}

const unknown = -1

// findLatest reads the page that the plan asks for. Pages are counted through by
// the sums, so that none is read but what is shown.
func (v *view) findLatest(ctx context.Context, c *cube) (latest, error) {
	var l latest
	skip := int64(v.Page-1) * pageSize
	// take says whether there is room for more.
	take := func(e ledger.Entry) bool {
		if skip > 0 {
			skip--
			return true
		}
		if l.more = len(l.entries) == pageSize; !l.more {
			l.entries = append(l.entries, e)
		}
		return !l.more
	}
	if v.Search != "" {
		found, err := v.ofRequest(ctx, c)
		if err != nil || len(found) > 0 {
			takeAll(found, take)
			return l, err
		}
	}
	read := int64(0)
	for s, err := range v.stretches(ctx, c, func() bool { return v.Search == "" && skip > dense }) {
		switch {
		case err != nil:
			return l, err
		case v.Search == "" && s.entries != unknown && skip >= s.entries:
			skip -= s.entries
			continue
		case v.Search != "" && read >= searched:
			l.halted = s.End
			return l, nil
		}
		selection := v.question.Selection
		selection.Window = s.Window
		entries, err := collect(c.Entries(ctx, selection), v.Search)
		if err != nil {
			return l, fmt.Errorf("entries of %s: %w", s.Window, err)
		}
		if !takeAll(entries, take) {
			break
		}
		if s.entries == unknown {
			s.entries = few
		}
		read += s.entries
	}
	return l, nil
}

// takeAll gives out entries, the last one first, until there is no room.
func takeAll(entries []ledger.Entry, take func(ledger.Entry) bool) bool {
	for _, e := range slices.Backward(entries) {
		if !take(e) {
			return false
		}
	}
	return true
}

// ofRequest are the entries of the request whose id is searched for.
func (v *view) ofRequest(ctx context.Context, c *cube) ([]ledger.Entry, error) {
	selection := v.question.Selection
	selection.Requests = []string{v.Search}
	return collect(c.Entries(ctx, selection), "")
}

// collect reads the entries that have a text in them.
func collect(entries iter.Seq2[ledger.Entry, error], search string) (found []ledger.Entry, err error) {
	search = strings.ToLower(search)
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		if mentions(&e, search) {
			found = append(found, e)
		}
	}
	return found, nil
}

// mentions says whether an entry has a text, in lower case, in its SKU, notes or
// request id.
func mentions(e *ledger.Entry, text string) bool {
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), text) }
	return text == "" || has(e.SKU) || has(e.Notes) || e.InferenceDetails != nil && has(e.InferenceDetails.RequestID)
}

// stretches parts the range into stretches with a moderate number of entries,
// the newest first, and leaves out those without. A period with many is parted
// by guess, or by counting while far says that the page is far from here.
func (v *view) stretches(ctx context.Context, c *cube, far func() bool) iter.Seq2[stretch, error] {
	return func(yield func(stretch, error) bool) {
		for _, row := range slices.Backward(v.periods.Rows) {
			s := stretch{v.within(v.periods.WindowOf(row.Group[0])), *row.Entries}
			switch {
			case s.entries == 0:
				continue
			case s.entries <= dense:
				if !yield(s, nil) {
					return
				}
				continue
			}
			if !far() {
				for w := range s.parts() {
					if !yield(stretch{w, unknown}, nil) {
						return
					}
					s.End = w.Start
				}
			}
			hours, err := v.hours(ctx, c, s)
			if err != nil {
				yield(s, err)
				return
			}
			for _, hour := range hours {
				if !yield(hour, nil) {
					return
				}
			}
		}
	}
}

// parts cuts a few windows from the end of a stretch: the last one holds few
// entries where these are spread evenly, and each one before it twice as many, up
// to dense. What is before them is better counted.
func (s stretch) parts() iter.Seq[ledger.Window] {
	return func(yield func(ledger.Window) bool) {
		one := max(s.Length()/time.Duration(s.entries), time.Millisecond)
		length, end := few*one, s.End
		for range guesses {
			w := ledger.Window{Start: end.Add(-length), End: end}.Intersect(s.Window)
			if w.Empty() || !yield(w) {
				return
			}
			length, end = min(2*length, dense*one), w.Start
		}
	}
}

// hours parts a stretch by UTC hours, the newest first.
func (v *view) hours(ctx context.Context, c *cube, s stretch) ([]stretch, error) {
	q := ledger.Query{Selection: v.question.Selection, By: []ledger.Dimension{ledger.ByHour}}
	q.Window = s.Window
	if q.Window.Empty() {
		return nil, nil
	}
	sums, err := c.Sums(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("sums by hour of %s: %w", s.Window, err)
	}
	counts := map[time.Time]int64{}
	for _, sum := range sums {
		hour, err := time.Parse(time.RFC3339, sum.Group[0])
		if err != nil {
			return nil, fmt.Errorf("sums by hour of %s: %w", s.Window, err)
		}
		counts[hour.UTC()] += sum.Entries
	}
	var hours []stretch
	for hour, n := range counts {
		w := ledger.Window{Start: hour, End: hour.Add(time.Hour)}
		hours = append(hours, stretch{w.Intersect(s.Window), n})
	}
	slices.SortFunc(hours, func(a, b stretch) int { return b.Start.Compare(a.Start) })
	return joined(hours), nil
}

// joined puts hours together, the newest first, as long as they are not dense.
func joined(hours []stretch) []stretch {
	var long []stretch
	for _, hour := range hours {
		if last := len(long) - 1; last >= 0 && long[last].entries+hour.entries <= dense {
			long[last].Start = hour.Start
			long[last].entries += hour.entries
			continue
		}
		long = append(long, hour)
	}
	return long
}

// within cuts a window to the range that was asked for, and to where the books
// end.
func (v *view) within(w ledger.Window) ledger.Window {
	if start := v.question.Window.Start; w.Start.Before(start) {
		w.Start = start
	}
	if end := v.periods.Window.End; w.End.After(end) && end.After(w.Start) {
		w.End = end
	}
	return w
}
