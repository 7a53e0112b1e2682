package venice

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

const testKey = "VENICE_ADMIN_KEY_secret-of-the-tests"

// A recorder answers requests with a handler and remembers them.
type recorder struct {
	mu       sync.Mutex
	requests []*http.Request
	handle   http.HandlerFunc
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.requests = append(r.requests, req)
	r.mu.Unlock()
	r.handle(w, req)
}

// wireClient is a client of a real server that answers with handle. The base
// URL has a path and a query, which every request must keep.
func wireClient(t *testing.T, handle http.HandlerFunc, options ...Option) (*Client, *recorder) {
	t.Helper()
	rec := &recorder{handle: handle}
	server := httptest.NewServer(rec)
	t.Cleanup(server.Close)
	options = append([]Option{
		WithAPIKey(testKey),
		WithBaseURL(server.URL + "/tenant/api/v1?region=eu"),
		WithHTTPClient(server.Client()),
		WithBackoff(func(int) time.Duration { return 0 }),
	}, options...)
	c, err := NewClient(options...)
	if err != nil {
		t.Fatal(err)
	}
	return c, rec
}

// A fakeTransport answers without a network, so that time can stand still.
type fakeTransport func(*http.Request) (*http.Response, error)

func (f fakeTransport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// fakeClient is a client whose requests go to f.
func fakeClient(t *testing.T, f fakeTransport, options ...Option) *Client {
	t.Helper()
	c, err := NewClient(append([]Option{WithAPIKey(testKey), WithHTTPClient(&http.Client{Transport: f})}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer is a response of the fake transport.
func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1}
}

const (
	balanceBody  = `{"canConsume":true,"consumptionCurrency":"DIEM","balances":{"diem":90.5,"usd":25,"bundledCredits":10,"earnedCredits":null},"diemEpochAllocation":100}`
	emptyHistory = `{"data":[],"nextCursor":null}`
)

// getBalance is the simplest call, for tests of the way there and back.
func getBalance(ctx context.Context, c *Client) error {
	_, err := c.Billing.GetBalance(ctx)
	return err
}

// nullText is a decimal's text, or "" where there is none.
func nullText(d decimal.NullDecimal) string {
	if !d.Valid {
		return ""
	}
	return d.Decimal.String()
}
