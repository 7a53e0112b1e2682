package dashboard_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/dashboard"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
	"github.com/ducat-ledger/ducat/venice"
)

func balance(diem, allocation, usd string, at time.Time) ledger.BalanceAt {
	b := ledger.BalanceAt{At: at}
	if diem != "" {
		b.Balances.DIEM.Decimal, b.Balances.DIEM.Valid = decimalOf(diem), true
	}
	if usd != "" {
		b.Balances.USD.Decimal, b.Balances.USD.Valid = decimalOf(usd), true
	}
	b.DIEMEpochAllocation = decimalOf(allocation)
	return b
}

// What is left, and how long it lasts, of books with 30 USD spent in 30 days.
func TestBalances(t *testing.T) {
	t.Parallel()
	midnight := noon.Truncate(24 * time.Hour)
	for name, test := range map[string]struct {
		balance ledger.BalanceAt
		want    []string
		not     []string
	}{
		"half a day, a quarter": {balance("15", "20", "", noon),
			[]string{"15", "25% used of 20 a day", "Resets in 12 h 0 min, at 00:00 UTC"}, []string{"USD"}},
		"much":           {balance("2", "10", "", noon), []string{"80% used of 10 a day"}, nil},
		"spent":          {balance("0", "10", "", noon), []string{"100% used", "spent for today"}, nil},
		"untouched":      {balance("10", "10", "", noon), []string{"0% used", "nothing spent today"}, nil},
		"of yesterday":   {balance("2", "10", "", midnight.Add(-time.Hour)), []string{"Read before the reset", "Read 13 h ago"}, []string{"used of"}},
		"no stake":       {balance("", "0", "45", noon), []string{"45", "US dollars USD", "lasts about 44 days at the pace of this range"}, []string{"DIEM"}},
		"below a cent":   {balance("", "0", "0.0000001", noon), []string{"<0.000001"}, nil},
		"not one dollar": {balance("", "0", "0", noon), []string{"nothing left"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := new(ledgertest.Memory)
			w := ledger.Window{Start: noon.AddDate(0, 0, -30), End: noon}
			entry := venice.UsageEntry{Timestamp: noon.Add(-time.Hour), SKU: "a", Currency: venice.USD, Amount: decimalOf("-30")}
			if _, err := store.Replace(t.Context(), "home", []ledger.Reading{{Window: w, Entries: []venice.UsageEntry{entry}, ReadAt: noon}}); err != nil {
				t.Fatal(err)
			}
			if err := store.SaveBalance(t.Context(), "home", test.balance); err != nil {
				t.Fatal(err)
			}
			said := text(byID(t, open(t, shown(store), "/"), "left"))
			for _, part := range test.want {
				if !strings.Contains(said, part) {
					t.Errorf("it says %q, want %q", said, part)
				}
			}
			for _, part := range test.not {
				if strings.Contains(said, part) {
					t.Errorf("it says %q, and should not say %q", said, part)
				}
			}
		})
	}
}

// Where there is nothing to show, the page says so and why.
func TestNothingToShow(t *testing.T) {
	t.Parallel()
	partly := new(ledgertest.Memory)
	w := ledger.Window{Start: noon.Add(-time.Hour), End: noon}
	if _, err := partly.Replace(t.Context(), "home", []ledger.Reading{{Window: w, ReadAt: noon}}); err != nil {
		t.Fatal(err)
	}
	for address, test := range map[string]struct {
		books dashboard.Books
		want  map[string]string // by id
	}{
		"/?since=1h":                         {partly, map[string]string{"chart": "Nothing was spent", "freshness": "Complete", "left": "No balance has been read yet", "entry-list": "No entries in this range"}},
		"/?since=2d":                         {partly, map[string]string{"chart": "has not been read", "freshness": "Incomplete", "coverage": "Not in the books:22 Jun 2026, 12:00 to 24 Jun 2026, 11:00"}},
		"/?since=2d&by=key":                  {partly, map[string]string{"chart": "sums by key have not been read"}},
		"/?since=2d&currency=USD":            {partly, map[string]string{"where": "only as a whole, not by model or currency"}},
		"/?q=nothing":                        {partly, map[string]string{"entry-list": "No entry of this range has “nothing”"}},
		"/?page=7":                           {partly, map[string]string{"entry-list": "The entries end before this page"}},
		"/":                                  {new(ledgertest.Memory), map[string]string{"welcome": "The books are empty", "freshness": "Nothing read yet", "coverage": "no account", "left": "No balance yet"}},
		"/?since=all&by=key&step=month&q=no": {new(missing), map[string]string{"welcome": "The books are empty"}},
	} {
		root := open(t, shown(test.books), address)
		for id, want := range test.want {
			if got := text(byID(t, root, id)); !strings.Contains(got, want) {
				t.Errorf("%s: %s says %q, want %q", address, id, got, want)
			}
		}
	}
}

// missing are books that have not been made yet.
type missing struct{ ledgertest.Memory }

func (*missing) Version(context.Context) (string, error)    { return "", ledger.ErrNoLedger }
func (*missing) Accounts(context.Context) ([]string, error) { return nil, ledger.ErrNoLedger }

func (*missing) Entries(context.Context, ledger.Selection) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) { yield(ledger.Entry{}, ledger.ErrNoLedger) }
}

// broken are books that fail, and say where they are.
type broken struct{ ledgertest.Memory }

func (*broken) Version(context.Context) (string, error) {
	return "", errors.New("reading /secret/place/ledger.duckdb: no luck")
}

func TestBooksThatFail(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/state", "/export/entries.json"} {
		w := get(t, shown(new(broken)), path)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
}

// The head of the page says how syncs go, and tells a viewer of one account no
// details of the others.
func TestFreshness(t *testing.T) {
	t.Parallel()
	ended := noon.Add(-20 * time.Minute)
	for name, test := range map[string]struct {
		state  syncing.State
		viewer access.Viewer
		want   string
	}{
		"no syncs": {syncing.State{}, access.Viewer{}, "Complete Books end just now"},
		"first":    {syncing.State{Every: time.Minute}, access.Viewer{}, "Complete Books end just now Waiting for the first sync"},
		"running":  {syncing.State{Running: true}, access.Viewer{}, "Complete Books end just now Syncing now"},
		"good":     {syncing.State{Succeeded: ended, Ended: ended}, access.Viewer{}, "Complete Books end just now Last sync 20 min ago"},
		"failed":   {syncing.State{Ended: ended, Failure: "account work: no luck"}, access.Viewer{}, "Complete Books end just now The last sync failed 20 min ago: account work: no luck"},
		"hidden":   {syncing.State{Ended: ended, Failure: "account work: no luck"}, access.Viewer{Account: "home"}, "Complete Books end just now The last sync failed 20 min ago"},
	} {
		h := let(dashboard.New(dashboard.Options{Books: small(t), Now: atNoon, Sync: func() syncing.State { return test.state }}), test.viewer)
		if got := text(byID(t, open(t, h, "/"), "freshness")); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// The state changes when the books or the syncs do, and is that of the page.
func TestState(t *testing.T) {
	t.Parallel()
	store := small(t)
	var state syncing.State
	h := let(dashboard.New(dashboard.Options{Books: store, Now: atNoon, Sync: func() syncing.State { return state }}), access.Viewer{})
	seen := map[string]bool{}
	look := func() {
		t.Helper()
		var answer struct{ State string }
		if err := json.Unmarshal(get(t, h, "/state").Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		body := all(open(t, h, "/"), named("body"))[0]
		if answer.State == "" || attribute(body, "data-state") != answer.State {
			t.Errorf("the state is %q, that of the page %q", answer.State, attribute(body, "data-state"))
		}
		seen[answer.State] = true
	}
	look()
	look()
	if err := store.SaveBalance(t.Context(), "home", balance("1", "2", "", noon)); err != nil {
		t.Fatal(err)
	}
	look()
	state.Running = true
	look()
	if len(seen) != 3 {
		t.Errorf("%d states, want 3", len(seen))
	}
}

// A view is asked for once, by however many at a time, until the books change;
// the browser is told when it has the page.
func TestViewsAreKept(t *testing.T) {
	t.Parallel()
	alone := &counting{Memory: small(t)}
	open(t, shown(alone), "/?since=all")
	once := alone.sums.Load()
	books := &counting{Memory: small(t)}
	h := shown(books)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if w := get(t, h, "/?since=all"); w.Code != http.StatusOK {
				t.Errorf("%d", w.Code)
			}
		})
	}
	group.Wait()
	if n := books.sums.Load(); n != once || n == 0 {
		t.Errorf("20 requests for one view asked for %d sums, one for %d", n, once)
	}
	get(t, h, "/?since=all&by=currency")
	if n := books.sums.Load(); n != once+1 {
		t.Errorf("another view asked for %d sums, want 1: the outlook is the same", n-once)
	}
	first := get(t, h, "/?since=all")
	tag := first.Header().Get("ETag")
	again := get(t, h, "/?since=all", "If-None-Match", tag)
	if tag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("tag %q, then %d with %d bytes", tag, again.Code, again.Body.Len())
	}
	packed := get(t, h, "/?since=all", "Accept-Encoding", "br, gzip;q=0.8", "If-None-Match", tag)
	zip, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(zip); err != nil || string(unpacked) != first.Body.String() {
		t.Errorf("the packed page is another one: %v", err)
	}
	if w := get(t, h, "/?since=all", "Accept-Encoding", "gzip;q=0"); w.Header().Get("Content-Encoding") != "" {
		t.Error("packed for a browser that does not want it")
	}
	if err := books.SaveBalance(t.Context(), "home", balance("1", "2", "", noon)); err != nil {
		t.Fatal(err)
	}
	if w := get(t, h, "/?since=all", "If-None-Match", tag); w.Code != http.StatusOK || books.sums.Load() <= once+1 {
		t.Errorf("after a change of the books: %d, %d sums", w.Code, books.sums.Load())
	}
}

// The page keeps its own content policy, its assets are there under names that
// may be kept for good, and it can be used without seeing it.
func TestPageIsWellMade(t *testing.T) {
	t.Parallel()
	h := shown(small(t))
	policy := get(t, h, "/").Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self' data:", "connect-src 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %s", policy, part)
		}
	}
	root := open(t, h, "/?since=all&account=home&q=glm&currency=USD")
	ids := map[string]int{}
	for _, n := range all(root, func(*html.Node) bool { return true }) {
		if id := attribute(n, "id"); id != "" {
			ids[id]++
		}
		switch n.Data {
		case "script", "link", "img":
			path := attribute(n, "src") + attribute(n, "href")
			w := get(t, h, path)
			if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
				t.Errorf("%s: %d %v", path, w.Code, w.Header())
			}
		case "table":
			if len(all(n, named("caption"))) != 1 {
				t.Errorf("a table without a caption: %s", text(n))
			}
		case "section", "nav":
			if attribute(n, "aria-labelledby")+attribute(n, "aria-label") == "" {
				t.Errorf("a part without a name: %s", text(n))
			}
		}
	}
	for _, n := range all(root, func(*html.Node) bool { return true }) {
		if id := attribute(n, "aria-labelledby"); id != "" && ids[id] != 1 {
			t.Errorf("%d elements have the id %s, which names a part", ids[id], id)
		}
		if n.Data == "input" && attribute(n, "type") != "hidden" && n.Parent.Data != "label" && ids[attribute(n, "id")] != 1 {
			t.Errorf("an input without a label: %v", n.Attr)
		}
	}
	for id, want := range map[string]string{"ranges": "All", "groupings": "Model", "steps": "Month"} {
		var current []string
		for _, n := range all(byID(t, root, id), func(n *html.Node) bool { return attribute(n, "aria-current") != "" }) {
			current = append(current, text(n))
		}
		if strings.Join(current, " ") != want {
			t.Errorf("current in %s: %q, want %s", id, current, want)
		}
	}
}
