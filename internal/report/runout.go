package report

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
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

// clockSlack is how much newer than the present a balance may be: those who ask
// count in whole seconds, and clocks differ a little.
const clockSlack = time.Minute

// begin takes the account's newest balance, and says why it cannot be gone on from,
// or nothing: it must be one of DIEM in the present epoch, and what followed known.
func (r *RunOut) begin(balance ledger.BalanceAt, own *view) (why string) {
	r.Balance, r.BalanceAt = balance.Balances.DIEM, balance.At
	r.Resets = periodAt(ledger.ByDay, time.UTC, balance.At).Window.End
	switch {
	case !balance.Balances.DIEM.Valid:
		return "the account has no DIEM"
	case !r.Resets.After(own.Now):
		return "the newest balance is of an epoch that has ended"
	case own.asOf.IsZero():
		return "nothing is read yet"
	case r.BalanceAt.After(own.Now.Add(clockSlack)):
		return "the newest balance is of the future"
	}
	r.From = r.BalanceAt
	if since := (ledger.Window{Start: r.BalanceAt, End: own.asOf}); !since.Empty() {
		r.From = own.asOf
		if !own.knows(since) {
			return "the books lack a part of what followed the newest balance"
		}
	}
	return ""
}

// subtract takes what was spent since the balance, and says whether DIEM is left.
func (r *RunOut) subtract(spent decimal.Decimal) bool {
	left := r.Balance.Decimal.Sub(spent)
	r.Left = decimal.NewNullDecimal(left)
	if !left.IsPositive() {
		r.Forecast, r.PresentRate = Exhaustion{Verdict: IsOut}, Exhaustion{Verdict: IsOut}
	}
	return left.IsPositive()
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

// atPresentRate goes on as the account's last hour did, in which so much was spent.
func (r *RunOut) atPresentRate(own *view, rate decimal.Decimal) (e Exhaustion) {
	switch {
	case own.Now.Sub(own.asOf) > presentFor:
		return Exhaustion{Verdict: Unknown, Why: fmt.Sprintf("the books end at %s, more than an hour ago", own.asOf.UTC().Format(time.RFC3339))}
	case !own.knows(own.lastHour()):
		return Exhaustion{Verdict: Unknown, Why: "the books lack a part of the last hour"}
	}
	e.PerHour = decimal.NewNullDecimal(rate)
	var at time.Time
	enough := rate.Mul(inHours(r.Resets.Sub(r.From)))
	runsOut := rate.IsPositive() && enough.GreaterThanOrEqual(r.Left.Decimal)
	if runsOut {
		at = r.From.Add(timeFor(r.Left.Decimal, rate))
	}
	e.decide(r, at, runsOut)
	return e
}

// lastHour is the one before the books end.
func (v *view) lastHour() ledger.Window {
	return ledger.Window{Start: v.asOf.Add(-time.Hour), End: v.asOf}
}

// decide says whether DIEM is used up at an instant, if at all, before it refills.
func (e *Exhaustion) decide(r *RunOut, at time.Time, runsOut bool) {
	e.Verdict = NotBeforeReset
	if runsOut && at.Before(r.Resets) {
		e.Verdict, e.At = RunsOut, at.UTC()
	}
}
