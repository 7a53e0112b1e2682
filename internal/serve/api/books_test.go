package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/api"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// The clock of the tests stands still.
var noon = time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC)

func clock() time.Time { return noon }

const root = "/api/v1/billing/"

var everybody = access.Viewer{Name: "test"}

// simulated is a Venice server with a ledger of all sorts of entries.
func simulated(t testing.TB, seed uint64) *venicetest.Server {
	t.Helper()
	s := venicetest.NewServer(t, venicetest.Config{
		Seed: seed, Entries: 700, Days: 40, Now: clock, Legacy: true, NoLimits: true,
	})
	tie := time.Date(2026, 2, 14, 7, 0, 0, 0, time.UTC) // also the border of an hour
	odd := []venicetest.Entry{
		{Timestamp: tie.Add(-time.Millisecond), Currency: "VCU", Amount: "-0.10", Units: "1", PricePerUnitUSD: "0.01"},
		{Timestamp: tie, Currency: "EARNED_CREDITS", Amount: "-4e-9", Units: "1e-6", PricePerUnitUSD: "0.004"},
		{Timestamp: tie, Currency: "MOON", Amount: "-12345678901.5", Units: "10", Notes: "a \"note\",\nof two lines"},
		{Timestamp: tie, Currency: "USD", Amount: "25.00", SKU: "credit-purchase", Notes: "<&> é"},
		{Timestamp: noon.AddDate(-1, 0, 0), Currency: "DIEM", Amount: "-0.5", Units: "1"},
	}
	for i := range 40 { // equal ones among them
		odd = append(odd, venicetest.Entry{Timestamp: tie, Currency: "DIEM", Amount: fmt.Sprintf("-0.0%d", i/2+1), Units: "0.000227"})
	}
	for i := range odd {
		if odd[i].SKU == "" {
			odd[i].SKU = "zai-org-glm-5-1-llm-output-mtoken"
		}
	}
	s.Post(odd...)
	return s
}

// stores are the kinds of books that every answer must be the same from.
var stores = map[string]func(t testing.TB) ledger.Store{
	"memory": func(testing.TB) ledger.Store { return &ledgertest.Memory{} },
	"duckdb": func(t testing.TB) ledger.Store {
		return ledgertest.Opened(duckdb.Open(filepath.Join(t.TempDir(), "ledger.db"), duckdb.Options{}))(t)
	},
	"clickhouse": func(t testing.TB) ledger.Store {
		return ledgertest.Opened(clickhouse.Open(chdbtest.Database(t), ""))(t)
	},
}

// fill reads a server into an account of the books.
func fill(t testing.TB, store ledger.Store, s *venicetest.Server, account string) {
	t.Helper()
	client := connect(t, s.BaseURL, s.AdminKey, s.Transport())
	if _, err := ledger.Sync(t.Context(), store, client.Billing, account, ledger.SyncOptions{Now: clock}); err != nil {
		t.Fatal(err)
	}
}

// books are those of one account, read from a server.
func books(t testing.TB, s *venicetest.Server) ledger.Store {
	t.Helper()
	store := stores["memory"](t)
	fill(t, store, s, "default")
	return store
}

func connect(t testing.TB, baseURL, key string, through http.RoundTripper) *venice.Client {
	t.Helper()
	client, err := venice.NewClient(venice.WithAPIKey(key), venice.WithBaseURL(baseURL), venice.WithMaxRetries(0),
		venice.WithHTTPClient(&http.Client{Transport: through}))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// A server is the handler under test, as one viewer sees it. It holds each of its
// answers to openapi.json.
type server struct {
	t       testing.TB
	handler http.Handler
	viewer  *access.Viewer
}

func serve(t testing.TB, b ledger.Books) server {
	return server{t, api.New(api.Options{Books: b, Now: clock}), &everybody}
}

func (s server) as(viewer *access.Viewer) server {
	s.viewer = viewer
	return s
}

// RoundTrip makes a server what a client can be connected to.
func (s server) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.viewer != nil {
		r = r.WithContext(access.With(r.Context(), *s.viewer))
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	d, err := described()
	if err != nil {
		return nil, err
	}
	if err := d.check(r, w.Code, w.Result().Header, w.Body.Bytes()); err != nil {
		s.t.Errorf("not as described: %v", err)
	}
	return w.Result(), nil
}

// An answer is one of either server.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// get asks a server for a path and query; headers are pairs of a name and a value.
func (s server) get(target string, headers ...string) answer {
	s.t.Helper()
	return ask(s.t, s, http.MethodGet, "http://127.0.0.1"+target, headers...)
}

func ask(t testing.TB, through http.RoundTripper, method, url string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := through.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, body}
}

// truth asks the simulator the same.
func truth(t testing.TB, s *venicetest.Server, target string, headers ...string) answer {
	t.Helper()
	headers = append(headers, "Authorization", "Bearer "+s.AdminKey)
	return ask(t, s.Transport(), http.MethodGet, "http://127.0.0.1"+target, headers...)
}

// decode reads a JSON answer of status 200.
func decode[T any](t testing.TB, a answer) (value T) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if err := json.Unmarshal(a.body, &value); err != nil {
		t.Fatalf("%v in %.200s", err, a.body)
	}
	return value
}

// put makes the books of an account have one entry at each of the instants, which
// are in order, and cover what is between them.
func put(t testing.TB, store ledger.Store, account string, instants ...time.Time) {
	t.Helper()
	r := ledger.Reading{
		Window: ledger.Window{Start: instants[0], End: instants[len(instants)-1].Add(time.Millisecond)},
		ReadAt: noon,
	}
	for _, at := range instants {
		r.Entries = append(r.Entries, venice.UsageEntry{
			Timestamp: at, SKU: account + "-llm-output-mtoken", Currency: venice.DIEM, Amount: decimal.NewFromInt(-1), Units: decimal.NewFromInt(1),
		})
	}
	if _, err := store.Replace(t.Context(), account, []ledger.Reading{r}); err != nil {
		t.Fatal(err)
	}
}
