package venice_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

var ascending = venice.UsageParams{SortOrder: venice.Ascending}

func TestUsageHistoryPages(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 11, Entries: 2000, Days: 5, NoLimits: true})
	c := newClient(t, s)
	all := selection(t, s.Entries(), ascending)
	for _, size := range []int{0, 10, 333, 500, 1000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var got []string
			pages := 0
			for page, err := range c.Billing.UsageHistoryPages(t.Context(), venice.UsageHistoryParams{PageSize: size}) {
				if err != nil {
					t.Fatal(err)
				}
				if page.Meta.RequestID == "" || page.Meta.RateLimit.Remaining == nil {
					t.Errorf("the page's meta is %+v", page.Meta)
				}
				got = append(got, texts(page.Data)...)
				pages++
			}
			if !slices.Equal(got, all) {
				t.Errorf("%d entries, want %d, or another order", len(got), len(all))
			}
			if size == 0 && pages != 2 {
				t.Errorf("%d pages of 1000 for 2000 entries", pages)
			}
		})
	}
}

func TestUsageHistoryFilters(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 12, Entries: 3000, Days: 20, NoLimits: true})
	c := newClient(t, s)
	rows := s.Entries()
	start, end := rows[500].Timestamp, rows[2100].Timestamp
	for _, currency := range []venice.Currency{"", venice.DIEM, venice.USD, venice.BundledCredits, venice.EarnedCredits} {
		p := venice.UsageHistoryParams{Currency: currency, StartTimestamp: start.In(time.FixedZone("east", 7200)), EndTimestamp: end}
		var got []string
		for e, err := range c.Billing.IterUsageHistory(t.Context(), p) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, text(e))
		}
		want := selection(t, rows, venice.UsageParams{Currency: currency, StartDate: start, EndDate: end, SortOrder: venice.Ascending})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d entries, want %d", currency, len(got), len(want))
		}
	}
}

func TestUsageHistoryCSV(t *testing.T) {
	t.Parallel()
	for _, dialect := range []venicetest.CSVDialect{venicetest.CSVPlain, venicetest.CSVQuoted} {
		s := venicetest.NewServer(t, venicetest.Config{Seed: 13, Entries: 250, CSV: dialect, NoLimits: true})
		c := newClient(t, s)
		var got []venice.UsageEntry
		pages := 0
		p := venice.UsageHistoryParams{PageSize: 100}
		for {
			page, err := c.Billing.GetUsageHistoryCSV(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(page.Filename, "billing-usage-history-") {
				t.Errorf("file name is %q", page.Filename)
			}
			pages++
			for e, err := range venice.ReadUsageCSV(page.Body) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, e)
			}
			if page.NextCursor == "" {
				break
			}
			p = venice.UsageHistoryParams{Cursor: page.NextCursor}
		}
		if !slices.Equal(texts(got), selection(t, s.Entries(), ascending)) || pages != 3 {
			t.Errorf("dialect %v: %d entries from %d pages", dialect, len(got), pages)
		}
	}
}

func TestUsageHistoryParamsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{})
	c := newClient(t, s)
	day := testNow
	for name, test := range map[string]struct {
		p    venice.UsageHistoryParams
		says []string
	}{
		"page too small":         {venice.UsageHistoryParams{PageSize: 9}, []string{"PageSize", "9", "10 to 1000"}},
		"page too large":         {venice.UsageHistoryParams{PageSize: 1001}, []string{"PageSize", "1001", "10 to 1000"}},
		"VCU":                    {venice.UsageHistoryParams{Currency: venice.VCU}, []string{"Currency", "VCU", "Venice refuses"}},
		"end before start":       {venice.UsageHistoryParams{StartTimestamp: day, EndTimestamp: day.Add(-time.Second)}, []string{"EndTimestamp", "later than StartTimestamp"}},
		"end at start":           {venice.UsageHistoryParams{StartTimestamp: day, EndTimestamp: day}, []string{"EndTimestamp"}},
		"cursor with page size":  {venice.UsageHistoryParams{Cursor: "abc", PageSize: 10}, []string{"Cursor", "alone"}},
		"cursor with currency":   {venice.UsageHistoryParams{Cursor: "abc", Currency: "USD"}, []string{"Cursor", "alone"}},
		"cursor with a time":     {venice.UsageHistoryParams{Cursor: "abc", StartTimestamp: day}, []string{"Cursor", "alone"}},
		"cursor of another form": {venice.UsageHistoryParams{Cursor: "a b"}, []string{"Cursor", `"a b"`}},
		"cursor too long":        {venice.UsageHistoryParams{Cursor: strings.Repeat("a", 513)}, []string{"Cursor", "512"}},
	} {
		t.Run(name, func(t *testing.T) {
			for call, err := range map[string]error{
				"GetUsageHistory":    errOf(c.Billing.GetUsageHistory(t.Context(), test.p)),
				"GetUsageHistoryCSV": errOf(c.Billing.GetUsageHistoryCSV(t.Context(), test.p)),
				"UsageHistoryPages":  firstError(c.Billing.UsageHistoryPages(t.Context(), test.p)),
				"IterUsageHistory":   firstError(c.Billing.IterUsageHistory(t.Context(), test.p)),
			} {
				var p *venice.ParamError
				if !errors.Is(err, venice.ErrInvalidRequest) || !errors.As(err, &p) {
					t.Fatalf("%s: error is %v", call, err)
				}
				for _, s := range test.says {
					if !strings.Contains(err.Error(), s) {
						t.Errorf("%s: the error does not say %q: %v", call, s, err)
					}
				}
			}
		})
	}
	if n := s.RequestCount(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestWalksThatWouldNotEnd(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string]func(n int) string{
		"the same cursor at once":     func(int) string { return `{"data":[],"nextCursor":"c"}` },
		"a cycle of cursors":          func(n int) string { return fmt.Sprintf(`{"data":[],"nextCursor":"c%d"}`, n%7) },
		"empty pages without end":     func(n int) string { return fmt.Sprintf(`{"data":[],"nextCursor":"c%d"}`, n) },
		"a cursor that cannot be":     func(int) string { return `{"data":[],"nextCursor":"&currency=USD"}` },
		"a cursor of a million bytes": func(int) string { return `{"data":[],"nextCursor":"` + strings.Repeat("x", 1<<20) + `"}` },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			c := fakeServer(t, func(r *http.Request) string {
				if n++; n > 200 {
					t.Fatal("the walk goes on")
				}
				return answers(n)
			})
			err := firstFailure(c.Billing.UsageHistoryPages(t.Context(), venice.UsageHistoryParams{}))
			if !errors.Is(err, venice.ErrCursor) {
				t.Errorf("error is %v, want ErrCursor", err)
			}
		})
	}
}

func TestEmptyPagesAreWalkedThrough(t *testing.T) {
	t.Parallel()
	n := 0
	c := fakeServer(t, func(r *http.Request) string {
		if n++; n < 50 {
			return fmt.Sprintf(`{"data":[],"nextCursor":"c%d"}`, n)
		}
		return `{"data":[{"timestamp":"2026-01-01T00:00:00Z","sku":"a","pricePerUnitUsd":1,"units":1,"amount":-1,"currency":"USD","notes":""}],"nextCursor":null}`
	})
	entries := 0
	for _, err := range c.Billing.IterUsageHistory(t.Context(), venice.UsageHistoryParams{}) {
		if err != nil {
			t.Fatal(err)
		}
		entries++
	}
	if entries != 1 {
		t.Errorf("%d entries, want the one behind the empty pages", entries)
	}
}

func TestAnAnswerWithoutACursorFieldIsNotTakenForTheEnd(t *testing.T) {
	t.Parallel()
	for body, says := range map[string]string{
		`{"data":[]}`:                     "nextCursor is missing",
		`{"data":[],"nextCursor":7}`:      "nextCursor is not a string",
		`{"nextCursor":null}`:             "data is missing",
		`{"data":null,"nextCursor":null}`: "data is missing",
	} {
		c := fakeServer(t, func(*http.Request) string { return body })
		_, err := c.Billing.GetUsageHistory(t.Context(), venice.UsageHistoryParams{})
		if !errors.Is(err, venice.ErrServer) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v, want %q", body, err, says)
		}
	}
}

func TestACallerMayStopAWalk(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 14, Entries: 3000, NoLimits: true})
	c := newClient(t, s)
	for range c.Billing.IterUsageHistory(t.Context(), venice.UsageHistoryParams{PageSize: 10}) {
		break
	}
	if n := s.RequestCount(); n != 1 {
		t.Errorf("%d requests for one entry", n)
	}
}

func TestAWalkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 15, Entries: 3000, NoLimits: true})
	c := newClient(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	var last error
	n := 0
	for _, err := range c.Billing.IterUsageHistory(ctx, venice.UsageHistoryParams{PageSize: 10}) {
		if last = err; err != nil {
			break
		}
		if n++; n == 15 {
			cancel()
		}
	}
	cancel()
	if !errors.Is(last, context.Canceled) || n != 20 {
		t.Errorf("ended after %d entries with %v, want the page's end and context.Canceled", n, last)
	}
}

func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", "AZq3fK9tXhIVDm2j4vN8cQwYt1sB6uEoLxRgPzKaJdHfM5nC7yW0K3w", "a&b=c", "\x00", "é", strings.Repeat("-", 513)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		sent := ""
		c := fakeServer(t, func(r *http.Request) string {
			sent = r.URL.RawQuery
			return `{"data":[],"nextCursor":null}`
		})
		_, err := c.Billing.GetUsageHistory(t.Context(), venice.UsageHistoryParams{Cursor: cursor})
		switch {
		case err == nil && cursor != "" && sent != "cursor="+cursor:
			t.Errorf("cursor %q was sent as %s", cursor, sent)
		case err != nil && (sent != "" || !errors.Is(err, venice.ErrInvalidRequest)):
			t.Errorf("cursor %q: sent %q, error %v", cursor, sent, err)
		}
	})
}

// fakeServer is a client of a server that answers 200 with what body returns,
// without a network.
func fakeServer(t testing.TB, body func(*http.Request) string) *venice.Client {
	t.Helper()
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK,
			Header:     http.Header{"Content-Type": {"application/json"}},
			Body:       io.NopCloser(strings.NewReader(body(r))),
		}, nil
	})
	c, err := venice.NewClient(venice.WithAPIKey("key"), venice.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// firstFailure walks to the first error.
func firstFailure[T any](seq func(func(T, error) bool)) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}
