package venice_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// newClient is a client of the simulator, which is not slowed down by waiting.
func newClient(t venicetest.TB, s *venicetest.Server, options ...venice.Option) *venice.Client {
	t.Helper()
	c, err := venice.NewClient(append([]venice.Option{
		venice.WithAPIKey(s.AdminKey),
		venice.WithBaseURL(s.BaseURL),
		venice.WithBackoff(func(int) time.Duration { return 0 }),
	}, options...)...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return c
}

// text is what makes two entries the same; the simulator's side of a
// comparison is spelled from its own rows.
func text(e venice.UsageEntry) string {
	b, err := e.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func texts(entries []venice.UsageEntry) []string {
	lines := make([]string, len(entries))
	for i, e := range entries {
		lines[i] = text(e)
	}
	return lines
}

// selection is the ground truth of a question, by the simplest means.
func selection(t venicetest.TB, rows []venicetest.Entry, p venice.UsageParams) []string {
	t.Helper()
	var lines []string
	for _, row := range rows {
		if p.Currency != "" && row.Currency != string(p.Currency) ||
			!p.StartDate.IsZero() && row.Timestamp.Before(p.StartDate) ||
			!p.EndDate.IsZero() && !row.Timestamp.Before(p.EndDate) {
			continue
		}
		var e venice.UsageEntry
		wire, err := row.MarshalJSON()
		if err == nil {
			err = e.UnmarshalJSON(wire)
		}
		if err != nil {
			t.Fatalf("%v", err)
		}
		lines = append(lines, text(e))
	}
	if cmp.Or(p.SortOrder, venice.Descending) == venice.Descending {
		slices.Reverse(lines)
	}
	return lines
}

var testNow = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// randomLedger has bursts, idle months, ties, equal rows and every currency.
func randomLedger(r *rand.Rand, n int, now time.Time) []venicetest.Entry {
	currencies := []string{"DIEM", "USD", "BUNDLED_CREDITS", "EARNED_CREDITS", "VCU", "NEW_CREDITS"}
	at := now.Add(-time.Duration(r.IntN(800*24)+1) * time.Hour)
	entries := make([]venicetest.Entry, 0, n)
	for len(entries) < n {
		switch r.IntN(20) {
		case 0: // idle
			at = at.Add(time.Duration(r.IntN(60*24)) * time.Hour)
		case 1, 2, 3, 4, 5: // a tie
		default:
			at = at.Add(time.Duration(r.IntN(600_000)) * time.Millisecond)
		}
		if at.After(now) {
			at = now.Add(-time.Duration(r.IntN(48*3600)) * time.Second)
		}
		entries = append(entries, venicetest.Entry{
			Timestamp:       at.Truncate(time.Millisecond),
			SKU:             fmt.Sprintf("model-%d-llm-output-mtoken", r.IntN(3)),
			PricePerUnitUSD: "2.8",
			Units:           fmt.Sprintf("0.%06d", 1+r.IntN(3)),
			Amount:          fmt.Sprintf("-0.%07d", 1+r.IntN(3)),
			Currency:        currencies[r.IntN(len(currencies))],
			Notes:           "API Inference",
		})
	}
	return entries
}

// TestBothRoutesAgree asks a server that has the page-numbered route and one
// that retired it the same questions, and compares both with the ledger.
func TestBothRoutesAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		now := time.Now()
		size := rapid.SampledFrom([]int{0, 1, 9, 10, 11, 200, 999, 1000, 1001, 2500}).Draw(t, "entries")
		ledger := randomLedger(r, size, now)
		p := venice.UsageParams{
			Currency:    rapid.SampledFrom([]venice.Currency{"", "", "DIEM", "USD", "VCU"}).Draw(t, "currency"),
			Limit:       rapid.SampledFrom([]int{0, 1, 2, 10, 50, 199, 500}).Draw(t, "limit"),
			Page:        rapid.IntRange(0, 6).Draw(t, "page"),
			SortOrder:   rapid.SampledFrom([]venice.SortOrder{"", "asc", "desc"}).Draw(t, "order"),
			CountTotals: rapid.Bool().Draw(t, "totals"),
		}
		if len(ledger) > 0 && rapid.Bool().Draw(t, "range") {
			a, b := ledger[r.IntN(len(ledger))].Timestamp, ledger[r.IntN(len(ledger))].Timestamp
			if a.After(b) {
				a, b = b, a
			}
			p.StartDate, p.EndDate = a, b.Add(time.Duration(r.IntN(2))*time.Millisecond)
			if !p.StartDate.Before(p.EndDate) {
				p.EndDate = time.Time{}
			}
		}
		limit := cmp.Or(p.Limit, 200)
		for _, legacy := range []bool{true, false} {
			s, err := venicetest.Start(venicetest.Config{Ledger: ledger, Legacy: legacy, NoLimits: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			c := newClient(t, s)
			want := selection(t, s.Entries(), p)
			from := min(len(want), (max(p.Page, 1)-1)*limit)
			to := min(len(want), from+limit)

			page, err := c.Billing.GetUsage(context.Background(), p)
			if err != nil {
				t.Fatalf("legacy %v: %v", legacy, err)
			}
			if got := texts(page.Data); !slices.Equal(got, want[from:to]) {
				t.Fatalf("legacy %v, %+v: page has\n%s\nwant\n%s", legacy, p, strings.Join(got, "\n"), strings.Join(want[from:to], "\n"))
			}
			if more := to < len(want); page.HasMore != more {
				t.Fatalf("legacy %v, %+v: HasMore is %v", legacy, p, page.HasMore)
			}
			if page.Page != max(p.Page, 1) || page.Limit != limit {
				t.Fatalf("legacy %v: page %d, limit %d", legacy, page.Page, page.Limit)
			}
			totals := venice.UsageTotals{Entries: len(want), Pages: (len(want) + limit - 1) / limit}
			if p.CountTotals && *page.Totals != totals || !p.CountTotals && !legacy && page.Totals != nil {
				t.Fatalf("legacy %v: totals are %+v, want %+v", legacy, page.Totals, totals)
			}

			// The same from the iterator, and as CSV.
			p := p
			p.CountTotals = false
			p.MaxItems = rapid.SampledFrom([]int{0, 1, 10, 1500}).Draw(t, "max")
			wantRest := want[from:]
			if p.MaxItems > 0 {
				wantRest = wantRest[:min(len(wantRest), p.MaxItems)]
			}
			if p.Limit == 0 { // the default differs, and with it where a page begins
				p.Page = 0
				wantRest = want[:min(len(want), cmp.Or(p.MaxItems, len(want)))]
			}
			var rest []venice.UsageEntry
			for e, err := range c.Billing.IterUsage(context.Background(), p) {
				if err != nil {
					t.Fatalf("legacy %v: %v", legacy, err)
				}
				rest = append(rest, e)
			}
			if got := texts(rest); !slices.Equal(got, wantRest) {
				t.Fatalf("legacy %v, %+v: iterated %d, want %d, or another order", legacy, p, len(got), len(wantRest))
			}
		}
	})
}

func TestTheNewestPageOfALongHistoryIsCheap(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 1, Entries: 1_000_000, Days: 730, NoLimits: true})
	rows := s.Entries()
	for _, p := range []venice.UsageParams{
		{},
		{Limit: 500},
		{Limit: 10, Currency: "USD"},
		{EndDate: rows[600_000].Timestamp},
		{Page: 2, Limit: 100},
	} {
		t.Run(fmt.Sprintf("%+v", p), func(t *testing.T) {
			before := s.RequestCount()
			page, err := newClient(t, s).Billing.GetUsage(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if n := s.RequestCount() - before; n > 8 {
				t.Errorf("cost %d requests, want at most 8", n)
			}
			newest := len(rows)
			if !p.EndDate.IsZero() {
				newest = 600_100
			}
			want := selection(t, rows[newest-5000:newest], p)
			limit := cmp.Or(p.Limit, 200)
			from := (max(p.Page, 1) - 1) * limit
			if !slices.Equal(texts(page.Data), want[from:from+limit]) || !page.HasMore {
				t.Error("not the newest entries")
			}
		})
	}
}

// TestTheNewestPageOfAnIdleAccount has two busy months, and then a year of nothing:
// the first window that is not empty is a huge one, and must not be read whole.
// What that costs depends on the hour, so it is tried at some.
func TestTheNewestPageOfAnIdleAccount(t *testing.T) {
	t.Parallel()
	for hour := range 6 {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Duration(4*hour) * time.Hour) // of the bubble
			now := time.Now()
			s, c := newBubble(t, venicetest.Config{
				Seed: 2, Entries: 100_000, Days: 60, NoLimits: true,
				Now: func() time.Time { return now.AddDate(-1, 0, 0) },
			})
			rows := s.Entries()
			page, err := c.Billing.GetUsage(t.Context(), venice.UsageParams{})
			if err != nil {
				t.Fatal(err)
			}
			if n := s.RequestCount(); n > 50 {
				t.Errorf("cost %d requests; the history has %d pages", n, len(rows)/1000)
			}
			if want := selection(t, rows[len(rows)-1000:], venice.UsageParams{})[:200]; !slices.Equal(texts(page.Data), want) {
				t.Error("not the newest entries")
			}
		})
	}
}

func TestIteratingBackwardsCostsLittleMoreThanForwards(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 3, Entries: 20_000, Days: 20, NoLimits: true})
	c := newClient(t, s)
	want := selection(t, s.Entries(), venice.UsageParams{})
	n := 0
	for e, err := range c.Billing.IterUsage(t.Context(), venice.UsageParams{}) {
		if err != nil {
			t.Fatal(err)
		}
		if text(e) != want[n] {
			t.Fatalf("entry %d is %s, want %s", n, text(e), want[n])
		}
		n++
	}
	if n != len(want) {
		t.Errorf("%d entries, want %d", n, len(want))
	}
	if requests, pages := s.RequestCount(), len(want)/1000; requests > pages*5/4+10 {
		t.Errorf("%d requests for %d pages", requests, pages)
	}
}

func TestTheRetiredRouteIsAskedOnce(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 4, Entries: 100, NoLimits: true})
	c := newClient(t, s)
	for range 5 {
		if _, err := c.Billing.GetUsage(t.Context(), venice.UsageParams{Limit: 5}); err != nil {
			t.Fatal(err)
		}
	}
	gone := 0
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Path, "/billing/usage") {
			gone++
		}
	}
	if gone != 1 {
		t.Errorf("the retired route was asked %d times, want once", gone)
	}
}

func TestAWalkStandsWhileEntriesArrive(t *testing.T) {
	t.Parallel()
	for _, legacy := range []bool{true, false} {
		for _, order := range []venice.SortOrder{venice.Ascending, venice.Descending} {
			t.Run(fmt.Sprintf("legacy %v %s", legacy, order), func(t *testing.T) {
				t.Parallel()
				s := venicetest.NewServer(t, venicetest.Config{Seed: 5, Entries: 3000, Days: 10, Legacy: legacy, NoLimits: true})
				before := selection(t, s.Entries(), venice.UsageParams{SortOrder: order})
				var got []string
				for e, err := range newClient(t, s).Billing.IterUsage(t.Context(), venice.UsageParams{SortOrder: order, Limit: 100}) {
					if err != nil {
						t.Fatal(err)
					}
					if len(got)%70 == 0 {
						s.Post(venicetest.Entry{Timestamp: time.Now().Add(time.Second), SKU: "new", PricePerUnitUSD: "1", Units: "1", Amount: "-1", Currency: "USD"})
					}
					if e.SKU != "new" {
						got = append(got, text(e))
					}
				}
				if !slices.Equal(got, before) {
					t.Errorf("%d entries, want the %d that were there, in order", len(got), len(before))
				}
			})
		}
	}
}

func TestUsageCSV(t *testing.T) {
	t.Parallel()
	for _, legacy := range []bool{true, false} {
		for _, dialect := range []venicetest.CSVDialect{venicetest.CSVPlain, venicetest.CSVQuoted} {
			s := venicetest.NewServer(t, venicetest.Config{Seed: 6, Entries: 1200, Days: 30, Legacy: legacy, CSV: dialect, NoLimits: true})
			c := newClient(t, s)
			p := venice.UsageParams{Limit: 500, Page: 2}
			page, err := c.Billing.GetUsageCSV(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			var got []venice.UsageEntry
			for e, err := range venice.ReadUsageCSV(page.Body) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, e)
			}
			if want := selection(t, s.Entries(), p)[500:1000]; !slices.Equal(texts(got), want) || !page.HasMore {
				t.Errorf("legacy %v, dialect %v: %d entries, more %v", legacy, dialect, len(got), page.HasMore)
			}
		}
	}
}

func TestUsageParamsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{})
	c := newClient(t, s)
	day := testNow
	for name, test := range map[string]struct {
		p    venice.UsageParams
		says []string
	}{
		"limit too high":   {venice.UsageParams{Limit: 501}, []string{"Limit", "501", "1 to 500"}},
		"limit below zero": {venice.UsageParams{Limit: -1}, []string{"Limit", "-1", "1 to 500"}},
		"page below zero":  {venice.UsageParams{Page: -1}, []string{"Page", "-1", "1 or more"}},
		"page beyond all":  {venice.UsageParams{Page: 1 << 62}, []string{"Page"}},
		"sort order":       {venice.UsageParams{SortOrder: "newest"}, []string{"SortOrder", "newest", `"asc" or "desc"`}},
		"end before start": {venice.UsageParams{StartDate: day, EndDate: day.Add(-time.Hour)}, []string{"EndDate", "2026-11-01T11:00:00.000Z", "later than StartDate (2026-11-01T12:00:00.000Z)"}},
		"end at start":     {venice.UsageParams{StartDate: day, EndDate: day}, []string{"EndDate"}},
		"equal as sent":    {venice.UsageParams{StartDate: day, EndDate: day.Add(time.Microsecond)}, []string{"EndDate"}},
		"max items":        {venice.UsageParams{MaxItems: -3}, []string{"MaxItems", "-3"}},
		"two at once":      {venice.UsageParams{Limit: 999, SortOrder: "up"}, []string{"Limit", "SortOrder"}},
	} {
		t.Run(name, func(t *testing.T) {
			calls := map[string]func() error{
				"GetUsage":    func() error { _, err := c.Billing.GetUsage(t.Context(), test.p); return err },
				"GetUsageCSV": func() error { _, err := c.Billing.GetUsageCSV(t.Context(), test.p); return err },
				"IterUsage":   func() error { return firstError(c.Billing.IterUsage(t.Context(), test.p)) },
			}
			for call, do := range calls {
				err := do()
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
	for name, err := range map[string]error{
		"MaxItems of a page":  errOf(c.Billing.GetUsage(t.Context(), venice.UsageParams{MaxItems: 1})),
		"totals of CSV":       errOf(c.Billing.GetUsageCSV(t.Context(), venice.UsageParams{CountTotals: true})),
		"totals of iteration": firstError(c.Billing.IterUsage(t.Context(), venice.UsageParams{CountTotals: true})),
	} {
		if !errors.Is(err, venice.ErrInvalidRequest) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if n := s.RequestCount(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func errOf[T any](_ T, err error) error { return err }

func firstError[T any](seq func(func(T, error) bool)) error {
	for _, err := range seq {
		return err
	}
	return nil
}
