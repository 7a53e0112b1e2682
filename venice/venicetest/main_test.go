package venicetest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// response is an answer read to its end.
type response struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a GET with the ADMIN key to a billing route.
func ask(t testing.TB, s *venicetest.Server, pathAndQuery string, header ...string) response {
	t.Helper()
	return send(t, http.MethodGet, s.BaseURL+"/billing/"+pathAndQuery, append([]string{"Authorization", "Bearer " + s.AdminKey}, header...)...)
}

func send(t testing.TB, method, address string, header ...string) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := exchange(t, r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// exchange uses a transport of its own, follows no redirect, and reports a body
// that ends early.
func exchange(t testing.TB, r *http.Request) (response, error) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, body}, err
}

// The structs of the tests are their own, so that they do not share a mistake with
// the server.
type wireRow struct {
	Timestamp string       `json:"timestamp"`
	SKU       string       `json:"sku"`
	Price     json.Number  `json:"pricePerUnitUsd"`
	Units     json.Number  `json:"units"`
	Amount    json.Number  `json:"amount"`
	Currency  string       `json:"currency"`
	Notes     string       `json:"notes"`
	Details   *wireDetails `json:"inferenceDetails"`
}

type wireDetails struct {
	RequestID  string `json:"requestId"`
	Time       *int64 `json:"inferenceExecutionTime"`
	Prompt     *int64 `json:"promptTokens"`
	Completion *int64 `json:"completionTokens"`
}

func (w wireRow) String() string {
	line := fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s", w.Timestamp, w.SKU, w.Price, w.Units, w.Amount, w.Currency, w.Notes)
	if d := w.Details; d != nil {
		line += fmt.Sprintf("|%s|%s|%s|%s", d.RequestID, nullable(d.Time), nullable(d.Prompt), nullable(d.Completion))
	}
	return line
}

func nullable(n *int64) string {
	if n == nil {
		return "null"
	}
	return strconv.FormatInt(*n, 10)
}

// truth is the ledger in the form of wireRow.String.
func truth(entries []venicetest.Entry) []string {
	lines := make([]string, len(entries))
	for i, e := range entries {
		w := wireRow{
			Timestamp: e.Timestamp.UTC().Format("2006-01-02T15:04:05.000Z"), SKU: e.SKU,
			Price: json.Number(e.PricePerUnitUSD), Units: json.Number(e.Units), Amount: json.Number(e.Amount),
			Currency: e.Currency, Notes: e.Notes,
		}
		if d := e.InferenceDetails; d != nil {
			w.Details = &wireDetails{d.RequestID, d.InferenceExecutionTime, d.PromptTokens, d.CompletionTokens}
		}
		lines[i] = w.String()
	}
	return lines
}

type historyPage struct {
	Data       []wireRow `json:"data"`
	NextCursor *string   `json:"nextCursor"`
}

func decode(t testing.TB, body []byte, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("decode %.300s: %v", body, err)
	}
}

func askPage(t testing.TB, s *venicetest.Server, query string) historyPage {
	t.Helper()
	got := ask(t, s, "usage-history?"+query)
	if got.status != http.StatusOK {
		t.Fatalf("usage-history?%s: status %d: %s", query, got.status, got.body)
	}
	var page historyPage
	decode(t, got.body, &page)
	return page
}

// walk reads the history to its end and calls between after each page.
func walk(t testing.TB, s *venicetest.Server, query string, between func(page int)) []string {
	t.Helper()
	var lines []string
	for n := 1; ; n++ {
		page := askPage(t, s, query)
		for _, row := range page.Data {
			lines = append(lines, row.String())
		}
		if page.NextCursor == nil {
			return lines
		}
		if n > 10_000 {
			t.Fatal("the walk does not end")
		}
		if between != nil {
			between(n)
		}
		query = "cursor=" + url.QueryEscape(*page.NextCursor)
	}
}

// noon is the fixed instant of tests that look at days: a Wednesday.
var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

func fixed(at time.Time) func() time.Time { return func() time.Time { return at } }

func start(t testing.TB, cfg venicetest.Config) *venicetest.Server {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = fixed(noon)
	}
	return venicetest.NewServer(t, cfg)
}

// debit is a row of usage, minutes before noon.
func debit(minutes int, currency, amount string) venicetest.Entry {
	return venicetest.Entry{
		Timestamp: noon.Add(-time.Duration(minutes) * time.Minute), SKU: "venice-sd35-image-unit",
		PricePerUnitUSD: amount[1:], Units: "1", Amount: amount, Currency: currency, Notes: "API Inference",
	}
}
