package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

// A Reason says why the books and Venice differ on a day.
type Reason string

// The reasons. Only Unexplained and NotCovered call for something to be done.
const (
	// Agrees: there is no difference.
	Agrees Reason = ""
	// NotOver: the day was going on when Venice was asked, or had ended less than
	// 15 minutes before; Venice's sums can be ten minutes old.
	NotOver Reason = "not over"
	// NotCovered: the books do not cover the whole day; a sync reads the rest.
	NotCovered Reason = "not in the books"
	// EarnedCredits: Venice, which leaves earned credits out, counted them here.
	EarnedCredits Reason = "earned credits"
	// Refunds: Venice, which does not net refunds, took them off here.
	Refunds Reason = "refunds"
	// Unexplained: none of these.
	Unexplained Reason = "unexplained"
)

// DaySums are what Venice's analytics sum up: debits in USD, which there
// include bundled credits, and in DIEM.
type DaySums struct {
	USD, DIEM decimal.Decimal
}

func (s DaySums) sub(t DaySums) DaySums {
	return DaySums{s.USD.Sub(t.USD), s.DIEM.Sub(t.DIEM)}
}

func (s DaySums) isZero() bool { return s.USD.IsZero() && s.DIEM.IsZero() }

// A DayCheck compares the books with Venice on one UTC day.
type DayCheck struct {
	Day    time.Time // 00:00 UTC
	Books  DaySums
	Venice DaySums
	// Gap is Venice less the books.
	Gap DaySums
	// Earned is the day's spend in earned credits, which Venice leaves out.
	Earned decimal.Decimal
	// Credit are the day's purchases and refunds, which are no spend, in USD and
	// bundled credits, and in DIEM.
	Credit DaySums
	Reason Reason
	// ReadAgain says that the day was read again because it differed.
	ReadAgain bool
}

// Open says whether the day calls for something to be done.
func (d DayCheck) Open() bool { return d.Reason == Unexplained || d.Reason == NotCovered }

// ReconcileOptions say what to compare.
type ReconcileOptions struct {
	// Since is the first UTC day; zero means the first that Venice still keeps, or
	// that the books begin with. Venice keeps 90 days.
	Since time.Time
	// Fix reads the days again that differ without a reason.
	Fix bool
	// Parallel is as for Sync.
	Parallel int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// A Reconciliation is the comparison day by day, oldest first.
type Reconciliation struct {
	Account string
	AskedAt time.Time
	Days    []DayCheck
	// Change adds up what reading days again changed.
	Change Change
}

// Open counts the days that call for something to be done.
func (r *Reconciliation) Open() int {
	n := 0
	for _, d := range r.Days {
		if d.Open() {
			n++
		}
	}
	return n
}

// Reconcile compares the books with Venice's own sums, day by day. It costs two
// requests, and with Fix those that read the differing days again. Errors: those
// of the store and of package venice, and *IncompleteError.
func Reconcile(ctx context.Context, store Store, source Source, account string, o ReconcileOptions) (*Reconciliation, error) {
	s := newSyncing(store, source, account, SyncOptions{Parallel: o.Parallel, Now: o.Now})
	s.result.Horizon = truncate(s.options.Now())
	if err := s.takeBalance(ctx); err != nil { // for the server's clock
		return nil, err
	}
	r := &Reconciliation{Account: account, AskedAt: s.result.Horizon}
	days, err := s.reachableDays(ctx, o.Since)
	if err != nil || days.Empty() {
		return r, err
	}
	analytics, err := s.analytics(ctx, days.Start, days.End.Add(-day))
	if err != nil {
		return r, err
	}
	if r.Days, err = s.compare(ctx, days, analytics.ByDate, r.AskedAt); err != nil || !o.Fix || r.Open() == 0 {
		return r, err
	}
	return r, s.fix(ctx, r, days, analytics.ByDate)
}

// reachableDays are the whole UTC days that Venice keeps sums of and the books
// know of, today included.
func (s *syncing) reachableDays(ctx context.Context, since time.Time) (Window, error) {
	today := s.result.Horizon.Truncate(day)
	days := Window{today.AddDate(0, 0, 1-keyReach), today.Add(day)}
	if since = since.UTC().Truncate(day); since.After(days.Start) {
		days.Start = since
	}
	known, err := s.store.Coverage(ctx, s.account)
	coverage := known[s.account]
	if err != nil || len(coverage) == 0 {
		return Window{}, err
	}
	if first := coverage[0].Start.Truncate(day); first.After(days.Start) {
		days.Start = first
	}
	return days, nil
}

// compare puts both sides of each day together.
func (s *syncing) compare(ctx context.Context, days Window, byDate []venice.DateSpend, asked time.Time) ([]DayCheck, error) {
	checks := map[string]*DayCheck{}
	for d := days.Start; d.Before(days.End); d = d.AddDate(0, 0, 1) {
		checks[d.Format(time.DateOnly)] = &DayCheck{Day: d}
	}
	for _, d := range byDate {
		if c := checks[d.Date.Format(time.DateOnly)]; c != nil {
			c.Venice = DaySums{d.USD, d.DIEM}
		}
	}
	sums, err := s.store.Sums(ctx, Query{Selection: Selection{Accounts: []string{s.account}, Window: days}, By: []Dimension{ByDay}})
	if err != nil {
		return nil, err
	}
	for _, sum := range sums {
		c := checks[sum.Group[0]]
		switch sum.Currency {
		case venice.USD, venice.BundledCredits:
			c.Books.USD = c.Books.USD.Add(sum.Spend)
			c.Credit.USD = c.Credit.USD.Add(sum.Credit)
		case venice.DIEM:
			c.Books.DIEM = c.Books.DIEM.Add(sum.Spend)
			c.Credit.DIEM = c.Credit.DIEM.Add(sum.Credit)
		case venice.EarnedCredits:
			c.Earned = c.Earned.Add(sum.Spend)
		}
	}
	known, err := s.store.Coverage(ctx, s.account)
	if err != nil {
		return nil, err
	}
	list := make([]DayCheck, 0, len(checks))
	for _, c := range checks {
		c.Gap = c.Venice.sub(c.Books)
		c.Reason = c.reason(known[s.account], asked)
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b DayCheck) int { return a.Day.Compare(b.Day) })
	return list, nil
}

func (d *DayCheck) reason(coverage Coverage, asked time.Time) Reason {
	const caching = 15 * time.Minute
	whole := Window{d.Day, d.Day.Add(day)}
	switch {
	case asked.Before(whole.End.Add(caching)):
		if d.Gap.isZero() {
			return Agrees
		}
		return NotOver
	case len(coverage.Missing(whole)) > 0:
		return NotCovered
	case d.Gap.isZero():
		return Agrees
	case d.Gap.DIEM.IsZero() && d.Gap.USD.Equal(d.Earned):
		return EarnedCredits
	case d.Gap.Equal(DaySums{d.Credit.USD.Neg(), d.Credit.DIEM.Neg()}):
		return Refunds
	default:
		return Unexplained
	}
}

// Equal says whether both sums are the same.
func (s DaySums) Equal(t DaySums) bool { return s.sub(t).isZero() }

// fix reads the open days again and compares once more.
func (s *syncing) fix(ctx context.Context, r *Reconciliation, days Window, byDate []venice.DateSpend) error {
	var windows []Window
	for _, d := range r.Days {
		if d.Open() {
			windows = append(windows, Window{d.Day, d.Day.Add(day)})
		}
	}
	failed, err := s.readAll(ctx, join(windows, Window{Beginning, s.result.Horizon}))
	if err != nil {
		return err
	}
	before := r.Days
	if r.Days, err = s.compare(ctx, days, byDate, r.AskedAt); err != nil {
		return err
	}
	for i := range r.Days {
		r.Days[i].ReadAgain = before[i].Open()
	}
	r.Change = s.result.Change
	return s.incomplete(failed)
}
