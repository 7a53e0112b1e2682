package venice

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEveryStatusAndErrorBody(t *testing.T) {
	t.Parallel()
	const zod = `{"error":"Invalid request parameters","details":{"_errors":[],"pageSize":{"_errors":["Number must be at most 1000"]}},"issues":[{"code":"too_big","path":["pageSize"],"message":"Number must be at most 1000"},{"code":"unrecognized_keys","path":["filter",0],"message":"Unrecognized key"}]}`
	const x402 = `{"x402Version":2,"error":"Authentication required","resource":{"url":"u"},"accepts":[],"authOptions":{}}`
	for name, test := range map[string]struct {
		status int
		body   string
		header []string
		is     error
		want   APIError
		says   []string
	}{
		"zod issues": {400, zod, nil, ErrInvalidRequest,
			APIError{Message: "Invalid request parameters", Issues: []Issue{
				{Code: "too_big", Path: []string{"pageSize"}, Message: "Number must be at most 1000"},
				{Code: "unrecognized_keys", Path: []string{"filter", "0"}, Message: "Unrecognized key"}}},
			[]string{"pageSize: Number must be at most 1000", "filter.0: Unrecognized key"}},
		"details without issues": {400, `{"error":"Invalid request parameters","details":{"_errors":["whole"],"a":{"b":{"_errors":["deep"]}}}}`, nil, ErrInvalidRequest,
			APIError{Message: "Invalid request parameters", Issues: []Issue{{Message: "whole"}, {Path: []string{"a", "b"}, Message: "deep"}}},
			[]string{"a.b: deep"}},
		"details as a sentence": {400, `{"error":"Bad","details":"endDate is before startDate"}`, nil, ErrInvalidRequest,
			APIError{Message: "Bad", Issues: []Issue{{Message: "endDate is before startDate"}}}, []string{"endDate is before startDate"}},
		"wrong key": {401, `{"error":"Authentication failed"}`, nil, ErrAuthentication,
			APIError{Message: "Authentication failed"}, []string{"wrong, revoked or expired", "VENICE_API_KEY"}},
		"inference key": {401, `{"error":"Admin API key required"}`, nil, ErrAuthentication,
			APIError{Message: "Admin API key required"}, []string{"INFERENCE key", "ADMIN key"}},
		"no key": {402, x402, []string{"PAYMENT-REQUIRED", "e30="}, ErrAuthentication,
			APIError{Message: "no API key reached Venice (Authentication required)"}, []string{"no API key reached Venice"}},
		"payment": {402, `{"error":"API key USD spend limit exceeded.","code":"API_KEY_USD_SPEND_LIMIT_EXCEEDED"}`, nil, ErrAuthentication,
			APIError{Message: "API key USD spend limit exceeded.", Code: "API_KEY_USD_SPEND_LIMIT_EXCEEDED"}, nil},
		"forbidden": {403, `{"error":"API access disabled"}`, nil, ErrPermissionDenied, APIError{Message: "API access disabled"}, nil},
		"not found": {404, `{"error":"Not found"}`, nil, ErrInvalidRequest, APIError{Message: "Not found"}, []string{"check the base URL"}},
		"gone": {410, `{"error":"Use /api/v1/billing/usage-history"}`, []string{
			"Link", `</api/v1/billing/usage-history>; rel="successor-version", <https://docs.venice.ai/x>; rel="deprecation"; type="text/html"`,
			"Sunset", "Wed, 16 Sep 2026 00:00:00 GMT"}, ErrGone,
			APIError{Message: "Use /api/v1/billing/usage-history", Successor: "/api/v1/billing/usage-history"},
			[]string{"its successor is /api/v1/billing/usage-history"}},
		"rate limit": {429, `{"error":"Rate limit exceeded"}`, []string{"Retry-After", "600"}, ErrRateLimit,
			APIError{Message: "Rate limit exceeded", RetryAfter: 10 * time.Minute}, []string{"try again in 10m"}},
		"object of another family": {500, `{"error":{"message":"boom","type":"server_error","param":null,"code":"UNKNOWN_ERROR"}}`, nil, ErrServer,
			APIError{Message: "boom", Code: "UNKNOWN_ERROR"}, []string{"try again later"}},
		"page of a proxy": {502, "<html>\n<h1>Bad \x1b[31mgateway</h1></html>", []string{"Content-Type", "text/html"}, ErrServer,
			APIError{Message: "a page of HTML instead of an answer"}, nil},
		"text of a proxy": {502, "upstream \x1b[31mgone\r\n", []string{"Content-Type", "text/plain"}, ErrServer,
			APIError{Message: "upstream [31mgone"}, nil},
		"nothing":           {503, ``, nil, ErrServer, APIError{}, []string{"503 server error; try again later"}},
		"gateway timeout":   {504, `{"error":"Query timed out"}`, nil, ErrServer, APIError{Message: "Query timed out"}, []string{"at least a day"}},
		"array":             {500, `[1,2]`, nil, ErrServer, APIError{Message: "[1,2]"}, nil},
		"wrong types":       {500, `{"error":7,"code":7,"issues":"x"}`, nil, ErrServer, APIError{}, nil},
		"control sequences": {403, `{"error":"a\u001b]0;b\u0007\nc\u202ed"}`, nil, ErrPermissionDenied, APIError{Message: "a ]0;b c d"}, nil},
		"unknown 4xx":       {418, `{"error":"teapot"}`, nil, ErrInvalidRequest, APIError{Message: "teapot"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := fakeClient(t, func(*http.Request) (*http.Response, error) {
				return answer(test.status, test.body, append([]string{"CF-RAY", "8f3a-AMS", "x-ratelimit-remaining", "3"}, test.header...)...), nil
			}, WithMaxRetries(0))
			err := getBalance(t.Context(), c)
			var e *APIError
			if !errors.As(err, &e) || !errors.Is(err, test.is) {
				t.Fatalf("error is %v, want %v", err, test.is)
			}
			got := APIError{Message: e.Message, Code: e.Code, Issues: e.Issues, RetryAfter: e.RetryAfter, Successor: e.Successor}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(), ignoreUnexported); diff != "" {
				t.Errorf("error differs (-want +got):\n%s", diff)
			}
			if e.StatusCode != test.status || e.RequestID != "8f3a-AMS" || e.Path != "billing/balance" || *e.RateLimit.Remaining != 3 || string(e.Body) != test.body {
				t.Errorf("error is %+v", e)
			}
			for _, s := range append(test.says, "GET /billing/balance: "+fmt.Sprint(test.status), "8f3a-AMS") {
				if !strings.Contains(err.Error(), s) && test.body != "" {
					t.Errorf("the error does not say %q: %v", s, err)
				}
			}
			if strings.ContainsFunc(err.Error(), func(c rune) bool { return c < ' ' }) {
				t.Errorf("the error has control characters: %q", err)
			}
			for _, other := range []error{ErrInvalidRequest, ErrAuthentication, ErrPermissionDenied, ErrRateLimit, ErrGone, ErrServer, ErrTimeout, ErrConnection, ErrCursor} {
				if other != test.is && errors.Is(err, other) {
					t.Errorf("the error is also %v", other)
				}
			}
		})
	}
}

var ignoreUnexported = cmp.FilterPath(func(p cmp.Path) bool {
	field, ok := p.Last().(cmp.StructField)
	return ok && 'a' <= field.Name()[0] && field.Name()[0] <= 'z'
}, cmp.Ignore())

func TestALongErrorBodyIsCut(t *testing.T) {
	t.Parallel()
	c := fakeClient(t, func(*http.Request) (*http.Response, error) {
		return answer(403, strings.Repeat("<p>", 1<<20)), nil
	})
	err := getBalance(t.Context(), c)
	var e *APIError
	if !errors.As(err, &e) || len(e.Body) != maxErrorBody || len(err.Error()) > 600 {
		t.Errorf("body is %d bytes, text %d", len(e.Body), len(err.Error()))
	}
}

func TestARefusedCursorSaysToStartAgain(t *testing.T) {
	t.Parallel()
	c := fakeClient(t, func(*http.Request) (*http.Response, error) {
		return answer(400, `{"error":"Invalid or expired cursor; restart from the first page"}`), nil
	})
	_, err := c.Billing.GetUsageHistory(t.Context(), UsageHistoryParams{Cursor: "abc"})
	if !errors.Is(err, ErrCursor) || !errors.Is(err, ErrInvalidRequest) {
		t.Errorf("error is %v, want ErrCursor", err)
	}
	if _, err := c.Billing.GetUsageHistory(t.Context(), UsageHistoryParams{}); errors.Is(err, ErrCursor) {
		t.Errorf("without a cursor it is not the cursor's fault: %v", err)
	}
}

func TestAConnectionFaultKeepsItsCauseAndHidesTheQuery(t *testing.T) {
	t.Parallel()
	fault := errors.New("connection refused")
	c := fakeClient(t, func(*http.Request) (*http.Response, error) { return nil, fault }, WithMaxRetries(0))
	_, err := c.Billing.GetUsageHistory(t.Context(), UsageHistoryParams{Cursor: "opaque"})
	if !errors.Is(err, ErrConnection) || !errors.Is(err, fault) || strings.Contains(err.Error(), "opaque") {
		t.Errorf("error is %v", err)
	}
}
