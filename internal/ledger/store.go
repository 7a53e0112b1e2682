package ledger

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

// Why a store cannot do what it is asked; test with errors.Is.
var (
	// ErrNotLedger: the place holds something else.
	ErrNotLedger = errors.New("not a ledger")
	// ErrNewer: the ledger was written by a newer program.
	ErrNewer = errors.New("ledger is newer than this program")
	// ErrBusy: another process kept the ledger to itself for too long.
	ErrBusy = errors.New("ledger is in use")
	// ErrUnreachable: the server that has the ledger does not answer.
	ErrUnreachable = errors.New("ledger cannot be reached")
	// ErrNoLedger: there is no ledger yet; a sync makes one.
	ErrNoLedger = errors.New("no ledger yet")
	// ErrInexact: a number has more digits than the store can hold.
	ErrInexact = errors.New("number cannot be kept exactly")
)

// Books are what can be asked of a store.
type Books interface {
	// Version names the state of the books: while it is the same, every answer
	// is. Now and then it changes although they do not.
	Version(ctx context.Context) (string, error)

	// Coverage is what is complete for each of the accounts, or for every account
	// where none is named. It has no key for an account of which nothing is.
	Coverage(ctx context.Context, accounts ...string) (map[string]Coverage, error)

	// Accounts are the accounts that have anything in the books, by name.
	Accounts(ctx context.Context) ([]string, error)

	// Entries streams the selected entries in the order of time, then account,
	// identity and ordinal. Memory does not grow with their number. An error is
	// yielded once and ends the sequence. Of a store, changes made meanwhile are
	// seen in what follows; a snapshot has none.
	Entries(ctx context.Context, s Selection) iter.Seq2[Entry, error]

	// Newest is the timestamp of the account's newest entry before an instant, or
	// the zero time where there is none; a zero instant asks for the newest of all.
	Newest(ctx context.Context, account string, before time.Time) (time.Time, error)

	// Spans says from when to when the entries of each of the accounts are, or of
	// every account where none is named. It has no key for an account without any.
	Spans(ctx context.Context, accounts ...string) (map[string]Span, error)

	// Sums adds up the selected entries by the dimensions asked for. The order of
	// the rows is not specified.
	Sums(ctx context.Context, q Query) ([]Sum, error)

	// Requests counts the distinct requests among the selected entries by the
	// dimensions asked for, in the same groups as Sums gives: one whose entries
	// belong to no request has 0.
	Requests(ctx context.Context, q Query) ([]RequestCount, error)

	// Prices gives each price at which each SKU was charged among the selected
	// entries, those with a positive amount apart. The order is not specified.
	Prices(ctx context.Context, s Selection) ([]PriceUse, error)

	// Balances gives the balances of an account within a window, oldest first; a
	// zero Start or End leaves that side open.
	Balances(ctx context.Context, account string, w Window) ([]BalanceAt, error)

	// LastBalances are the newest balance of each of the accounts, or of every
	// account where none is named. It has no key for an account without one.
	LastBalances(ctx context.Context, accounts ...string) (map[string]BalanceAt, error)

	// KeyDays gives Venice's totals by key of each of the accounts, or of every
	// account where none is named, for the UTC days that begin within a window, in
	// order; a zero Start or End leaves that side open. It has no key for an account
	// without any.
	KeyDays(ctx context.Context, w Window, accounts ...string) (map[string][]KeyDay, error)

	// Keys gives the API keys of each of the accounts, or of every account where
	// none is named, as they were last kept. It has no key for an account of which
	// none ever were.
	Keys(ctx context.Context, accounts ...string) (map[string]KeysAt, error)
}

// A Store keeps the books. All its methods may be called from several
// goroutines, and by several processes at once; each holds what locks it needs
// only while it works. package ledgertest has the tests that every store passes.
type Store interface {
	Books

	// Snapshot is the books as they are now, for what takes long: later changes
	// are not seen in it, and it keeps nobody from making them.
	Snapshot(ctx context.Context) (Snapshot, error)

	// Replace puts what was read in the place of all that the account has in
	// those windows, and covers them, in one transaction: after any failure
	// either all of it is there or none. It returns a change for each reading.
	Replace(ctx context.Context, account string, readings []Reading) ([]Change, error)

	// Check says why Replace would refuse a reading with the entry, as far as that
	// depends on the entry alone: ErrInexact. It does not look at the books.
	Check(e *venice.UsageEntry) error

	// SaveBalance keeps balances, apart from their Meta, in one transaction. Of two
	// at the same microsecond the second stays.
	SaveBalance(ctx context.Context, account string, balances ...BalanceAt) error

	// SaveKeyDay puts Venice's totals by key for some UTC days, each named once,
	// in the place of those that were kept for them, in one transaction.
	SaveKeyDay(ctx context.Context, account string, days ...KeyDay) error

	// SaveKeys puts the API keys of an account, apart from their Meta, in the place
	// of those that were kept. Instants are kept to the microsecond.
	SaveKeys(ctx context.Context, account string, keys KeysAt) error

	// Close ends the use of the store.
	Close() error
}

// A Snapshot is the books as they were at one instant. Close gives back the room
// that they take.
type Snapshot interface {
	Books
	Close() error
}

// A Reading is what Venice has in a window, read at an instant.
type Reading struct {
	Window  Window
	Entries []venice.UsageEntry // all within the window, in any order
	ReadAt  time.Time
}

// A Change is what a reading changed in the books, apart from what it covered
// for the first time.
type Change struct {
	Window Window
	// Entries counts what the window holds now.
	Entries int
	// Fresh counts entries in parts of the window that were not covered before.
	Fresh int
	// Added and Removed count, for parts that were covered, entries that came or
	// went: an entry that Venice corrected is one of each.
	Added, Removed int
	// AddedAmount and RemovedAmount are their amounts, by currency.
	AddedAmount, RemovedAmount map[venice.Currency]decimal.Decimal
}

// NewChange is no change yet.
func NewChange(w Window) Change {
	return Change{
		Window:        w,
		AddedAmount:   map[venice.Currency]decimal.Decimal{},
		RemovedAmount: map[venice.Currency]decimal.Decimal{},
	}
}

// Add counts another change in.
func (c *Change) Add(other Change) {
	c.Entries += other.Entries
	c.Fresh += other.Fresh
	c.Added += other.Added
	c.Removed += other.Removed
	for currency, amount := range other.AddedAmount {
		c.AddedAmount[currency] = c.AddedAmount[currency].Add(amount)
	}
	for currency, amount := range other.RemovedAmount {
		c.RemovedAmount[currency] = c.RemovedAmount[currency].Add(amount)
	}
}

// Changed says whether entries of a covered window came or went.
func (c Change) Changed() bool { return c.Added+c.Removed > 0 }

// A Selection chooses entries. The zero value chooses all.
type Selection struct {
	// Accounts keeps only these; empty keeps all.
	Accounts []string
	// Window keeps only what is within; a zero Start or End leaves that side open.
	Window Window
	// AccountWindows keeps of each account that has one only what is within its own
	// window too, and nothing of others; nil keeps all.
	AccountWindows AccountWindows
	// Currencies, Models, SKUs and Requests keep only these; empty keeps all.
	// Models are those of venice.ParseSKU, Requests are request ids.
	Currencies []venice.Currency
	Models     []string
	SKUs       []string
	Requests   []string
}

// A Span is where the entries of an account are in time.
type Span struct {
	Entries     int64     // how many they are
	First, Last time.Time // the timestamps of the first and the last
}

// A Dimension is what sums are grouped by.
type Dimension string

// The dimensions. Minutes, hours, days, weeks (from Monday) and months begin in
// the query's time zone.
const (
	ByMinute   Dimension = "minute"
	ByHour     Dimension = "hour"
	ByDay      Dimension = "day"
	ByWeek     Dimension = "week"
	ByMonth    Dimension = "month"
	ByModel    Dimension = "model"
	BySKU      Dimension = "sku"
	ByMeter    Dimension = "meter"
	ByCurrency Dimension = "currency"
	ByAccount  Dimension = "account"
)

// OfTime says whether the dimension is a period of time.
func (d Dimension) OfTime() bool {
	return d == ByMinute || d == ByHour || d == ByDay || d == ByWeek || d == ByMonth
}

// A Query asks for sums of the selected entries.
type Query struct {
	Selection
	// By are the dimensions, at most one of them of time; empty asks for one
	// group of all.
	By []Dimension
	// Zone is where days begin; nil is UTC.
	Zone *time.Location
}

// A Sum is the total of one group in one currency and one meter: the finest
// parts that can be added up again, since currencies must stay apart and tokens
// are counted by meter.
type Sum struct {
	// Group has a value for each dimension of the query, in its order. A period
	// of time is spelled as its first instant or day in the query's zone:
	// 2026-01-31T15:00:00-05:00 for a minute or an hour (with Z where the offset is
	// 0; one that comes twice makes two groups), 2026-01-31 for a day, the Monday
	// for a week, 2026-01 for a month.
	Group    []string
	Currency venice.Currency
	Meter    string
	Unit     venice.Unit
	Entries  int64
	Spend    decimal.Decimal // minus the negative amounts
	Credit   decimal.Decimal // the positive amounts
	Units    decimal.Decimal // of debits and of entries without amount; what Unit says
}

// A RequestCount counts the requests of one group.
type RequestCount struct {
	Group    []string // as in Sum
	Requests int64    // distinct request ids, by account
}

// A PriceUse says when a SKU was charged at a price.
type PriceUse struct {
	SKU   string
	Price decimal.Decimal // pricePerUnitUsd, in whatever currency was paid
	// First and Last are the timestamps of the first and the last such entry. In
	// between the SKU may have had other prices too.
	First, Last time.Time
	Entries     int64
}

// A BalanceAt is a balance and when it was true.
type BalanceAt struct {
	At time.Time
	venice.Balance
}

// A KeyDay is what each API key spent in one UTC day, by Venice's own sums: USD
// includes bundled credits, earned credits are left out. Entries carry no key,
// and Venice keeps these sums for 90 days.
type KeyDay struct {
	Day    time.Time // 00:00 UTC
	ReadAt time.Time
	Keys   []venice.KeySpend
}

// KeysAt are the API keys of an account, in Venice's order, and when it told them.
type KeysAt struct {
	At   time.Time
	Keys []venice.APIKey
}
