package venicetest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func TestStatusesByKey(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	bearer := func(key string) []string { return []string{"Authorization", "Bearer " + key} }
	tests := []struct {
		name, method, path string
		header             []string
		status             int
		message            string
	}{
		{"admin", "GET", "balance", bearer(s.AdminKey), 200, ""},
		{"admin, history", "GET", "usage-history", bearer(s.AdminKey), 200, ""},
		{"admin, analytics", "GET", "usage-analytics", bearer(s.AdminKey), 200, ""},
		{"inference", "GET", "balance", bearer(s.InferenceKey), 401, "Admin API key required"},
		{"inference, history", "GET", "usage-history", bearer(s.InferenceKey), 401, "Admin API key required"},
		{"inference, analytics", "GET", "usage-analytics", bearer(s.InferenceKey), 401, "Admin API key required"},
		{"revoked", "GET", "balance", bearer(s.RevokedKey), 401, "Authentication failed"},
		{"made up", "GET", "balance", bearer("VENICE_ADMIN_KEY_x"), 401, "Authentication failed"},
		{"without the prefix", "GET", "balance", bearer(strings.TrimPrefix(s.AdminKey, "VENICE_ADMIN_KEY_")), 401, "Authentication failed"},
		{"other scheme", "GET", "balance", []string{"Authorization", "Basic " + s.AdminKey}, 401, "Authentication failed"},
		{"none", "GET", "balance", nil, 402, "Authentication required"},
		{"none, history", "GET", "usage-history", nil, 402, "Authentication required"},
		{"none, analytics", "GET", "usage-analytics", nil, 402, "Authentication required"},
		{"retired, admin", "GET", "usage", bearer(s.AdminKey), 410, ""},
		{"retired, inference", "GET", "usage", bearer(s.InferenceKey), 410, ""},
		{"retired, none", "GET", "usage?nonsense=1", nil, 410, ""},
		{"head", "HEAD", "balance", bearer(s.AdminKey), 405, ""},
		{"post", "POST", "usage-history", bearer(s.AdminKey), 405, ""},
		{"unknown route", "GET", "nothing", bearer(s.AdminKey), 404, ""},
	}
	rays := make(map[string]bool)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := send(t, test.method, s.BaseURL+"/billing/"+test.path, test.header...)
			if got.status != test.status {
				t.Fatalf("status %d, want %d: %s", got.status, test.status, got.body)
			}
			if test.status >= 400 && test.method != "HEAD" {
				var body struct{ Error string }
				if err := json.Unmarshal(got.body, &body); err != nil {
					t.Fatal(err)
				}
				if body.Error == "" || test.message != "" && body.Error != test.message {
					t.Errorf("error %q, want %q", body.Error, test.message)
				}
			}
			for _, name := range []string{"Cf-Ray", "X-Venice-Version", "X-Ratelimit-Remaining", "X-Ratelimit-Resets"} {
				if got.header.Get(name) == "" {
					t.Errorf("header %s is missing", name)
				}
			}
			if date := got.header.Get("Date"); date != "Wed, 18 Nov 2026 12:00:00 GMT" {
				t.Errorf("Date %q is not the server's clock", date)
			}
			if ray := got.header.Get("Cf-Ray"); rays[ray] {
				t.Errorf("CF-RAY %s was used before", ray)
			} else {
				rays[ray] = true
			}
		})
	}
}

func TestPaymentRequiredHeaderIsTheBody(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	got := send(t, "GET", s.BaseURL+"/billing/balance")
	header, err := base64.StdEncoding.DecodeString(got.header.Get("PAYMENT-REQUIRED"))
	if err != nil || string(header) != string(got.body) {
		t.Errorf("PAYMENT-REQUIRED holds %q (%v), want the body", header, err)
	}
	var body struct {
		X402Version int
		AuthOptions struct{ APIKey struct{ Header string } }
	}
	if err := json.Unmarshal(got.body, &body); err != nil || body.X402Version != 2 || body.AuthOptions.APIKey.Header == "" {
		t.Errorf("body %s (%v)", got.body, err)
	}
}

func TestRetiredRoute(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	got := send(t, "GET", s.BaseURL+"/billing/usage")
	for name, want := range map[string]string{
		"Deprecation": "@1783555200",
		"Sunset":      "Wed, 16 Sep 2026 00:00:00 GMT",
		"Link": `</api/v1/billing/usage-history>; rel="successor-version", ` +
			`<https://docs.venice.ai/api-reference/endpoint/billing/usage-history>; rel="deprecation"; type="text/html"`,
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
		}
	}
	for n := 2; n <= 60; n++ {
		if got := send(t, "GET", s.BaseURL+"/billing/usage"); got.status != 410 {
			t.Fatalf("request %d: status %d", n, got.status)
		}
	}
	limited := send(t, "GET", s.BaseURL+"/billing/usage")
	if limited.status != 429 || !strings.Contains(string(limited.body), "usage-history") || limited.header.Get("x-ratelimit-remaining") != "" {
		t.Errorf("request 61: status %d, %v: %s", limited.status, limited.header, limited.body)
	}
	s.Advance(time.Minute)
	if got := send(t, "GET", s.BaseURL+"/billing/usage"); got.status != 410 {
		t.Errorf("a minute later: status %d", got.status)
	}
}

func TestErrorBudget(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	for n := 1; n <= 51; n++ {
		if got := ask(t, s, "usage-history?pageSize=1"); got.status != 400 {
			t.Fatalf("failure %d: status %d", n, got.status)
		}
	}
	got := ask(t, s, "balance")
	if got.status != 429 || !strings.HasPrefix(string(got.body), `{"error":"Too many failed attempts (`) {
		t.Errorf("after 51 failures: status %d: %s", got.status, got.body)
	}
	resets, err := strconv.ParseInt(got.header.Get("x-ratelimit-resets"), 10, 64)
	if err != nil || got.header.Get("x-ratelimit-remaining") != "0" || resets != noon.Add(30*time.Second).UnixMilli() {
		t.Errorf("x-ratelimit-remaining %q, x-ratelimit-resets %q", got.header.Get("x-ratelimit-remaining"), got.header.Get("x-ratelimit-resets"))
	}
	if got := send(t, "GET", s.BaseURL+"/billing/balance", "Authorization", "Bearer "+s.InferenceKey); got.status != 401 {
		t.Errorf("another key: status %d, want its own answer", got.status)
	}
	s.Advance(30 * time.Second)
	if got := ask(t, s, "balance"); got.status != 200 || got.header.Get("x-ratelimit-remaining") != "50" {
		t.Errorf("30 seconds later: status %d, %v", got.status, got.header)
	}
}

func TestNoLimits(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{NoLimits: true})
	for range 70 {
		if got := ask(t, s, "usage"); got.status != 410 {
			t.Fatalf("status %d", got.status)
		}
	}
	if got := ask(t, s, "balance"); got.status != 200 || got.header.Get("x-ratelimit-remaining") != "50" {
		t.Errorf("status %d, %v", got.status, got.header)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	tests := map[string]venicetest.Config{
		"listens beyond loopback": {Addr: "0.0.0.0:0"},
		"listens on all":          {Addr: ":0"},
		"entries and ledger":      {Entries: 1, Ledger: []venicetest.Entry{debit(1, "USD", "-1")}},
		"negative entries":        {Entries: -1},
		"negative days":           {Days: -1},
		"amount no number":        {Ledger: []venicetest.Entry{{Timestamp: noon, Amount: "1,5"}}},
		"amount quoted":           {Ledger: []venicetest.Entry{{Timestamp: noon, Amount: `"1"`}}},
		"no timestamp":            {Ledger: []venicetest.Entry{{Amount: "1"}}},
		"unknown dialect":         {CSV: 7},
		"unknown fault":           {Faults: []venicetest.Fault{{Kind: "smoke"}}},
		"unknown route":           {Faults: []venicetest.Fault{{Kind: venicetest.FaultHang, Route: "chat"}}},
	}
	for name, cfg := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if s, err := venicetest.Start(cfg); err == nil {
				s.Close()
				t.Error("want an error")
			}
		})
	}
}

func TestRequestsAreRecorded(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	ask(t, s, "balance")
	send(t, "GET", s.BaseURL+"/billing/usage-history?pageSize=10", "Authorization", "Bearer "+s.InferenceKey)
	got := s.Requests()
	want := []venicetest.Request{
		{Method: "GET", Path: "/api/v1/billing/balance", Status: 200, Key: venicetest.KeyAdmin},
		{Method: "GET", Path: "/api/v1/billing/usage-history", Query: "pageSize=10", Status: 401, Key: venicetest.KeyInference},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] || s.RequestCount() != 2 {
		t.Errorf("requests %+v, count %d", got, s.RequestCount())
	}
	s.ResetRequests()
	if len(s.Requests()) != 0 || s.RequestCount() != 0 {
		t.Error("requests are remembered after ResetRequests")
	}
}

func TestRequestsAreBounded(t *testing.T) {
	t.Parallel()
	s, err := venicetest.New(venicetest.Config{NoLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for n := range 10_003 {
		r, err := http.NewRequest("GET", "/api/v1/billing/x?n="+strconv.Itoa(n), nil)
		if err != nil {
			t.Fatal(err)
		}
		s.ServeHTTP(discard{}, r)
	}
	got := s.Requests()
	if len(got) != 10_000 || s.RequestCount() != 10_003 {
		t.Fatalf("%d requests remembered of %d", len(got), s.RequestCount())
	}
	if got[0].Query != "n=3" || got[9999].Query != "n=10002" || got[9999].Status != 404 {
		t.Errorf("first %+v, last %+v", got[0], got[9999])
	}
}

// discard is a ResponseWriter for answers that nobody reads.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func TestLatencyEndsWithTheClient(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Latency: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", s.BaseURL+"/billing/balance", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := exchange(t, r); err == nil {
		t.Errorf("answered %d", got.status)
	}
	s.Close()
}

func TestClosedServerRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	s.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.BaseURL+"/billing/balance", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exchange(t, r); err == nil {
		t.Error("a closed server answered")
	}
	s.Close()
}
