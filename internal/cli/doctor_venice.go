package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/ducat-ledger/ducat/venice"
)

// A routeName is a route of Venice, below the base URL.
type routeName string

const (
	routeUsage      routeName = "billing/usage"
	routeBalance    routeName = "billing/balance"
	routeHistory    routeName = "billing/usage-history"
	routeAnalytics  routeName = "billing/usage-analytics"
	routeKeys       routeName = "api_keys"
	routeRateLimits routeName = "api_keys/rate_limits"
)

// answered is what a route said.
type answered struct {
	err    error
	meta   venice.Meta
	limits *venice.RateLimits       // of routeRateLimits
	page   *venice.UsageHistoryPage // of routeHistory
}

// oldestEntries is how many entries are asked for: the least that Venice allows.
const oldestEntries = 10

// ask sends the smallest question that a route answers.
func (p *patient) ask(ctx context.Context, route routeName) (a answered) {
	switch route {
	case routeRateLimits:
		if a.limits, a.err = p.client.APIKeys.GetRateLimits(ctx); a.err == nil {
			a.meta = a.limits.Meta
		}
	case routeBalance:
		b, err := p.client.Billing.GetBalance(ctx)
		if a.err = err; err == nil {
			a.meta = b.Meta
		}
	case routeHistory:
		if a.page, a.err = p.client.Billing.GetUsageHistory(ctx, venice.UsageHistoryParams{PageSize: oldestEntries}); a.err == nil {
			a.meta = a.page.Meta
		}
	case routeAnalytics:
		u, err := p.client.Billing.GetUsageAnalytics(ctx, venice.UsageAnalyticsParams{Lookback: "1d"})
		if a.err = err; err == nil {
			a.meta = u.Meta
		}
	case routeKeys:
		k, err := p.client.APIKeys.List(ctx)
		if a.err = err; err == nil {
			a.meta = k.Meta
		}
	}
	if api, ok := errors.AsType[*venice.APIError](a.err); ok {
		a.meta.RateLimit = api.RateLimit
	}
	return a
}

// checkRoute asks a route with the key. That Venice refuses the key is for
// checkKeyKind to judge: the route answers.
func checkRoute(route routeName) check {
	return func(ctx context.Context, p *patient) []finding {
		if p.client == nil || p.unreachable {
			return nil
		}
		begin := time.Now()
		a := p.ask(ctx, route)
		took := latency(time.Since(begin))
		p.answers[route] = a
		name := "route " + string(route)
		switch {
		case a.err == nil:
			return fine(name, "answers in %s", took)
		case errors.Is(a.err, venice.ErrAuthentication), errors.Is(a.err, venice.ErrPermissionDenied):
			return fine(name, "answers in %s; refuses the key", took)
		case errors.Is(a.err, venice.ErrTimeout):
			found := "no answer within " + p.timeout.String()
			if route == routeHistory {
				found += "; Venice is known to hang on an account without entries"
			}
			return broken(name, "ducat doctor --timeout 30s, or try again later", a.err, "%s", found)
		case errors.Is(a.err, venice.ErrRateLimit):
			return broken(name, "wait half a minute", a.err, "%s", sentence(a.err))
		case errors.Is(a.err, venice.ErrInvalidRequest):
			return doubtful(name, updateDucat, "%s", sentence(a.err))
		default:
			return broken(name, "try again later", a.err, "%s", sentence(a.err))
		}
	}
}

// checkRetiredRoute asks the page-numbered route, which needs no key and gets
// none: so it tells whether Venice can be reached, and its clock, whatever the
// key is.
func checkRetiredRoute(ctx context.Context, p *patient) []finding {
	const name = "route " + string(routeUsage)
	base := cmp.Or(p.account.BaseURL, venice.DefaultBaseURL)
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		p.unreachable = true
		return broken(name, "set base_url, or "+envBaseURL+", to "+venice.DefaultBaseURL, errBaseURL, "there is no such address as the base URL")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.JoinPath(string(routeUsage)).String(), nil)
	if err != nil {
		return broken(name, "set base_url, or "+envBaseURL+", to "+venice.DefaultBaseURL, errBaseURL, "there is no such address as the base URL")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	local, begin := p.app.now(), time.Now()
	resp, err := client.Do(r)
	took := time.Since(begin)
	if err != nil {
		if ctx.Err() != nil {
			return broken(name, "ducat doctor --timeout 30s, or try again later", venice.ErrTimeout, "no answer within %s", p.timeout)
		}
		p.unreachable = true
		if fault, ok := errors.AsType[*url.Error](err); ok {
			err = fault.Err
		}
		return broken(name, "check the network, a proxy, and "+envBaseURL, venice.ErrConnection, "%s cannot be reached: %s", u.Host, sentence(err))
	}
	defer resp.Body.Close()
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		// The header has whole seconds, and was written some time on the way.
		p.skew, p.within, p.clockKnown = date.Add(time.Second/2).Sub(local.Add(took/2)), took/2+time.Second/2, true
	}
	switch {
	case resp.StatusCode == http.StatusGone:
		return fine(name, "retired (410), as everywhere; answers in %s, and is not needed", latency(took))
	case resp.StatusCode == http.StatusTooManyRequests:
		return doubtful(name, "wait a minute", "limits the rate (429)")
	case resp.StatusCode >= 500:
		return broken(name, "try again later", venice.ErrServer, "fails with status %d", resp.StatusCode)
	default:
		return fine(name, "answers %d in %s; it is not needed", resp.StatusCode, latency(took))
	}
}

// latency is how long an answer took, in milliseconds.
func latency(d time.Duration) string { return fmt.Sprintf("%d ms", max(1, d.Milliseconds())) }

var errBaseURL = errors.New("invalid base URL")
