package metrics_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/metrics"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// TestRequestsToVenice has a real client ask a simulator that fails now and then.
func TestRequestsToVenice(t *testing.T) {
	t.Parallel()
	simulated := account(t, 1, 25)
	m := books(&ledgertest.Memory{})
	client, err := venice.NewClient(venice.WithAPIKey(simulated.AdminKey), venice.WithMaxRetries(0),
		venice.WithHTTPClient(&http.Client{Transport: m.Transport(simulated.Transport())}))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range []string{"", "", "503", "reset", "cut-body"} {
		faults, err := venicetest.ParseFaults(fault)
		if err != nil {
			t.Fatal(err)
		}
		simulated.SetFaults(faults...)
		_, err = client.Billing.GetBalance(t.Context())
		if (err != nil) != (fault != "") {
			t.Errorf("with the fault %q: %v", fault, err)
		}
	}
	simulated.SetFaults()
	for _, err := range client.Billing.IterUsageHistory(t.Context(), venice.UsageHistoryParams{PageSize: 10}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	all := samples(t, scrape(t, m, everybody))
	if diff := cmp.Diff(map[string]float64{
		`ducat_venice_requests_total{code="200",route="/billing/balance"}`:       2,
		`ducat_venice_requests_total{code="503",route="/billing/balance"}`:       1,
		`ducat_venice_requests_total{code="none",route="/billing/balance"}`:      2,
		`ducat_venice_requests_total{code="200",route="/billing/usage-history"}`: 3,
	}, of(all, "ducat_venice_requests_total")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type body struct {
	io.Reader
	closed *bool
}

func (b body) Close() error {
	*b.closed = true
	return nil
}

// slow passes time while it is read.
type slow struct {
	io.Reader
	pass func()
}

func (s slow) Read(p []byte) (int, error) {
	s.pass()
	return s.Reader.Read(p)
}

func TestTimeOfARequestToVenice(t *testing.T) {
	t.Parallel()
	at := now
	m := metrics.New(metrics.Options{Books: &ledgertest.Memory{}, Now: func() time.Time { return at }})
	ask := func(path string, next roundTrip) (*http.Response, error) {
		t.Helper()
		return m.Transport(next).RoundTrip(httptest.NewRequestWithContext(t.Context(), "GET", "https://venice.test"+path, nil))
	}
	var closed bool
	answer := func(status int, text io.Reader) roundTrip {
		return func(*http.Request) (*http.Response, error) {
			at = at.Add(time.Second) // until the header is there
			return &http.Response{StatusCode: status, Body: body{text, &closed}}, nil
		}
	}
	// Read to its end, in three reads of 2 s; closed long after, which counts no more.
	resp, err := ask("/api/v1/billing/balance", answer(200, slow{strings.NewReader("ab"), func() { at = at.Add(2 * time.Second) }}))
	if err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	for range 3 {
		if _, err = resp.Body.Read(one); err != nil {
			break
		}
	}
	at = at.Add(time.Hour)
	if closing := resp.Body.Close(); !errors.Is(err, io.EOF) || closing != nil || !closed {
		t.Errorf("read %v, close %v, closed %t", err, closing, closed)
	}
	// Closed unread, with a status that there is not, of a route that is none.
	resp, err = ask("/api/v1/keys/secret-key-1", answer(799, strings.NewReader("x")))
	if err != nil || resp.Body.Close() != nil {
		t.Fatal(err)
	}
	// No answer at all.
	resp, err = ask("/other/base/billing/usage", func(*http.Request) (*http.Response, error) {
		at = at.Add(10 * time.Second)
		return nil, context.DeadlineExceeded
	})
	if resp != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("answer %v, error %v", resp, err)
	}
	text := scrape(t, m, everybody)
	if strings.Contains(text, "secret-key") {
		t.Error("a path became a label")
	}
	all := samples(t, text)
	want(t, all, map[string]float64{
		`ducat_venice_requests_total{code="200",route="/billing/balance"}`:      1,
		`ducat_venice_requests_total{code="unknown",route="(other)"}`:           1,
		`ducat_venice_requests_total{code="none",route="/billing/usage"}`:       1,
		`ducat_venice_request_duration_seconds_sum{route="/billing/balance"}`:   7,
		`ducat_venice_request_duration_seconds_count{route="/billing/balance"}`: 1,
		`ducat_venice_request_duration_seconds_sum{route="(other)"}`:            1,
		`ducat_venice_request_duration_seconds_sum{route="/billing/usage"}`:     10,
	})
}
