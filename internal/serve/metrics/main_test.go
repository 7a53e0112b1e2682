package metrics_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/metrics"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// now is the instant of all tests.
var now = time.Date(2026, 3, 10, 15, 30, 0, 0, time.UTC)

func clock() time.Time { return now }

var everybody = access.Viewer{}

// account is a simulated account with usage up to now.
func account(t *testing.T, seed uint64, entries int) *venicetest.Server {
	t.Helper()
	s, err := venicetest.New(venicetest.Config{Seed: seed, Entries: entries, Now: clock, NoLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// sync brings the books of an account up to now.
func sync(t *testing.T, store ledger.Store, s *venicetest.Server, account string, transport http.RoundTripper) {
	t.Helper()
	client, err := venice.NewClient(venice.WithAPIKey(s.AdminKey), venice.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Sync(t.Context(), store, client.Billing, account, ledger.SyncOptions{Now: clock, Full: true}); err != nil {
		t.Fatal(err)
	}
}

// put has the books cover a day with some entries of an account.
func put(t *testing.T, store ledger.Store, account string, entries ...venice.UsageEntry) {
	t.Helper()
	reading := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: now}, Entries: entries, ReadAt: now}
	if _, err := store.Replace(t.Context(), account, []ledger.Reading{reading}); err != nil {
		t.Fatal(err)
	}
}

// entry is one that was recorded some time ago.
func entry(ago time.Duration, sku, units, amount string, currency venice.Currency) venice.UsageEntry {
	return venice.UsageEntry{Timestamp: now.Add(-ago), SKU: sku, Units: decimal.RequireFromString(units),
		Amount: decimal.RequireFromString(amount), Currency: currency}
}

// books are metrics of a store, and of nothing else.
func books(store ledger.Books) *metrics.Metrics {
	return metrics.New(metrics.Options{Books: store, Now: clock, Version: "v1.2.3"})
}

// seenBy lets a viewer in.
func seenBy(v access.Viewer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(access.With(r.Context(), v)))
	})
}

// scrape is what a viewer sees.
func scrape(t *testing.T, m *metrics.Metrics, v access.Viewer) string {
	t.Helper()
	w := httptest.NewRecorder()
	seenBy(v, m.Handler()).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, body)
	}
	return string(body)
}

// samples are the series of a scrape and their values, as Prometheus would read
// them: names as in `up{a="b"}`.
func samples(t *testing.T, text string) map[string]float64 {
	t.Helper()
	all := map[string]float64{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, number, _ := strings.Cut(line, "} ")
		if number == "" {
			name, number, _ = strings.Cut(line, " ")
		} else {
			name += "}"
		}
		value, err := strconv.ParseFloat(number, 64)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if _, twice := all[name]; twice {
			t.Fatalf("%s is there twice", name)
		}
		all[name] = value
	}
	return all
}

// of keeps the series of one metric.
func of(all map[string]float64, metric string) map[string]float64 {
	found := map[string]float64{}
	for name, value := range all {
		if name == metric || strings.HasPrefix(name, metric+"{") {
			found[name] = value
		}
	}
	return found
}

// want compares some of the series with what they must be.
func want(t *testing.T, all map[string]float64, expected map[string]float64) {
	t.Helper()
	for name, value := range expected {
		if got, ok := all[name]; !ok || got != value {
			t.Errorf("%s is %s, want %v", name, shown(got, ok), value)
		}
	}
}

func shown(value float64, ok bool) string {
	if !ok {
		return "missing"
	}
	return fmt.Sprint(value)
}
