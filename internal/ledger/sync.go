package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ducat-ledger/ducat/venice"
)

// A Source is what the books are read from. [*venice.BillingService] is one.
type Source interface {
	UsageHistoryPages(context.Context, venice.UsageHistoryParams) iter.Seq2[*venice.UsageHistoryPage, error]
	GetBalance(context.Context) (*venice.Balance, error)
	GetUsageAnalytics(context.Context, venice.UsageAnalyticsParams) (*venice.UsageAnalytics, error)
}

// A KeySource tells the API keys. [*venice.APIKeysService] is one.
type KeySource interface {
	List(context.Context) (*venice.APIKeyList, error)
}

// The bounds of SyncOptions.Parallel.
const (
	DefaultParallel = 4
	MaxParallel     = 16
)

// SyncOptions say how to bring the books up to date. The zero value reads what
// is missing and what is due to be read again.
type SyncOptions struct {
	// Since leaves out what is older; zero reads from the beginning.
	Since time.Time
	// Full reads everything again, also what is covered.
	Full bool
	// Parallel is how many pages are asked for at once, 1 to MaxParallel; 0 means
	// DefaultParallel. Fewer are, when Venice is slow or limits the rate.
	Parallel int
	// Overlap is what is read again; the zero value means DefaultOverlap.
	Overlap Overlap
	// Keys is asked once for the API keys, which are kept; nil leaves them out.
	Keys KeySource
	// Progress is told of each page and each commit, one call at a time. May be nil.
	Progress func(Progress)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Progress is how far a sync is.
type Progress struct {
	Account string
	// Read and Total are time: how much of the windows to read is done.
	Read, Total time.Duration
	Entries     int // read so far
	Committed   int // of them, in the books
	Requests    int
	Elapsed     time.Duration
}

// A SyncResult is what a sync did, also where it failed: what was read is kept.
type SyncResult struct {
	Account  string
	Horizon  time.Time // the books were brought up to here
	Windows  []Window  // that were to be read
	Unread   []Window  // of them, those that could not be
	Requests int
	Entries  int // read
	// Change adds up all changes.
	Change Change
	// Changes are those of covered windows, where entries came or went.
	Changes []Change
	// Balance is the balance now, and KeyDays how many days of totals by key were
	// taken; BalanceErr and KeyDaysErr say why not.
	Balance                *venice.Balance
	BalanceErr, KeyDaysErr error
	KeyDays                int
	// KeysErr says why the API keys were not kept, where they were asked for.
	KeysErr error
}

// An IncompleteError is a sync that could not read everything. What it read is
// in the books; the next sync goes on from there.
type IncompleteError struct {
	Unread []Window // in order, joined where they touch
	Err    error    // of one of them
}

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("%d of the windows could not be read, from %s on: %v",
		len(e.Unread), e.Unread[0].Start.Format(time.RFC3339), e.Err)
}

func (e *IncompleteError) Unwrap() error { return e.Err }

// Sync brings an account's books up to date. It returns a result also beside an
// error. Errors: those of the store, those of package venice that make every
// further request pointless, and *IncompleteError.
func Sync(ctx context.Context, store Store, source Source, account string, o SyncOptions) (*SyncResult, error) {
	if o.Parallel < 0 || o.Parallel > MaxParallel {
		return nil, fmt.Errorf("parallel is %d, which must be 1 to %d", o.Parallel, MaxParallel)
	}
	s := newSyncing(store, source, account, o)
	err := s.run(ctx)
	s.result.Requests = int(s.counted.requests.Load())
	return s.result, err
}

// syncing is the state of one sync.
type syncing struct {
	store   Store
	counted *countedSource
	account string
	options SyncOptions
	pace    *pace
	result  *SyncResult

	mu       sync.Mutex // of the result, and of calls to Progress
	progress Progress
	began    time.Time
}

func newSyncing(store Store, source Source, account string, o SyncOptions) *syncing {
	if o.Parallel == 0 {
		o.Parallel = DefaultParallel
	}
	if o.Overlap == (Overlap{}) {
		o.Overlap = DefaultOverlap
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &syncing{
		store: store, counted: &countedSource{Source: source}, account: account, options: o,
		pace: newPace(o.Parallel), began: time.Now(), progress: Progress{Account: account},
		result: &SyncResult{Account: account, Change: NewChange(Window{})},
	}
}

func (s *syncing) run(ctx context.Context) error {
	s.result.Horizon = truncate(s.options.Now())
	if err := s.takeBalance(ctx); err != nil {
		return err
	}
	windows, err := s.plan(ctx)
	if err != nil {
		return err
	}
	s.result.Windows = windows

	// What else is kept does not wait for the entries, nor they for it.
	beside, cancel := context.WithCancel(ctx)
	defer cancel()
	var others sync.WaitGroup
	var kept error
	others.Go(func() {
		if kept = s.saveBalance(beside); kept == nil {
			s.takeKeys(beside)
			kept = s.takeKeyDays(beside)
		}
	})
	failed, err := s.readAll(ctx, windows)
	if err != nil {
		cancel()
		others.Wait()
		return err
	}
	others.Wait()
	err = s.incomplete(failed)
	var unread *IncompleteError
	if errors.As(err, &unread) {
		s.result.Unread = unread.Unread
	}
	return errors.Join(err, kept)
}

// readAll reads the windows, and returns what could not be read.
func (s *syncing) readAll(ctx context.Context, windows []Window) ([]unread, error) {
	failed, err := s.read(ctx, newSegments(windows, pageEntries))
	if err != nil {
		return nil, err
	}
	return s.readFromKnown(ctx, failed)
}

// incomplete is the error of what could not be read, or nil.
func (s *syncing) incomplete(failed []unread) error {
	if len(failed) == 0 {
		return nil
	}
	windows := make([]Window, len(failed))
	for i, w := range failed {
		windows[i] = w.Window
	}
	return &IncompleteError{Unread: join(windows, Window{Beginning, s.result.Horizon}), Err: failed[0].err}
}

// takeBalance asks for the balance first: a wrong key shows at once, and the
// answer tells the server's clock, beyond which nothing can be complete.
func (s *syncing) takeBalance(ctx context.Context) error {
	balance, err := s.counted.GetBalance(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, venice.ErrAuthentication), errors.Is(err, venice.ErrPermissionDenied):
		return err
	case err != nil:
		s.result.BalanceErr = err
		return nil
	}
	if at := balance.Meta.Date; !at.IsZero() && at.Before(s.result.Horizon) {
		s.result.Horizon = truncate(at)
	}
	s.result.Balance = balance
	return nil
}

func (s *syncing) saveBalance(ctx context.Context) error {
	if s.result.Balance == nil {
		return nil
	}
	return s.store.SaveBalance(ctx, s.account, BalanceAt{At: s.result.Horizon, Balance: *s.result.Balance})
}

// takeKeys keeps the API keys with their limits and what they spent. That it
// fails does not fail the sync.
func (s *syncing) takeKeys(ctx context.Context) {
	if s.options.Keys == nil {
		return
	}
	keys, err := s.keys(ctx)
	if err == nil {
		err = s.store.SaveKeys(ctx, s.account, KeysAt{At: s.result.Horizon, Keys: keys.Data})
	}
	if ctx.Err() == nil { // else that is why
		s.result.KeysErr = err
	}
}

func (s *syncing) keys(ctx context.Context) (*venice.APIKeyList, error) {
	if err := s.pace.enter(ctx); err != nil {
		return nil, err
	}
	defer s.pace.leaveQuietly()
	s.counted.requests.Add(1)
	return s.options.Keys.List(ctx)
}

func (s *syncing) plan(ctx context.Context) ([]Window, error) {
	want := Window{Beginning, s.result.Horizon}
	if since := truncate(s.options.Since); since.After(want.Start) {
		want.Start = since
	}
	known, err := s.store.Coverage(ctx, s.account)
	if err != nil && !errors.Is(err, ErrNoLedger) {
		return nil, err
	}
	coverage := known[s.account]
	if s.options.Full {
		coverage = nil
	}
	var newest time.Time
	if len(coverage) > 0 {
		if newest, err = s.store.Newest(ctx, s.account, time.Time{}); err != nil {
			return nil, err
		}
	}
	return plan(coverage, want, newest, s.options.Overlap), nil
}

// read reads segments with walkers side by side and commits what they read. It
// returns what could not be read.
func (s *syncing) read(ctx context.Context, segs *segments) ([]unread, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	readings := make(chan Reading, waitingReadings)
	c := &committer{store: s.store, account: s.account, readAt: s.result.Horizon, onChange: s.onChange}

	var walkers, writer sync.WaitGroup
	var stored error
	writer.Go(func() {
		stored = c.run(ctx, readings, func() { cancel(nil) })
	})
	for range s.options.Parallel {
		walkers.Go(func() {
			w := &walker{source: s.counted, segments: segs, pace: s.pace, readings: readings, onPage: func(n int) { s.onPage(segs, n) }}
			if err := w.run(ctx); err != nil {
				cancel(err) // the first failure is the cause
			}
		})
	}
	walkers.Wait()
	close(readings)
	writer.Wait()
	if stored != nil {
		return nil, stored
	}
	return segs.unread, context.Cause(ctx)
}

// readFromKnown reads again what timed out, from an entry on that is known to
// be there: Venice hangs on what is empty, and so it is not.
func (s *syncing) readFromKnown(ctx context.Context, failed []unread) ([]unread, error) {
	var hopeless []unread
	retry := newSegments(nil, pageEntries)
	for _, w := range failed {
		if !errors.Is(w.err, venice.ErrTimeout) {
			hopeless = append(hopeless, w)
			continue
		}
		known, err := s.store.Newest(ctx, s.account, w.Start)
		if err != nil && !errors.Is(err, ErrNoLedger) {
			return nil, err
		}
		retry.add(w.Window, truncate(known), pageEntries)
	}
	if len(retry.list) == 0 {
		return hopeless, nil
	}
	still, err := s.read(ctx, retry)
	return append(hopeless, still...), err
}

// onChange adds up what a commit changed.
func (s *syncing) onChange(changes []Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		s.result.Change.Add(c)
		if c.Changed() {
			s.result.Changes = append(s.result.Changes, c)
		}
		s.progress.Committed += c.Entries
	}
	s.report()
}

// onPage counts a page.
func (s *syncing) onPage(segs *segments, entries int) {
	read, total := segs.share()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.result.Entries += entries
	s.progress.Entries = s.result.Entries
	s.progress.Read, s.progress.Total = read, total
	s.report()
}

// report tells of the progress; the lock is held.
func (s *syncing) report() {
	if s.options.Progress == nil {
		return
	}
	s.progress.Requests = int(s.counted.requests.Load())
	s.progress.Elapsed = time.Since(s.began)
	s.options.Progress(s.progress)
}

// A countedSource counts requests.
type countedSource struct {
	Source
	requests atomic.Int64
}

func (c *countedSource) UsageHistoryPages(ctx context.Context, p venice.UsageHistoryParams) iter.Seq2[*venice.UsageHistoryPage, error] {
	return func(yield func(*venice.UsageHistoryPage, error) bool) {
		for page, err := range c.Source.UsageHistoryPages(ctx, p) {
			c.requests.Add(1)
			if !yield(page, err) {
				return
			}
		}
	}
}

func (c *countedSource) GetBalance(ctx context.Context) (*venice.Balance, error) {
	c.requests.Add(1)
	return c.Source.GetBalance(ctx)
}

func (c *countedSource) GetUsageAnalytics(ctx context.Context, p venice.UsageAnalyticsParams) (*venice.UsageAnalytics, error) {
	c.requests.Add(1)
	return c.Source.GetUsageAnalytics(ctx, p)
}
