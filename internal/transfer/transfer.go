// Package transfer copies books from one store into another, digit for digit,
// and compares the two.
//
// Entries go in the order of time, in parts that are each one transaction of the
// target. A copy that ends at any instant has put whole parts, and the next one
// finds by coverage and daily sums what is there already.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Options say what to copy or to compare.
type Options struct {
	// Accounts are copied or compared; empty means all that the source has. What
	// the target has of others is left alone, and not looked at.
	Accounts []string
	// Part is how many entries a transaction has at most, except that one instant
	// is not split, nor a window that was read less than 48 hours after its end:
	// the source had such a window in memory, too. 0 means DefaultPart.
	Part int
	// Progress is told now and then how far the work is. May be nil.
	Progress func(Progress)
}

// DefaultPart is as many as one transaction takes at little memory.
const DefaultPart = 100_000

// Progress is how far a copy or a comparison is.
type Progress struct {
	Comparing bool
	// Done of Total is worked on: entries that were to be copied, or accounts
	// compared.
	Done, Total int64
}

// A Result is what the source has, how much of it was copied, and where the
// target differs.
type Result struct {
	Accounts    []*Account // by name
	Differences Differences
}

// An Account is what one account has in the source.
type Account struct {
	Name    string
	Entries int64
	// Copied are the entries that were put into the target in this run. The others
	// were there.
	Copied int64
	// Amounts are by currency.
	Amounts  map[venice.Currency]Amount
	Balances int
	KeyDays  int
}

// An Amount is what was spent and credited in one currency.
type Amount struct{ Spend, Credit decimal.Decimal }

// A job is a copy or a comparison under way.
type job struct {
	Options
	from     ledger.Books
	to       ledger.Books
	accounts []*Account
	had      []string // accounts of the target
	// source and target are what is covered, by account.
	source, target map[string]ledger.Coverage
}

// start asks both sides for what they have. A target without a ledger has nothing.
func start(ctx context.Context, from, to ledger.Books, o Options) (*job, error) {
	if o.Part == 0 {
		o.Part = DefaultPart
	}
	j := &job{Options: o, from: from, to: to}
	names, err := from.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	if len(o.Accounts) > 0 {
		for _, name := range o.Accounts {
			if !slices.Contains(names, name) {
				return nil, fmt.Errorf("the source has nothing of the account %q; it has %q", name, names)
			}
		}
		names = slices.Compact(slices.Sorted(slices.Values(o.Accounts)))
	}
	spans, err := from.Spans(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		j.accounts = append(j.accounts, &Account{Name: name, Entries: spans[name].Entries})
	}
	if j.source, err = from.Coverage(ctx); err != nil {
		return nil, err
	}
	if j.had, err = orNothing(to.Accounts(ctx)); err != nil {
		return nil, inTarget(err)
	}
	if j.target, err = orNothing(to.Coverage(ctx)); err != nil {
		return nil, inTarget(err)
	}
	return j, nil
}

// orNothing takes a ledger that is not there yet for an empty one.
func orNothing[T any](value T, err error) (T, error) {
	if errors.Is(err, ledger.ErrNoLedger) {
		err = nil
	}
	return value, err
}

// inTarget says on which side something failed.
func inTarget(err error) error { return fmt.Errorf("the target: %w", err) }

func (j *job) tell(comparing bool, done, total int64) {
	if j.Progress != nil {
		j.Progress(Progress{comparing, done, total})
	}
}
