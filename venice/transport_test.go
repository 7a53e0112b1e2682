package venice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// hangs answers when the request's context ends.
func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A hangingBody sends a little and then nothing more.
type hangingBody struct {
	ctx  context.Context
	sent bool
}

func (b *hangingBody) Read(p []byte) (int, error) {
	if !b.sent {
		b.sent = true
		return copy(p, `{"data":[`), nil
	}
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (b *hangingBody) Close() error { return nil }

func TestTimeout(t *testing.T) {
	t.Parallel()
	for name, transport := range map[string]fakeTransport{
		"no headers": hangs,
		"slow body": func(r *http.Request) (*http.Response, error) {
			resp := answer(200, "")
			resp.Body = &hangingBody{ctx: r.Context()}
			return resp, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				err := getBalance(t.Context(), fakeClient(t, transport))
				if !errors.Is(err, ErrTimeout) {
					t.Fatalf("error is %v, want ErrTimeout", err)
				}
				if took := time.Since(begin); took != DefaultTimeout {
					t.Errorf("gave up after %s, want %s", took, DefaultTimeout)
				}
				if !strings.Contains(err.Error(), "at least a day") {
					t.Errorf("the error does not advise: %v", err)
				}
			})
		})
	}
}

func TestTimeoutOfAnalyticsAdvisesAShorterLookback(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, err := fakeClient(t, hangs, WithTimeout(time.Second)).Billing.GetUsageAnalytics(t.Context(), UsageAnalyticsParams{})
		if !errors.Is(err, ErrTimeout) || !strings.Contains(err.Error(), "shorter lookback") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestTheCallersContextEndsACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		begin := time.Now()
		err := getBalance(ctx, fakeClient(t, hangs))
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimeout) {
			t.Errorf("error is %v, want the context's own", err)
		}
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

func TestEveryRequestOfAWalkHasATimeoutOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pages := 0
		c := fakeClient(t, func(r *http.Request) (*http.Response, error) {
			time.Sleep(8 * time.Second) // fake time: each page is slow, none too slow
			pages++
			if pages == 5 {
				return answer(200, emptyHistory), nil
			}
			return answer(200, fmt.Sprintf(`{"data":[%s],"nextCursor":"c%d"}`, realRow, pages)), nil
		})
		n := 0
		for _, err := range c.Billing.IterUsageHistory(t.Context(), UsageHistoryParams{}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 4 || pages != 5 {
			t.Errorf("%d entries from %d pages, want 4 from 5", n, pages)
		}
	})
}

func TestRetries(t *testing.T) {
	t.Parallel()
	year := 365 * 24 * time.Hour
	date := func(in time.Duration) string { // the bubble's clock starts at midnight UTC 2000-01-01
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(in).Format(http.TimeFormat)
	}
	millis := func(in time.Duration) string {
		return fmt.Sprint(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(in).UnixMilli())
	}
	fault := errors.New("connection reset by peer")
	for name, test := range map[string]struct {
		answers []func() (*http.Response, error)
		tries   int
		took    time.Duration
		is      error
	}{
		"500 then good":                 {answers: replies(status(500), good), tries: 2, took: time.Second},
		"502 503 504 then good":         {answers: replies(status(502), status(503), status(504), good), tries: 4, took: 7 * time.Second},
		"500 for ever":                  {answers: replies(status(500)), tries: 4, took: 7 * time.Second, is: ErrServer},
		"reset then good":               {answers: replies(broken(fault), good), tries: 2, took: time.Second},
		"reset for ever":                {answers: replies(broken(fault)), tries: 4, took: 7 * time.Second, is: ErrConnection},
		"cut JSON then good":            {answers: replies(text(`{"canConsume":tr`), good), tries: 2, took: time.Second},
		"cut body then good":            {answers: replies(cutBody, good), tries: 2, took: time.Second},
		"429 without a word":            {answers: replies(status(429), good), tries: 2, took: time.Second},
		"429 with seconds":              {answers: replies(status(429, "Retry-After", "17"), good), tries: 2, took: 17 * time.Second},
		"429 with a date":               {answers: replies(status(429, "Retry-After", date(20*time.Second)), good), tries: 2, took: 20 * time.Second},
		"429 with a reset":              {answers: replies(status(429, "x-ratelimit-resets", millis(30*time.Second)), good), tries: 2, took: 30 * time.Second},
		"429 with seconds and a reset":  {answers: replies(status(429, "Retry-After", "3", "x-ratelimit-resets", millis(30*time.Second)), good), tries: 2, took: 3 * time.Second},
		"503 with seconds":              {answers: replies(status(503, "Retry-After", "5"), good), tries: 2, took: 5 * time.Second},
		"500 with the budget's reset":   {answers: replies(status(500, "x-ratelimit-resets", millis(30*time.Second)), good), tries: 2, took: time.Second},
		"429 with a past date":          {answers: replies(status(429, "Retry-After", date(-time.Hour)), good), tries: 2, took: time.Second},
		"429 with nonsense":             {answers: replies(status(429, "Retry-After", "NaN"), good), tries: 2, took: time.Second},
		"429 with less than nothing":    {answers: replies(status(429, "Retry-After", "-5"), good), tries: 2, took: time.Second},
		"429 that asks for a year":      {answers: replies(status(429, "Retry-After", fmt.Sprint(int(year.Seconds())))), tries: 1, is: ErrRateLimit},
		"429 that asks for ever":        {answers: replies(status(429, "Retry-After", "9999999999999999999")), tries: 4, took: 7 * time.Second, is: ErrRateLimit},
		"400 is not tried again":        {answers: replies(status(400)), tries: 1, is: ErrInvalidRequest},
		"401 is not tried again":        {answers: replies(status(401)), tries: 1, is: ErrAuthentication},
		"402 is not tried again":        {answers: replies(status(402)), tries: 1, is: ErrAuthentication},
		"403 is not tried again":        {answers: replies(status(403)), tries: 1, is: ErrPermissionDenied},
		"404 is not tried again":        {answers: replies(status(404)), tries: 1, is: ErrInvalidRequest},
		"410 is not tried again":        {answers: replies(status(410)), tries: 1, is: ErrGone},
		"a timeout is not tried again":  {answers: replies(broken(context.DeadlineExceeded)), tries: 1, is: ErrTimeout},
		"nonsense is not tried again":   {answers: replies(text(`{"canConsume":{}}`)), tries: 1, is: ErrServer},
		"a page is not tried again":     {answers: replies(status(200, "Content-Type", "text/html")), tries: 1, is: ErrServer},
		"a redirect is not tried again": {answers: replies(status(307)), tries: 1, is: ErrServer},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				c := fakeClient(t, func(*http.Request) (*http.Response, error) {
					tries++
					return test.answers[min(tries, len(test.answers))-1]()
				}, WithBackoff(func(retry int) time.Duration { return time.Second << (retry - 1) }))
				begin := time.Now()
				err := getBalance(t.Context(), c)
				if !errors.Is(err, test.is) {
					t.Errorf("error is %v, want %v", err, test.is)
				}
				if tries != test.tries {
					t.Errorf("tried %d times, want %d", tries, test.tries)
				}
				if took := time.Since(begin); took != test.took {
					t.Errorf("took %s, want %s", took, test.took)
				}
			})
		})
	}
}

type reply = func() (*http.Response, error)

func replies(r ...reply) []func() (*http.Response, error) { return r }

func good() (*http.Response, error) { return answer(200, balanceBody), nil }

func text(body string) reply {
	return func() (*http.Response, error) { return answer(200, body), nil }
}

func status(code int, header ...string) reply {
	return func() (*http.Response, error) { return answer(code, `{"error":"as asked"}`, header...), nil }
}

func broken(err error) reply {
	return func() (*http.Response, error) { return nil, err }
}

func cutBody() (*http.Response, error) {
	resp := answer(200, "")
	resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"canConsume":`), failingReader{}))
	return resp, nil
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestARetryIsNotBegunPastTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		err := getBalance(ctx, fakeClient(t, func(*http.Request) (*http.Response, error) {
			return answer(429, `{}`, "Retry-After", "20"), nil
		}))
		var e *APIError
		if !errors.As(err, &e) || e.RetryAfter != 20*time.Second {
			t.Errorf("error is %v, want the 429 with its 20 s", err)
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("waited %s for a retry that could not be", took)
		}
	})
}

func TestTheWaitForARetryEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		begin := time.Now()
		err := getBalance(ctx, fakeClient(t, func(*http.Request) (*http.Response, error) {
			return answer(429, `{}`, "Retry-After", "20"), nil
		}))
		if err == nil || time.Since(begin) != 2*time.Second {
			t.Errorf("ended after %s with %v, want 2s and an error", time.Since(begin), err)
		}
	})
}

func TestBackoffGrowsToItsCapAndVaries(t *testing.T) {
	t.Parallel()
	for retry := 1; retry < 100; retry++ {
		full := min(backoffBase<<min(retry-1, 4), backoffCap)
		if d := backoff(retry); d < full/2 || d >= full {
			t.Errorf("retry %d waits %s, want [%s, %s)", retry, d, full/2, full)
		}
	}
	waits := map[time.Duration]bool{}
	for range 20 {
		waits[backoff(8)] = true
	}
	if len(waits) == 1 {
		t.Error("twenty waits are equal: there is no jitter")
	}
}

func TestTheErrorBudgetIsNotUsedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := fakeClient(t, func(*http.Request) (*http.Response, error) {
			sent++
			return answer(400, `{"error":"Invalid request parameters"}`), nil
		})
		for range 50 {
			if err := getBalance(t.Context(), c); err == nil {
				t.Fatal("no error")
			}
		}
		if sent != errorBudgetSize {
			t.Errorf("%d refused requests were sent within a moment, want %d", sent, errorBudgetSize)
		}
		err := getBalance(t.Context(), c)
		var e *APIError
		if !errors.As(err, &e) || !errors.Is(err, ErrRateLimit) || e.RetryAfter != errorBudgetWindow {
			t.Errorf("error is %v, want a local ErrRateLimit for %s", err, errorBudgetWindow)
		}
		time.Sleep(errorBudgetWindow)
		if err := getBalance(t.Context(), c); !errors.Is(err, ErrInvalidRequest) || sent != errorBudgetSize+1 {
			t.Errorf("after the window: %v with %d sent, want the server to be asked again", err, sent)
		}
	})
}

func TestAnAnswerWithoutEndIsNotSwallowed(t *testing.T) {
	t.Parallel()
	c := fakeClient(t, func(*http.Request) (*http.Response, error) {
		resp := answer(200, "")
		resp.Body = io.NopCloser(endless{})
		return resp, nil
	})
	if err := getBalance(t.Context(), c); !errors.Is(err, ErrServer) || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("error is %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestMetaIsReadable(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	c := fakeClient(t, func(*http.Request) (*http.Response, error) {
		return answer(200, balanceBody,
			"CF-RAY", "8f3a-AMS",
			"x-venice-version", "20260821.193530",
			"Date", now.Format(http.TimeFormat),
			"x-ratelimit-remaining", "47",
			"x-ratelimit-resets", "1783555200000",
			"x-ratelimit-limit-requests", "500",
			"x-ratelimit-remaining-requests", "499",
			"x-ratelimit-reset-requests", "1783555201",
			"x-venice-balance-usd", "1.31",
			"x-venice-balance-diem", "174.046883"), nil
	})
	balance, err := c.Billing.GetBalance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := balance.Meta
	if m.RequestID != "8f3a-AMS" || m.Version != "20260821.193530" || !m.Date.Equal(now) {
		t.Errorf("meta is %+v", m)
	}
	if m.BalanceUSD.Decimal.String() != "1.31" || m.BalanceDIEM.Decimal.String() != "174.046883" {
		t.Errorf("balances are %v and %v", m.BalanceUSD, m.BalanceDIEM)
	}
	l := m.RateLimit
	if *l.Remaining != 47 || *l.LimitRequests != 500 || *l.RemainingRequests != 499 {
		t.Errorf("rate limit is %+v", l)
	}
	reset := time.Date(2026, 7, 9, 0, 0, 0, 0, time.UTC) // 1783555200
	if !l.Resets.Equal(reset) || !l.ResetRequests.Equal(reset.Add(time.Second)) {
		t.Errorf("resets are %s and %s", l.Resets, l.ResetRequests)
	}
}

func TestResetsInSecondsFromNow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	m := readMeta(http.Header{"X-Ratelimit-Resets": {"60"}, "Date": {now.Format(http.TimeFormat)}}, now.Add(time.Hour))
	if want := now.Add(time.Minute); !m.RateLimit.Resets.Equal(want) {
		t.Errorf("resets at %s, want %s by the server's clock", m.RateLimit.Resets, want)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"0", "30", "-1", "1e3", "9999999999999", "Wed, 16 Sep 2026 00:00:00 GMT", "NaN", ""} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, after, resets string) {
		resp := &response{status: 429, header: http.Header{"Retry-After": {after}, "X-Ratelimit-Resets": {resets}}}
		resp.meta = readMeta(resp.header, time.Now())
		if d := retryAfter(resp, time.Now()); d < 0 {
			t.Errorf("%q, %q: wait is %s", after, resets, d)
		}
	})
}
