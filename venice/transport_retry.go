package venice

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// The waits between attempts. A server that asks for more than maxRetryWait is
// not waited for: the error says how long it asks.
const (
	backoffBase  = 500 * time.Millisecond
	backoffCap   = 8 * time.Second
	maxRetryWait = time.Minute
)

// retrying repeats what may pass: 429, 5xx and connection faults. A timeout is
// not repeated, since a range that hangs once hangs again.
func (s *settings) retrying(next exchange) exchange {
	return func(ctx context.Context, r request) (*response, error) {
		for retry := 1; ; retry++ {
			resp, err := next(ctx, r)
			wait, again := s.retryWait(err, retry)
			if !again || !fits(ctx, wait) {
				return resp, err
			}
			s.logger.LogAttrs(ctx, slog.LevelInfo, "venice: trying again",
				slog.Duration("in", wait), slog.Int("retry", retry), slog.Int("of", s.maxRetries), slog.String("after", err.Error()))
			if !sleep(ctx, wait) {
				return resp, err
			}
		}
	}
}

// retryWait says whether to try again after err, and how long to wait before.
func (s *settings) retryWait(err error, retry int) (time.Duration, bool) {
	var e *APIError
	if retry > s.maxRetries || !errors.As(err, &e) || !e.mayPass() {
		return 0, false
	}
	wait := e.RetryAfter
	if wait <= 0 {
		wait = s.backoff(retry)
	}
	return wait, wait <= maxRetryWait
}

// mayPass says whether the same request may succeed later.
func (e *APIError) mayPass() bool {
	return e.StatusCode == http.StatusTooManyRequests || e.StatusCode >= 500 || e.kind == ErrConnection
}

// fits says whether the context lasts longer than the wait. Otherwise it is not
// begun, so that the caller learns of the fault and not only of the deadline.
func fits(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > wait
}

// sleep waits, and says whether the context lasted.
func sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// backoff doubles from half a second up to eight, less up to half by chance, so
// that clients that failed together do not return together.
func backoff(retry int) time.Duration {
	d := min(backoffBase<<min(retry-1, 10), backoffCap)
	return d/2 + rand.N(d/2)
}

// retryAfter is how long the server asks to wait, or 0: Retry-After in seconds
// or as a date, or else, where the limits are the reason, their reset.
func retryAfter(resp *response, now time.Time) time.Duration {
	if !resp.meta.Date.IsZero() {
		now = resp.meta.Date
	}
	text := resp.header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, date.Sub(now))
	}
	reset := resp.meta.RateLimit.Resets
	if resp.status != http.StatusTooManyRequests || reset.IsZero() {
		return 0
	}
	return max(0, reset.Sub(now))
}
