package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/venice"
)

// newKey says how to come to another key.
func (p *patient) newKey() string {
	const from = "an ADMIN key from venice.ai, Settings, API"
	source := p.account.KeySource()
	if name, ok := strings.CutPrefix(source, "$"); ok {
		return fmt.Sprintf("export %s=... with %s", name, from)
	}
	return fmt.Sprintf("write %s into %s", from, source)
}

// checkKey makes the client of the checks that follow.
func checkKey(_ context.Context, p *patient) []finding {
	const name = "key"
	client, err := p.app.clientOf(p.account, &connection{timeout: p.timeout})
	switch {
	case errors.Is(err, venice.ErrAuthentication):
		return broken(name, p.newKey(), err, "%s", sentence(err))
	case err != nil:
		return broken(name, "set base_url, or "+envBaseURL+", to "+venice.DefaultBaseURL, errBaseURL, "%s", sentence(err))
	}
	p.client = client
	return fine(name, "taken from %s", p.account.KeySource())
}

// checkKeyKind judges by what Venice lets the key do, since the spelling of a key
// proves nothing.
func checkKeyKind(_ context.Context, p *patient) []finding {
	const name = "key kind"
	balance, asked := p.answers[routeBalance]
	if !asked {
		return nil
	}
	limits := p.answers[routeRateLimits]
	refused := func(err error) bool {
		return errors.Is(err, venice.ErrAuthentication) || errors.Is(err, venice.ErrPermissionDenied)
	}
	switch {
	case balance.err == nil:
		return fine(name, "ADMIN")
	case refused(balance.err) && limits.err == nil:
		return broken(name, p.newKey(), balance.err, "INFERENCE: it may not read billing, and 'ducat balance' shows only what it may spend itself")
	case refused(balance.err) && refused(limits.err):
		return broken(name, p.newKey(), limits.err, "refused: the key is wrong, revoked or expired")
	default:
		return doubtful(name, "try again later", "not known, since Venice did not answer")
	}
}

func checkKeyExpiry(_ context.Context, p *patient) []finding {
	const name = "key expiry"
	limits := p.answers[routeRateLimits].limits
	if limits == nil {
		return nil
	}
	switch expires := limits.KeyExpiration; {
	case expires.IsZero():
		return fine(name, "the key does not expire")
	case expires.Sub(p.app.now()) < expirySoon:
		return doubtful(name, p.newKey(), "the key expires at %s UTC", expires.Format("2006-01-02 15:04"))
	default:
		return fine(name, "the key expires on %s", expires.Format(time.DateOnly))
	}
}

// How far clocks may be apart: what lies beyond tolerableSkew can put an entry on
// the other side of a day, beyond hopelessSkew every day and age that is shown is
// wrong.
const (
	tolerableSkew = 5 * time.Second
	hopelessSkew  = 5 * time.Minute
)

func checkClock(_ context.Context, p *patient) []finding {
	const name, mend = "clock", "set the clock: timedatectl set-ntp true"
	if !p.clockKnown {
		return nil
	}
	off, how := clocksApart(p.skew, p.within, "Venice")
	switch {
	case off > hopelessSkew:
		return broken(name, mend, errClock, "%s", how)
	case off > tolerableSkew:
		return doubtful(name, mend, "%s", how)
	}
	return fine(name, "agrees with Venice's, within %s", (tolerableSkew + p.within).Round(time.Second))
}

// clocksApart says how far this machine's clock surely is from another's, which is ahead
// by skew, within an uncertainty.
func clocksApart(skew, within time.Duration, other string) (off time.Duration, how string) {
	off, direction := -skew, "ahead of"
	if off < 0 {
		off, direction = -off, "behind"
	}
	off = max(0, off-within)
	return off, fmt.Sprintf("this machine is %s %s %s", off.Round(time.Second), direction, other)
}

var errClock = errors.New("the clock is wrong")

// fewLeft is an error budget that a few mistakes use up.
const fewLeft = 10

func checkErrorBudget(_ context.Context, p *patient) []finding {
	const name = "error budget"
	least := -1
	for _, a := range p.answers {
		if n := a.meta.RateLimit.Remaining; n != nil && (least < 0 || *n < least) {
			least = *n
		}
	}
	switch {
	case len(p.answers) == 0:
		return nil
	case least < 0:
		return fine(name, "Venice did not tell of it")
	case least < fewLeft:
		return doubtful(name, "wait half a minute", "%d more refused requests, and Venice locks the key out for half a minute", least)
	}
	return fine(name, "%d refused requests are left before Venice locks the key out", least)
}
