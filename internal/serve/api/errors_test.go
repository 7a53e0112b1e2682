package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/api"
)

// TestRefusalsAreThoseOfVenice asks both the same wrong questions.
func TestRefusalsAreThoseOfVenice(t *testing.T) {
	t.Parallel()
	sim := simulated(t, 6)
	s := serve(t, books(t, sim))
	for _, target := range []string{
		"balance?x=1", "balance?b=1&a=2", "balance?%zz",
		"usage?currency=EARNED_CREDITS", "usage?currency=usd", "usage?currency=USD&currency=DIEM", "usage?currency=",
		"usage?limit=0", "usage?limit=501", "usage?limit=x", "usage?limit=1e2", "usage?limit=", "usage?limit=9999999999999999999",
		"usage?page=0", "usage?page=-1", "usage?page=2147483648", "usage?sortOrder=up", "usage?page=1&page=2",
		"usage?startDate=2026-01-01", "usage?startDate=2026-01-01T00:00:00%2B01:00", "usage?startDate=2026-02-30T00:00:00Z",
		"usage?startDate=2026-01-01T00:00:00.00000000000000000000000Z", "usage?startDate=2026-01-01t00:00:00z",
		"usage?startDate=2026-01-02T00:00:00Z&endDate=2026-01-02T00:00:00Z", "usage?startDate=2026-01-02T00:00:00Z&endDate=2026-01-01T00:00:00Z",
		"usage?endDate=1960-01-01T00:00:00Z", "usage?startDate=2026-01-01T00:00:00.0001Z&endDate=2026-01-01T00:00:00.0009Z",
		"usage?startTimestamp=2026-01-01T00:00:00Z", "usage?limit=0&page=0&sortOrder=&zzz=&aaa=",
		"usage-history?currency=VCU", "usage-history?pageSize=9", "usage-history?pageSize=1001", "usage-history?pageSize=ten",
		"usage-history?endTimestamp=2026-01-01T00:00:00Z&startTimestamp=2026-01-01T00:00:00Z",
		"usage-history?cursor=", "usage-history?cursor=a.b", "usage-history?cursor=abc", "usage-history?cursor=abc&cursor=abc",
		"usage-history?cursor=abc&pageSize=10", "usage-history?cursor=abc&x=1", "usage-history?cursor=" + strings.Repeat("a", 512),
		"usage-history?cursor=" + strings.Repeat("a", 513), "usage-history?limit=10",
		"usage-analytics?lookback=0d", "usage-analytics?lookback=7", "usage-analytics?lookback=", "usage-analytics?lookback=" + strings.Repeat("9", 20) + "d",
		"usage-analytics?startDate=2026-13-01", "usage-analytics?startDate=2026-02-02&endDate=2026-02-01",
		"usage-analytics?startDate=2026-02-02T00:00:00Z&endDate=2026-02-03", "usage-analytics?days=7",
		"nothing", "", "usage/",
	} {
		want, got := truth(t, sim, root+target), s.get(root+target)
		if want.status < 400 {
			t.Errorf("%s: Venice has nothing against it", target)
		}
		if got.status != want.status {
			t.Errorf("%s: status %d, want %d: %s", target, got.status, want.status, got.body)
		}
		var wantBody, gotBody any
		if err := errors.Join(json.Unmarshal(want.body, &wantBody), json.Unmarshal(got.body, &gotBody)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wantBody, gotBody); diff != "" {
			t.Errorf("%s: %s", target, diff)
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	s := serve(t, books(t, simulated(t, 6)))
	for _, path := range []string{root + "balance", root + "usage", root + "usage-history", root + "usage-analytics", "/openapi.json"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			if a := ask(t, s, method, "http://127.0.0.1"+path); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, allowed %q", method, path, a.status, a.header.Get("Allow"))
			}
		}
		get, head := s.get(path), ask(t, s, http.MethodHead, "http://127.0.0.1"+path)
		if head.status != http.StatusOK || len(head.body) != 0 || head.header.Get("Content-Length") != strconv.Itoa(len(get.body)) {
			t.Errorf("HEAD %s: %d, %d bytes, says %s of %d", path, head.status, len(head.body), head.header.Get("Content-Length"), len(get.body))
		}
		if diff := cmp.Diff(get.header, head.header); diff != "" {
			t.Errorf("HEAD %s: %s", path, diff)
		}
	}
}

// failing are books that cannot be asked; what they say must stay inside.
type failing struct {
	ledger.Books
	version, answer error
}

func (f failing) Version(context.Context) (string, error) { return "1", f.version }
func (f failing) Accounts(context.Context) ([]string, error) {
	return []string{"default"}, nil
}
func (f failing) Coverage(context.Context, ...string) (map[string]ledger.Coverage, error) {
	return nil, f.answer
}
func (f failing) LastBalances(context.Context, ...string) (map[string]ledger.BalanceAt, error) {
	return nil, f.answer
}

func TestBooksThatCannotAnswer(t *testing.T) {
	t.Parallel()
	place := errors.New("/secret/place/ledger.db")
	for _, c := range []struct {
		err    error
		status int
		says   string
	}{
		{ledger.ErrBusy, 503, "being written"},
		{ledger.ErrNoLedger, 503, "ducat sync"},
		{ledger.ErrNewer, 503, "cannot be opened"},
		{ledger.ErrNotLedger, 503, "cannot be opened"},
		{context.DeadlineExceeded, 504, "timed out"},
		{errors.New("disk on fire"), 500, "could not answer"},
	} {
		err := fmt.Errorf("%w: %w", c.err, place)
		for _, b := range []failing{{version: err}, {answer: err}} {
			for _, route := range []string{"balance", "usage", "usage-history", "usage-analytics"} {
				a := serve(t, b).get(root + route)
				var body struct{ Error string }
				if err := json.Unmarshal(a.body, &body); err != nil {
					t.Fatal(err)
				}
				if a.status != c.status || !strings.Contains(body.Error, c.says) || strings.Contains(body.Error, "secret") {
					t.Errorf("%s, %v: %d %s", route, c.err, a.status, a.body)
				}
				if later := a.header.Get("Retry-After"); (later != "") != (c.status == 503) {
					t.Errorf("%s, %v: Retry-After %q", route, c.err, later)
				}
			}
		}
	}
}

func TestEmptyBooks(t *testing.T) {
	t.Parallel()
	store := &ledgertest.Memory{}
	for _, target := range []string{"balance", "usage", "usage-history", "usage-analytics", "usage?account=a"} {
		if a := serve(t, store).get(root + target); a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), "ducat sync") {
			t.Errorf("%s: %d %s", target, a.status, a.body)
		}
	}
	put(t, store, "default", noon)
	if a := serve(t, store).get(root + "balance"); a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), "No balance") {
		t.Errorf("without a balance: %d %s", a.status, a.body)
	}
}

// changing are books that a sync changes while they are asked, so many times.
type changing struct {
	*ledgertest.Memory
	t     testing.TB
	times atomic.Int64
	to    []time.Time // the instants of their entries
}

func (c *changing) Entries(ctx context.Context, s ledger.Selection) iter.Seq2[ledger.Entry, error] {
	if n := c.times.Add(-1); n >= 0 {
		put(c.t, c.Memory, "default", c.to...) // between what was counted and what is read
	}
	return c.Memory.Entries(ctx, s)
}

func TestAnswersAreOfOneStateOfTheBooks(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	few, many := []time.Time{day(-3), day(-1)}, []time.Time{day(-3), day(-2), day(-2), day(-1)}
	for _, c := range []struct {
		from, to []time.Time
		times    int64
		want     []time.Time // nil for books that change too often
	}{
		{few, many, 0, few},
		{few, many, 1, many},
		{few, many, 3, many},
		{few, many, 4, nil},
		{many, few, 1, few},
		{many, few, 3, few},
		{many, few, 4, nil},
	} {
		b := &changing{Memory: &ledgertest.Memory{}, t: t, to: c.to}
		put(t, b.Memory, "default", c.from...)
		b.times.Store(c.times)
		a := serve(t, b).get(root + "usage?sortOrder=asc")
		if c.want == nil {
			if a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), "being written") {
				t.Errorf("%d changes: %d %s", c.times, a.status, a.body)
			}
			continue
		}
		var got []time.Time
		p := read(t, a)
		for _, e := range p.Data {
			got = append(got, e.Timestamp)
		}
		if !slices.EqualFunc(got, c.want, time.Time.Equal) || p.Pagination.Total != len(c.want) {
			t.Errorf("%d changes: %v of %d, want %v", c.times, got, p.Pagination.Total, c.want)
		}
	}
}

// FuzzQuery holds that no query is too much: every answer is as openapi.json says
// it is, and none is the server's fault.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"", "page=2&limit=3", "cursor=AAAA", "account=x", "account=default&currency=USD", "lookback=99999d", "startDate=2026-01-01&endDate=2026-02-01",
		"startTimestamp=0000-01-01T00:00:00Z&endTimestamp=9999-12-31T23:59:59.999Z", "%00=%ff", "a[]=1&a[]=2", "page=2147483647&limit=500",
		"startDate=0001-01-01&endDate=9999-12-31", "lookback=3660d", ";", "=&=&", "sortOrder=asc&startDate=2026-02-28T10:00:00.123Z",
	} {
		for route := range byte(4) {
			f.Add(route, seed, false)
		}
	}
	store := &ledgertest.Memory{}
	put(f, store, "default", noon.AddDate(0, 0, -3), noon.AddDate(0, 0, -1))
	handler := api.New(api.Options{Books: store, Now: clock})
	if err := store.SaveBalance(f.Context(), "default", ledger.BalanceAt{At: noon}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, route byte, query string, csv bool) {
		path := root + []string{"balance", "usage", "usage-history", "usage-analytics"}[route%4]
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = query
		if csv {
			r.Header.Set("Accept", "text/csv")
		}
		response, err := server{t, handler, &everybody}.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: status %d", query, response.StatusCode)
		}
	})
}
