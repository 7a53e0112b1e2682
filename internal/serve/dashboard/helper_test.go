package dashboard_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"golang.org/x/net/html"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/dashboard"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// noon is when the tests take place.
var noon = time.Date(2026, 6, 24, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// simulated starts a server with so many entries.
func simulated(t *testing.T, seed uint64, entries int) *venicetest.Server {
	t.Helper()
	return venicetest.NewServer(t, venicetest.Config{Seed: seed, Entries: entries, Days: 60, Now: atNoon, NoLimits: true})
}

// synced reads a server into the books of an account.
func synced(t *testing.T, store ledger.Store, account string, server *venicetest.Server) {
	t.Helper()
	client, err := venice.NewClient(venice.WithAPIKey(server.AdminKey), venice.WithBaseURL(server.BaseURL))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Sync(t.Context(), store, client.Billing, account, ledger.SyncOptions{Now: atNoon, Keys: client.APIKeys}); err != nil {
		t.Fatal(err)
	}
}

// let is a handler with a viewer let in.
func let(h http.Handler, v access.Viewer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(access.With(r.Context(), v)))
	})
}

// shown is a dashboard of books for who may see all of them.
func shown(books dashboard.Books) http.Handler {
	return let(dashboard.New(dashboard.Options{Books: books, Now: atNoon}), access.Viewer{})
}

func get(t *testing.T, h http.Handler, address string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	path, query, _ := strings.Cut(address, "?")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.URL.RawQuery = query
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// open gets a page and parses it.
func open(t *testing.T, h http.Handler, address string) *html.Node {
	t.Helper()
	w := get(t, h, address)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d: %s", address, w.Code, w.Body)
	}
	return parse(t, w.Body.String())
}

func parse(t *testing.T, text string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// attribute is what an element has, or "".
func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// all are the elements that a condition holds for, in their order.
func all(root *html.Node, is func(*html.Node) bool) (found []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && is(n) {
			found = append(found, n)
		}
	}
	return found
}

func named(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Data == name }
}

// byID is the element with an id.
func byID(t *testing.T, root *html.Node, id string) *html.Node {
	t.Helper()
	found := all(root, func(n *html.Node) bool { return attribute(n, "id") == id })
	if len(found) != 1 {
		t.Fatalf("%d elements have the id %s", len(found), id)
	}
	return found[0]
}

// text is what an element says, its spaces made one.
func text(n *html.Node) string {
	var s strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			s.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(s.String()), " ")
}

// cells are the texts of a table's body, by row.
func cells(table *html.Node) (rows [][]string) {
	for _, body := range all(table, named("tbody")) {
		for _, row := range all(body, named("tr")) {
			var texts []string
			for _, cell := range all(row, func(n *html.Node) bool { return n.Data == "td" || n.Data == "th" }) {
				texts = append(texts, text(cell))
			}
			rows = append(rows, texts)
		}
	}
	return rows
}

// counting are books that count what they are asked.
type counting struct {
	*ledgertest.Memory
	sums atomic.Int64
}

func (c *counting) Sums(ctx context.Context, q ledger.Query) ([]ledger.Sum, error) {
	c.sums.Add(1)
	return c.Memory.Sums(ctx, q)
}

func decimalOf(text string) decimal.Decimal { return decimal.RequireFromString(text) }
