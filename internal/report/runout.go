package report

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A RunOut is when an account's DIEM is used up, in the epoch of its newest
// balance.
type RunOut struct {
	Account string
	// Balance is the newest balance, as of BalanceAt, zero where there is none. Left
	// is what is left of it at From, after what the books know was spent since.
	Balance   decimal.NullDecimal
	BalanceAt time.Time
	Left      decimal.NullDecimal
	From      time.Time
	// Resets is when DIEM refills.
	Resets time.Time
	// Forecast goes on as the profile of the account's spend in all currencies does,
	// in dollar equivalents: while there is DIEM, it pays first. PresentRate goes on
	// as the last hour's DIEM did.
	Forecast, PresentRate Exhaustion
}

// An Exhaustion says whether DIEM runs out, and when.
type Exhaustion struct {
	Verdict Verdict
	// At is the instant, of RunsOut alone.
	At time.Time
	// Why says why it is Unknown.
	Why string
	// PerHour is the rate from now on: DIEM by the hour. Of the forecast it is what
	// its first hour has.
	PerHour decimal.NullDecimal
}

// A Verdict is what is known of DIEM's end.
type Verdict string

// The verdicts.
const (
	RunsOut        Verdict = "runs-out"
	NotBeforeReset Verdict = "not-before-reset"
	IsOut          Verdict = "is-out"
	Unknown        Verdict = "unknown"
)

// presentFor is how old the books may be for their last hour to be the present.
const presentFor = time.Hour

// runOuts are of each account. The hours may be nil, and serve where the view is
// of one account's whole spend.
func (v *view) runOuts(ctx context.Context, h *hours) ([]RunOut, error) {
	if len(v.Accounts) == 0 {
		return nil, nil
	}
	balances, err := v.books.LastBalances(ctx, v.Accounts...)
	if err != nil {
		return nil, fmt.Errorf("newest balances of the accounts: %w", err)
	}
	list := make([]RunOut, len(v.Accounts))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(ledger.AtOnce)
	for i, account := range v.Accounts {
		r := &list[i]
		r.Account = account
		if balance, ok := balances[account]; !ok {
			r.unknown("no balance is read yet")
			continue
		} else if !r.begin(balance, v.Now) {
			continue
		}
		own, past := v, h
		if len(v.Accounts) > 1 || len(v.Models) > 0 || len(v.Currencies) > 0 {
			own, past = v.whole(account), nil
		}
		work.Go(func() error { return own.runOut(ctx, r, past) })
	}
	return list, work.Wait()
}

// Unknown says what keeps both exhaustions from being known, or nothing.
func (r *RunOut) Unknown() string {
	if r.Forecast.Why == r.PresentRate.Why {
		return r.Forecast.Why
	}
	return ""
}

func (r *RunOut) unknown(why string) {
	r.Forecast, r.PresentRate = Exhaustion{Verdict: Unknown, Why: why}, Exhaustion{Verdict: Unknown, Why: why}
}

// begin takes the newest balance, and says whether it is one of DIEM in the present
// epoch.
func (r *RunOut) begin(balance ledger.BalanceAt, now time.Time) bool {
	r.Balance, r.BalanceAt = balance.Balances.DIEM, balance.At
	r.Resets = periodAt(ledger.ByDay, time.UTC, balance.At).Window.End
	switch {
	case !balance.Balances.DIEM.Valid:
		r.unknown("the account has no DIEM")
		return false
	case !r.Resets.After(now):
		r.unknown("the newest balance is of an epoch that has ended")
		return false
	}
	return true
}

// clockSlack is how much newer than the present a balance may be: those who ask
// count in whole seconds, and clocks differ a little.
const clockSlack = time.Minute

// runOut asks what was spent since the balance, and goes on from there.
func (v *view) runOut(ctx context.Context, r *RunOut, h *hours) (err error) {
	switch {
	case v.asOf.IsZero():
		r.unknown("nothing is read yet")
		return nil
	case r.BalanceAt.After(v.Now.Add(clockSlack)):
		r.unknown("the newest balance is of the future")
		return nil
	}
	since := ledger.Window{Start: r.BalanceAt, End: v.asOf}
	r.From = r.BalanceAt
	spent := newTally()
	if !since.Empty() {
		r.From = v.asOf
		if !v.knows(since) {
			r.unknown("the books lack a part of what followed the newest balance")
			return nil
		}
		if spent, err = v.spent(ctx, since); err != nil {
			return err
		}
	}
	left := r.Balance.Decimal.Sub(spent.money[venice.DIEM].spend)
	r.Left = decimal.NewNullDecimal(left)
	if !left.IsPositive() {
		r.Forecast, r.PresentRate = Exhaustion{Verdict: IsOut}, Exhaustion{Verdict: IsOut}
		return nil
	}
	if h == nil {
		if h, err = v.hours(ctx); err != nil {
			return err
		}
	}
	r.Forecast = r.atForecast(h)
	r.PresentRate, err = v.atPresentRate(ctx, r)
	return err
}

func (r *RunOut) atForecast(h *hours) (e Exhaustion) {
	p := h.profileAt(len(h.known))
	if p.method == NoMethod {
		return Exhaustion{Verdict: Unknown, Why: "less than an hour of use in the last day is known"}
	}
	pattern := p.of(h.dollars)
	hour := r.From.Truncate(time.Hour)
	e.PerHour = decimal.NewNullDecimal(pattern.between(hour, hour.Add(time.Hour)).Round(estimatePlaces))
	at, runsOut := pattern.whenSpent(r.Left.Decimal, r.From, r.Resets)
	e.decide(r, at, runsOut)
	return e
}

func (v *view) atPresentRate(ctx context.Context, r *RunOut) (e Exhaustion, err error) {
	last := ledger.Window{Start: v.asOf.Add(-time.Hour), End: v.asOf}
	switch {
	case v.Now.Sub(v.asOf) > presentFor:
		return Exhaustion{Verdict: Unknown, Why: fmt.Sprintf("the books end at %s, more than an hour ago", v.asOf.UTC().Format(time.RFC3339))}, nil
	case !v.knows(last):
		return Exhaustion{Verdict: Unknown, Why: "the books lack a part of the last hour"}, nil
	}
	spent, err := v.spent(ctx, last)
	if err != nil {
		return e, err
	}
	rate := spent.money[venice.DIEM].spend
	e.PerHour = decimal.NewNullDecimal(rate)
	var at time.Time
	enough := rate.Mul(inHours(r.Resets.Sub(r.From)))
	runsOut := rate.IsPositive() && enough.GreaterThanOrEqual(r.Left.Decimal)
	if runsOut {
		at = r.From.Add(timeFor(r.Left.Decimal, rate))
	}
	e.decide(r, at, runsOut)
	return e, nil
}

// decide says whether DIEM is used up at an instant, if at all, before it refills.
func (e *Exhaustion) decide(r *RunOut, at time.Time, runsOut bool) {
	e.Verdict = NotBeforeReset
	if runsOut && at.Before(r.Resets) {
		e.Verdict, e.At = RunsOut, at.UTC()
	}
}
