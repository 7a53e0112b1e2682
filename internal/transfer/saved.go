package transfer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A series is what a store keeps of an account by instants, apart from entries.
type series[T any] struct {
	name string
	read func(ledger.Books, context.Context, string, ledger.Window) ([]T, error)
	save func(ledger.Store, context.Context, string, ...T) error
	at   func(T) time.Time
}

var (
	balances = series[ledger.BalanceAt]{"balance", ledger.Books.Balances, ledger.Store.SaveBalance,
		func(b ledger.BalanceAt) time.Time { return b.At }}
	keyDays = series[ledger.KeyDay]{"totals by key", keyDaysOf, ledger.Store.SaveKeyDay,
		func(d ledger.KeyDay) time.Time { return d.Day }}
)

func keyDaysOf(books ledger.Books, ctx context.Context, account string, w ledger.Window) ([]ledger.KeyDay, error) {
	days, err := books.KeyDays(ctx, w, account)
	return days[account], err
}

// A pair is one instant of a series on both sides; nil is nothing.
type pair[T any] struct {
	at       time.Time
	from, to *T
}

// halfYear is how much of a series is in memory at once.
const halfYear = 182 * 24 * time.Hour

// differ gives the instants at which two parts of a series are not the same.
func (s series[T]) differ(want, got []T) []pair[T] {
	var differ []pair[T]
	for len(want)+len(got) > 0 {
		var p pair[T]
		if len(want) > 0 && (len(got) == 0 || !s.at(got[0]).Before(s.at(want[0]))) {
			p.from, p.at, want = &want[0], s.at(want[0]), want[1:]
		}
		if len(got) > 0 && (p.from == nil || s.at(got[0]).Equal(p.at)) {
			p.to, p.at, got = &got[0], s.at(got[0]), got[1:]
		}
		if p.from == nil || p.to == nil || text(*p.from) != text(*p.to) {
			differ = append(differ, p)
		}
	}
	return differ
}

// text is what two equal values have in common: a number of 0.10 is 0.1.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error() // never: the types have nothing that JSON lacks
	}
	return string(b)
}

// copy puts what the target lacks, or has otherwise.
func (s series[T]) copy(ctx context.Context, from ledger.Books, to ledger.Store, account string, parts []ledger.Window) error {
	for _, part := range parts {
		want, err := s.read(from, ctx, account, part)
		if err != nil {
			return err
		}
		if len(want) == 0 {
			continue
		}
		got, err := orNothing(s.read(to, ctx, account, part))
		if err != nil {
			return inTarget(err)
		}
		var lacks []T
		for _, p := range s.differ(want, got) {
			if p.from != nil {
				lacks = append(lacks, *p.from)
			}
		}
		if len(lacks) > 0 {
			if err := s.save(to, ctx, account, lacks...); err != nil {
				return inTarget(err)
			}
		}
	}
	return nil
}

// compare notes what is not the same, and counts what the source has.
func (s series[T]) compare(ctx context.Context, from, to ledger.Books, account string, parts []ledger.Window, d *Differences) (n int, err error) {
	for _, part := range parts {
		want, err := s.read(from, ctx, account, part)
		if err != nil {
			return n, err
		}
		got, err := orNothing(s.read(to, ctx, account, part))
		if err != nil {
			return n, inTarget(err)
		}
		n += len(want)
		for _, p := range s.differ(want, got) {
			d.add(Difference{Account: account, What: s.name + " of " + p.at.UTC().Format(time.RFC3339Nano), Source: orNone(p.from), Target: orNone(p.to)})
		}
	}
	return n, nil
}

// orNone spells what one side has.
func orNone[T any](v *T) string {
	if v == nil {
		return "nothing"
	}
	return text(*v)
}

// partsOfTime are those of which a series is read at once: from the account's
// first entry on, as far as it is known, and open at both ends.
func partsOfTime(ctx context.Context, books ledger.Books, account string) (parts []ledger.Window, err error) {
	spans, err := books.Spans(ctx, account)
	if err != nil {
		return nil, err
	}
	first, last := spans[account].First, spans[account].Last
	balances, err := books.LastBalances(ctx, account)
	if err != nil {
		return nil, err
	}
	if at := balances[account].At; at.After(last) {
		last = at
	}
	var part ledger.Window
	for cut := first.Add(halfYear); !first.IsZero() && cut.Before(last); cut = cut.Add(halfYear) {
		part.End = cut
		parts = append(parts, part)
		part = ledger.Window{Start: cut}
	}
	return append(parts, part), nil
}

// copySaved brings along what is kept apart from entries.
func copySaved(ctx context.Context, from ledger.Books, to ledger.Store, account string) error {
	parts, err := partsOfTime(ctx, from, account)
	if err != nil {
		return err
	}
	if err := balances.copy(ctx, from, to, account, parts); err != nil {
		return err
	}
	if err := keyDays.copy(ctx, from, to, account, parts); err != nil {
		return err
	}
	want, got, err := keys(ctx, from, to, account)
	if err != nil || want == nil || orNone(want) == orNone(got) {
		return err
	}
	return to.SaveKeys(ctx, account, *want)
}

// compareSaved does the same of what was copied.
func (j *job) compareSaved(ctx context.Context, a *Account, d *Differences) error {
	parts, err := partsOfTime(ctx, j.from, a.Name)
	if err != nil {
		return err
	}
	if a.Balances, err = balances.compare(ctx, j.from, j.to, a.Name, parts, d); err != nil {
		return err
	}
	if a.KeyDays, err = keyDays.compare(ctx, j.from, j.to, a.Name, parts, d); err != nil {
		return err
	}
	want, got, err := keys(ctx, j.from, j.to, a.Name)
	if err == nil && orNone(want) != orNone(got) {
		d.add(Difference{Account: a.Name, What: "API keys", Source: orNone(want), Target: orNone(got)})
	}
	return err
}

// refuseSaved refuses a target that has newer balances or keys than the source.
func (j *job) refuseSaved(ctx context.Context, account, advice string) error {
	want, err := j.from.LastBalances(ctx, account)
	if err != nil {
		return err
	}
	got, err := j.to.LastBalances(ctx, account)
	if err != nil {
		return inTarget(err)
	}
	if at := got[account].At; at.After(want[account].At) {
		return fmt.Errorf("account %s: the target has a newer balance than the source, of %s; %s", account, at.Format(time.RFC3339), advice)
	}
	before, after, err := keys(ctx, j.from, j.to, account)
	if err == nil && after != nil && (before == nil || after.At.After(before.At)) {
		return fmt.Errorf("account %s: the target has newer API keys than the source, of %s; %s", account, after.At.Format(time.RFC3339), advice)
	}
	return err
}

func keys(ctx context.Context, from, to ledger.Books, account string) (want, got *ledger.KeysAt, err error) {
	if want, err = keysOf(ctx, from, account); err != nil {
		return nil, nil, err
	}
	got, err = orNothing(keysOf(ctx, to, account))
	return want, got, err
}

// keysOf are the API keys of an account, or nil.
func keysOf(ctx context.Context, books ledger.Books, account string) (*ledger.KeysAt, error) {
	rings, err := books.Keys(ctx, account)
	if ring, ok := rings[account]; ok {
		return &ring, err
	}
	return nil, err
}
