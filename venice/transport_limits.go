package venice

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/shopspring/decimal"
)

// Venice locks a key out after too many unsuccessful requests within half a
// minute: more than 50 by its newest documentation, more than 20 by an older
// one. The client stops at the lower figure.
const (
	errorBudgetSize   = 20
	errorBudgetWindow = 30 * time.Second
)

// An errorBudget keeps the times of the last failures that Venice counts.
type errorBudget struct {
	mu    sync.Mutex
	fails []time.Time // oldest first, at most errorBudgetSize
}

func newErrorBudget() *errorBudget { return new(errorBudget) }

// guarding refuses to send once the budget is used up, until the oldest failure
// is half a minute old.
func (b *errorBudget) guarding(next exchange) exchange {
	return func(ctx context.Context, r request) (*response, error) {
		if wait := b.wait(time.Now()); wait > 0 {
			return nil, budgetError(r, wait)
		}
		resp, err := next(ctx, r)
		if err == nil && countsAsFailure(resp.status) {
			b.fail(time.Now())
		}
		return resp, err
	}
}

func countsAsFailure(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusTooManyRequests
}

// wait is how long nothing may be sent; 0 when something may.
func (b *errorBudget) wait(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.fails) < errorBudgetSize {
		return 0
	}
	return max(0, b.fails[0].Add(errorBudgetWindow).Sub(now))
}

func (b *errorBudget) fail(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.fails) == errorBudgetSize {
		b.fails = append(b.fails[:0], b.fails[1:]...)
	}
	b.fails = append(b.fails, now)
}

// readMeta reads what the headers say. Names are compared without case.
func readMeta(h http.Header, now time.Time) Meta {
	date, _ := http.ParseTime(h.Get("Date")) // zero when absent or unreadable
	if !date.IsZero() {
		now = date
	}
	return Meta{
		RequestID: clean(h.Get("CF-RAY"), 100),
		Version:   clean(h.Get("x-venice-version"), 100),
		Date:      date,
		RateLimit: RateLimit{
			Remaining:         headerCount(h, "x-ratelimit-remaining"),
			Resets:            headerInstant(h, "x-ratelimit-resets", now),
			LimitRequests:     headerCount(h, "x-ratelimit-limit-requests"),
			RemainingRequests: headerCount(h, "x-ratelimit-remaining-requests"),
			ResetRequests:     headerInstant(h, "x-ratelimit-reset-requests", now),
		},
		BalanceUSD:  headerDecimal(h, "x-venice-balance-usd"),
		BalanceDIEM: headerDecimal(h, "x-venice-balance-diem"),
	}
}

func headerCount(h http.Header, name string) *int {
	n, err := strconv.Atoi(h.Get(name))
	if err != nil {
		return nil
	}
	return &n
}

func headerDecimal(h http.Header, name string) decimal.NullDecimal {
	d, err := parseDecimal(h.Get(name))
	return decimal.NullDecimal{Decimal: d, Valid: err == nil}
}

// headerInstant reads the moment of a reset. Venice counts it in Unix
// milliseconds on some routes, in Unix seconds on others, and its documentation
// also speaks of seconds from now; the size tells which.
func headerInstant(h http.Header, name string, now time.Time) time.Time {
	n, err := strconv.ParseInt(h.Get(name), 10, 64)
	switch {
	case err != nil || n < 0:
		return time.Time{}
	case n > 1e11:
		return time.UnixMilli(n).UTC()
	case n > 1e9:
		return time.Unix(n, 0).UTC()
	default:
		return now.Add(time.Duration(n) * time.Second).UTC()
	}
}
