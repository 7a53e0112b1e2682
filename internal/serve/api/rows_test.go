package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A page is what a route of entries says.
type page struct {
	Data       []venice.UsageEntry
	NextCursor string
	Pagination struct{ Limit, Page, Total, TotalPages int }
}

// read reads a page in either form.
func read(t testing.TB, a answer) page {
	t.Helper()
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
		return decode[page](t, a)
	}
	p := page{NextCursor: a.header.Get("X-Next-Cursor")}
	fmt.Sscan(strings.Join([]string{a.header.Get("X-Pagination-Limit"), a.header.Get("X-Pagination-Page"),
		a.header.Get("X-Pagination-Total"), a.header.Get("X-Pagination-Total-Pages")}, " "),
		&p.Pagination.Limit, &p.Pagination.Page, &p.Pagination.Total, &p.Pagination.TotalPages)
	for e, err := range venice.ReadUsageCSV(bytes.NewReader(a.body)) {
		if err != nil {
			t.Fatal(err)
		}
		p.Data = append(p.Data, e)
	}
	return p
}

// A walked is all pages of a route: the multiset of its entries, by value, and
// what must be in order.
type walked struct {
	entries map[ledger.Identity]int
	// pages has the timestamps of each page: entries of one timestamp may come in
	// another order.
	pages  [][]string
	totals []any
}

func newWalked() walked { return walked{entries: map[ledger.Identity]int{}} }

func (w *walked) add(p page) {
	var times []string
	for _, e := range p.Data {
		w.entries[ledger.IdentityOf(&e)]++
		times = append(times, e.Timestamp.String())
	}
	w.pages = append(w.pages, times)
	w.totals = append(w.totals, p.Pagination)
}

var forms = map[string][]string{"json": nil, "csv": {"Accept", "text/csv"}}

// numbered walks through the page-numbered route, and one page beyond its end.
func numbered(t testing.TB, get func(string, ...string) answer, query string, headers []string) walked {
	t.Helper()
	w := newWalked()
	for n := 1; ; n++ {
		p := read(t, get(fmt.Sprintf("%susage?page=%d&%s", root, n, query), headers...))
		w.add(p)
		if n > p.Pagination.TotalPages {
			return w
		}
	}
}

// history walks through the history.
func history(t testing.TB, get func(string, ...string) answer, query string, headers []string) walked {
	t.Helper()
	w := newWalked()
	for {
		p := read(t, get(root+"usage-history?"+query, headers...))
		w.add(p)
		if p.NextCursor == "" {
			return w
		}
		query = "cursor=" + p.NextCursor
	}
}

var same = cmp.AllowUnexported(walked{})

func TestRowsAreThoseOfVenice(t *testing.T) {
	t.Parallel()
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, store := simulated(t, 3), open(t)
			fill(t, store, sim, "default")
			s := serve(t, store)
			oracle := func(target string, headers ...string) answer { return truth(t, sim, target, headers...) }
			for form, headers := range forms {
				for _, query := range []string{
					"limit=500", "limit=333&sortOrder=asc", "limit=499&sortOrder=desc",
					"limit=100&currency=USD", "limit=7&currency=VCU&sortOrder=asc", "limit=450&currency=DIEM&sortOrder=asc",
					"limit=200&startDate=2026-02-14T07:00:00Z&endDate=2026-02-20T11:17:03.250Z",
					"limit=50&startDate=2026-02-14T06:59:59.999Z&endDate=2026-02-14T07:00:00.001Z&sortOrder=asc",
					"limit=150&endDate=2026-02-01T00:00:00Z", "limit=150&startDate=2026-02-25T10:31:00.5Z&currency=DIEM",
					"startDate=2026-02-14T07:00:00.0001Z&endDate=2026-02-14T07:00:00.0011Z",
					"startDate=1950-01-01T00:00:00Z&endDate=1999-01-01T00:00:00Z", "startDate=2030-01-01T00:00:00Z",
				} {
					want := numbered(t, oracle, query, headers)
					if diff := cmp.Diff(want, numbered(t, s.get, query, headers), same); diff != "" {
						t.Errorf("usage as %s, %s: %s", form, query, diff)
					}
				}
				for _, query := range []string{
					"", "pageSize=1000&currency=USD", "pageSize=333", "pageSize=10&currency=EARNED_CREDITS",
					"pageSize=500&startTimestamp=2026-02-14T07:00:00Z", "pageSize=13&startTimestamp=2026-02-14T07:00:00Z&endTimestamp=2026-02-14T18:00:00Z",
					"pageSize=10&startTimestamp=2026-02-14T07:00:00Z&endTimestamp=2026-02-14T07:00:00.001Z",
					"endTimestamp=1999-01-01T00:00:00Z", "startTimestamp=2030-01-01T00:00:00Z", "pageSize=200&currency=BUNDLED_CREDITS",
				} {
					want := history(t, oracle, query, headers)
					if diff := cmp.Diff(want, history(t, s.get, query, headers), same); diff != "" {
						t.Errorf("usage-history as %s, %s: %s", form, query, diff)
					}
				}
			}
		})
	}
}

// A page of exactly the rest has no cursor.
func TestHistoryEndsWithItsLastEntry(t *testing.T) {
	t.Parallel()
	sim := venicetest.NewServer(t, venicetest.Config{Seed: 2, Entries: 200, Days: 5, Now: clock, NoLimits: true})
	w := history(t, serve(t, books(t, sim)).get, "pageSize=100", nil)
	if len(w.pages) != 2 || len(w.pages[1]) != 100 {
		t.Errorf("200 entries in pages of 100 make %d pages", len(w.pages))
	}
}

func TestNumbersHaveNoZerosAtTheirEnd(t *testing.T) {
	t.Parallel()
	store := stores["duckdb"](t)
	fill(t, store, simulated(t, 4), "default")
	s := serve(t, store)
	zero := regexp.MustCompile(`[:,]-?\d+\.(\d*0)?[,}\n]`)
	for _, target := range []string{"usage?limit=500", "usage-history", "usage-analytics?lookback=60d", "balance"} {
		for form, headers := range forms {
			a := s.get(root+target, headers...)
			if found := zero.Find(a.body); a.status != http.StatusOK || found != nil {
				t.Errorf("%s as %s: status %d, %q", target, form, a.status, found)
			}
		}
	}
	if a := s.get(root + "usage?startDate=2026-02-14T07:00:00Z&endDate=2026-02-14T07:00:00.001Z"); !bytes.Contains(a.body, []byte(`"amount":-0.000000004,`)) ||
		!bytes.Contains(a.body, []byte(`"amount":-12345678901.5,`)) || !bytes.Contains(a.body, []byte(`"amount":25,`)) {
		t.Errorf("amounts in %s", a.body)
	}
}

func TestFilesHaveNames(t *testing.T) {
	t.Parallel()
	s := serve(t, books(t, simulated(t, 5)))
	for target, want := range map[string]string{
		"usage":         "attachment; filename=billing_usage.csv",
		"usage-history": "attachment; filename=billing-usage-history-20260301T123000000Z.csv",
	} {
		if got := s.get(root+target, "Accept", "application/json;q=0.5, text/csv").header.Get("Content-Disposition"); got != want {
			t.Errorf("%s: %q", target, got)
		}
	}
}
