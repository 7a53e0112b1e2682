package ledger

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ducat-ledger/ducat/venice"
)

const (
	pageEntries   = 1000
	minPage       = 100
	minSegment    = time.Hour // Venice hangs on tiny ranges
	pagesToSplit  = 2         // a segment expected to have fewer left is not split
	triesPerPlace = 5         // restarts at one place, then its window is halved,
	triesOfHalf   = 1         // and halved again after fewer,
	halvings      = 4         // so often, and then given up
	failuresInRow = 24        // without a page between them, then all is given up
)

// A segment is a window that one walker reads from its start on.
type segment struct {
	start time.Time // the first instant that is not handed over yet
	end   time.Time // moves down when an idle walker takes the rest
	from  time.Time // where to ask from, if not from start: an entry that is known to be there

	rate     float64 // entries a second, by the last page; 0 is not known
	pageSize int
	tries    int // restarts since the last progress
	halved   int // because it could not be read
	walking  bool
}

func (s *segment) window() Window { return Window{s.start, s.end} }

// pagesLeft is a guess, for choosing what to split.
func (s *segment) pagesLeft() float64 {
	return s.end.Sub(s.start).Seconds() * s.rate / pageEntries
}

// halve cuts the later half off, as a segment that nobody reads yet.
func (s *segment) halve() *segment {
	middle := truncate(s.start.Add(s.window().Length() / 2))
	later := &segment{start: middle, end: s.end, rate: s.rate, pageSize: s.pageSize, halved: s.halved}
	s.end = middle
	return later
}

// segments are the windows that are still to be read, shared by the walkers.
type segments struct {
	mu      sync.Mutex
	changed *sync.Cond
	list    []*segment
	stopped bool
	total   time.Duration // of all windows, from the first entry on
	failed  int           // restarts since the last page of any
	unread  []unread
}

// An unread window could not be read.
type unread struct {
	Window
	err error
}

func newSegments(windows []Window, pageSize int) *segments {
	s := &segments{}
	s.changed = sync.NewCond(&s.mu)
	for _, w := range windows {
		s.add(w, time.Time{}, pageSize)
	}
	return s
}

// add puts a window to read, before any walker begins.
func (s *segments) add(w Window, from time.Time, pageSize int) {
	s.list = append(s.list, &segment{start: w.Start, end: w.End, from: from, pageSize: pageSize})
	s.total += w.Length()
}

// take gives a walker a segment: one that nobody reads, or half of the one with
// the most left. It waits while there may be something to split later, and
// returns nil when everything is read or the context ended.
func (s *segments) take(ctx context.Context) *segment {
	defer context.AfterFunc(ctx, s.stop)()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.stopped || len(s.list) == 0 {
			return nil
		}
		if seg := s.free(); seg != nil {
			seg.walking = true
			return seg
		}
		if seg := s.split(); seg != nil {
			return seg
		}
		s.changed.Wait()
	}
}

func (s *segments) free() *segment {
	for _, seg := range s.list {
		if !seg.walking {
			return seg
		}
	}
	return nil
}

// split takes the later half of the segment with the most left.
func (s *segments) split() *segment {
	var most *segment
	for _, seg := range s.list {
		if seg.window().Length() >= 2*minSegment && (most == nil || seg.pagesLeft() > most.pagesLeft()) {
			most = seg
		}
	}
	if most == nil || most.pagesLeft() < pagesToSplit {
		return nil
	}
	later := most.halve()
	later.walking = true
	s.list = append(s.list, later)
	return later
}

// stop lets every waiting walker go.
func (s *segments) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	s.changed.Broadcast()
}

// advance takes a page of a segment, oldest first, and returns what of the
// segment is now whole: the entries before the instant of the last one, with
// the window that they fill. Entries of that last instant are held for the next
// page, since there may be more of them. done says that the segment is read.
func (s *segments) advance(seg *segment, held, page []venice.UsageEntry, last bool) (r Reading, rest []venice.UsageEntry, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(page); n > 1 {
		if took := page[n-1].Timestamp.Sub(page[0].Timestamp).Seconds(); took > 0 {
			seg.rate = float64(n) / took
		}
	}
	s.failed = 0
	if seg.start.Equal(Beginning) && len(page) > 0 {
		s.total -= page[0].Timestamp.Sub(Beginning)
	}
	entries := append(held, page...)
	cut := len(entries)
	for cut > 0 && !entries[cut-1].Timestamp.Before(seg.end) {
		cut--
	}
	done = last || cut < len(entries)
	entries = entries[:cut]
	until := seg.end
	if !done {
		until = seg.start
		if n := len(entries); n > 0 {
			until = truncate(entries[n-1].Timestamp)
		}
		for cut > 0 && !entries[cut-1].Timestamp.Before(until) {
			cut--
		}
	}
	r = Reading{Window: Window{seg.start, until}, Entries: entries[:cut:cut]}
	if until.After(seg.start) {
		seg.start, seg.from, seg.tries = until, time.Time{}, 0
	}
	if done {
		s.remove(seg)
	}
	s.changed.Broadcast()
	return r, entries[cut:], done
}

// params ask for what is left of the segment.
func (s *segments) params(seg *segment) venice.UsageHistoryParams {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := venice.UsageHistoryParams{StartTimestamp: seg.start, EndTimestamp: seg.end, PageSize: seg.pageSize}
	if !seg.from.IsZero() {
		p.StartTimestamp = seg.from
	}
	if p.StartTimestamp.Equal(Beginning) {
		p.StartTimestamp = time.Time{}
	}
	return p
}

// skip moves the segment on to an instant before which it is known to be empty,
// and returns that empty reading.
func (s *segments) skip(seg *segment, to time.Time) Reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Reading{Window: Window{seg.start, to}.Intersect(seg.window())}
	if r.Window.Empty() {
		return Reading{}
	}
	seg.start, seg.from, seg.tries = r.Window.End, time.Time{}, 0
	if seg.window().Empty() {
		s.remove(seg)
	}
	s.changed.Broadcast()
	return r
}

// restart prepares the segment to be asked for again from where it stands: with
// a smaller page, and after some tries as a shorter window where that can help,
// since Venice can be too slow for a long one. It says whether there were too
// many.
func (s *segments) restart(seg *segment, shorter bool) (hopeless bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seg.tries++
	s.failed++
	seg.pageSize = max(minPage, seg.pageSize/2)
	tries := triesPerPlace
	if seg.halved > 0 {
		tries = triesOfHalf
	}
	switch {
	case s.failed > failuresInRow:
		return true
	case seg.tries <= tries:
		return false
	case !shorter || seg.halved >= halvings || seg.window().Length() < 2*minSegment:
		return true
	}
	seg.halved, seg.tries = seg.halved+1, 0
	s.list = append(s.list, seg.halve())
	s.changed.Broadcast()
	return false
}

// over says whether nothing of the segment is left to read.
func (s *segments) over(seg *segment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.Contains(s.list, seg)
}

// giveUp notes that the rest of a segment cannot be read.
func (s *segments) giveUp(seg *segment, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unread = append(s.unread, unread{seg.window(), err})
	s.remove(seg)
	s.changed.Broadcast()
}

func (s *segments) remove(seg *segment) {
	if i := slices.Index(s.list, seg); i >= 0 {
		s.list = slices.Delete(s.list, i, i+1)
	}
}

// share is how much time is read, of how much.
func (s *segments) share() (read, total time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read = s.total
	for _, seg := range s.list {
		read -= seg.window().Length()
	}
	return max(0, read), s.total
}
