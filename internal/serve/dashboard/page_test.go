package dashboard_test

import (
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"golang.org/x/net/html"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/dashboard"
	"github.com/ducat-ledger/ducat/venice"
)

// What the page says of all time, by currency, is what the server's own ledger
// adds up to.
func TestCurrenciesAreTheTruth(t *testing.T) {
	t.Parallel()
	server := simulated(t, 2, 3000)
	store := new(ledgertest.Memory)
	synced(t, store, "home", server)
	sums := map[string][2]*big.Rat{}
	for _, e := range server.Entries() {
		amount, ok := new(big.Rat).SetString(e.Amount)
		if !ok {
			t.Fatalf("amount %q", e.Amount)
		}
		if sums[e.Currency][0] == nil {
			sums[e.Currency] = [2]*big.Rat{new(big.Rat), new(big.Rat)}
		}
		if amount.Sign() < 0 {
			sums[e.Currency][0].Sub(sums[e.Currency][0], amount)
		} else {
			sums[e.Currency][1].Add(sums[e.Currency][1], amount)
		}
	}
	want := map[string][]string{}
	for currency, parts := range sums {
		spend, credit := decimal.RequireFromString(parts[0].FloatString(20)), decimal.RequireFromString(parts[1].FloatString(20))
		want[currency] = []string{money.Readable(spend), money.Readable(credit)}
	}
	got := map[string][]string{}
	for _, row := range cells(byID(t, open(t, shown(store), "/?since=all"), "totals")) {
		got[row[0]] = row[1:]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-truth +page):\n%s", diff)
	}
}

// The chart, the table behind it and the lists say what report.Ask does, for
// every grouping and step.
func TestFiguresAreTheReports(t *testing.T) {
	t.Parallel()
	store := new(ledgertest.Memory)
	synced(t, store, "home", simulated(t, 3, 1000))
	synced(t, store, "work", simulated(t, 4, 300))
	h := shown(store)
	start := time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC)
	for _, by := range []ledger.Dimension{ledger.ByModel, report.ByKey, ledger.ByCurrency, ledger.ByMeter, ledger.BySKU} {
		for _, step := range []ledger.Dimension{ledger.ByDay, ledger.ByWeek, ledger.ByMonth} {
			root := open(t, h, fmt.Sprintf("/?since=2026-05-10&by=%s&step=%s", by, step))
			q := report.Question{Now: noon, Top: 6}
			q.Window.Start, q.By = start, []ledger.Dimension{step, by}
			want, err := report.Ask(t.Context(), store, q)
			if err != nil {
				t.Fatal(err)
			}
			sums := map[string]decimal.Decimal{} // by group
			periods := 0
			for i, row := range want.Rows {
				if i == 0 || row.Group[0] != want.Rows[i-1].Group[0] {
					periods++
				}
				name := row.Group[1]
				if row.Folded {
					name = "All others"
				}
				sums[name] = sums[name].Add(row.DollarSpend)
			}
			table := byID(t, root, "behind-scroll")
			heads, foot := all(table, func(n *html.Node) bool { return attribute(n, "scope") == "col" }), all(table, named("tfoot"))
			totals := all(foot[0], named("td"))
			for i, head := range heads[1 : len(heads)-1] {
				if got, want := text(totals[i]), money.Readable(sums[text(head)]); got != want {
					t.Errorf("by %s and %s: %s has %s, want %s", by, step, text(head), got, want)
				}
				delete(sums, text(head))
			}
			delete(sums, "") // periods without entries
			if len(sums) > 0 {
				t.Errorf("by %s and %s: not in the table: %v", by, step, sums)
			}
			if got, want := text(totals[len(totals)-1]), money.Readable(want.Totals.DollarSpend); got != want {
				t.Errorf("by %s and %s: the table adds up to %s, want %s", by, step, got, want)
			}
			bars := all(root, func(n *html.Node) bool { return attribute(n, "class") == "bar" && n.Data == "g" })
			if rows := cells(table); len(rows) != periods || len(bars) != periods {
				t.Errorf("by %s and %s: %d rows and %d bars, want %d", by, step, len(rows), len(bars), periods)
			}
		}
	}
	root := open(t, h, "/?since=2026-05-10")
	for id, by := range map[string]ledger.Dimension{"models": ledger.ByModel, "meters": ledger.ByMeter, "keys": report.ByKey} {
		q := report.Question{Now: noon, Top: 8}
		q.Window.Start, q.By = start, []ledger.Dimension{by}
		r, err := report.Ask(t.Context(), store, q)
		if err != nil {
			t.Fatal(err)
		}
		var want [][]string
		for _, row := range r.Rows {
			if name := row.Group[0]; row.Folded {
				want = append(want, []string{"All others", money.Readable(row.DollarSpend)})
			} else if row.DollarSpend.IsPositive() {
				want = append(want, []string{name, money.Readable(row.DollarSpend)})
			}
		}
		var got [][]string
		for _, row := range cells(byID(t, root, id+"-title").Parent) {
			got = append(got, row[:2])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-report +page):\n%s", id, diff)
		}
	}
}

// All pages of the entries together are the entries, the newest first.
func TestPagesAreTheEntries(t *testing.T) {
	t.Parallel()
	store := new(ledgertest.Memory)
	synced(t, store, "home", simulated(t, 6, 9000))
	h := shown(store)
	for _, query := range []string{"since=all", "since=20d&step=week", "since=2d&currency=USD", "since=all&q=KIMI"} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for e, err := range store.Entries(t.Context(), ledger.Selection{}) {
			if err != nil {
				t.Fatal(err)
			}
			back := map[string]time.Duration{"20d": 20 * 24 * time.Hour, "2d": 48 * time.Hour}[values.Get("since")]
			if back > 0 && e.Timestamp.Before(noon.Add(-back)) || values.Has("currency") && string(e.Currency) != "USD" ||
				values.Has("q") && !strings.Contains(e.SKU, "kimi") {
				continue
			}
			want = append(want, e.Timestamp.Format(time.RFC3339Nano)+" "+e.SKU+" "+money.Readable(e.Amount))
		}
		slices.Reverse(want)
		step := max(1, len(want)/25/8) // of pages, so that not all of many are asked for
		for page := 1; (page-1)*25 < len(want); page += step {
			var got []string
			root := open(t, h, fmt.Sprintf("/?%s&page=%d", query, page))
			for _, row := range all(byID(t, root, "entries-scroll"), named("tr"))[1:] {
				columns := all(row, named("td"))
				got = append(got, attribute(all(columns[0], named("time"))[0], "datetime")+" "+text(columns[1])+" "+text(columns[4]))
			}
			if diff := cmp.Diff(want[(page-1)*25:min(page*25, len(want))], got); diff != "" {
				t.Fatalf("%s, page %d (-want +got):\n%s", query, page, diff)
			}
		}
	}
}

// A search for a request id finds all its entries.
func TestSearchOfRequest(t *testing.T) {
	t.Parallel()
	store := new(ledgertest.Memory)
	server := simulated(t, 7, 2000)
	synced(t, store, "home", server)
	counts := map[string]int{}
	for _, e := range server.Entries() {
		if e.InferenceDetails != nil {
			counts[e.InferenceDetails.RequestID]++
		}
	}
	for id, n := range counts {
		root := open(t, shown(store), "/?since=all&q="+url.QueryEscape(id))
		if got := len(cells(byID(t, root, "entries-scroll"))); got != n {
			t.Errorf("request %s has %d entries, the page shows %d", id, n, got)
		}
		break
	}
}

// A viewer of one account sees that of the others neither figures nor names.
func TestAccountsAreApart(t *testing.T) {
	t.Parallel()
	store := new(ledgertest.Memory)
	synced(t, store, "home", simulated(t, 8, 300))
	synced(t, store, "secretive", simulated(t, 9, 400))
	alone := new(ledgertest.Memory)
	synced(t, alone, "home", simulated(t, 8, 300))
	site := dashboard.New(dashboard.Options{Books: store, Now: atNoon})
	all := let(site, access.Viewer{})
	home := let(site, access.Viewer{Name: "token", Account: "home"})
	want := let(dashboard.New(dashboard.Options{Books: alone, Now: atNoon}), access.Viewer{Name: "token", Account: "home"})
	for _, address := range []string{"/", "/?since=all&by=key", "/?since=all&by=currency&page=3", "/export/entries.csv?since=all", "/export/entries.json"} {
		if whole := get(t, all, address).Body.String(); strings.HasPrefix(address, "/?") && !strings.Contains(whole, "secretive") {
			t.Errorf("%s: who sees all does not see the other account", address)
		}
		got := get(t, home, address).Body.String()
		if strings.Contains(got, "secretive") {
			t.Errorf("%s names the other account", address)
		}
		state := func(text string) string { // the version of the books differs
			before, after, _ := strings.Cut(text, `<body data-state="`)
			_, after, _ = strings.Cut(after, `"`)
			return before + after
		}
		if diff := cmp.Diff(state(get(t, want, address).Body.String()), state(got)); diff != "" {
			t.Errorf("%s is not that of books with this account alone:\n%s", address, diff)
		}
	}
	for _, path := range []string{"/", "/export/entries.csv"} {
		hidden, unknown := get(t, home, path+"?account=secretive"), get(t, home, path+"?account=nobody")
		same := strings.ReplaceAll(unknown.Body.String(), "nobody", "secretive") == hidden.Body.String()
		if hidden.Code != http.StatusBadRequest || unknown.Code != http.StatusBadRequest || !same {
			t.Errorf("%s tells an account that is hidden (%d) from one that is unknown (%d)", path, hidden.Code, unknown.Code)
		}
	}
}

// Without a viewer there is nothing.
func TestNobody(t *testing.T) {
	t.Parallel()
	h := dashboard.New(dashboard.Options{Books: new(ledgertest.Memory), Now: atNoon})
	for _, path := range []string{"/", "/state", "/export/entries.csv", "/assets/x"} {
		if w := get(t, h, path); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", path, w.Code)
		}
	}
}

// Texts from elsewhere stay texts.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>{{.}}`
	store := new(ledgertest.Memory)
	w := ledger.Window{Start: noon.Add(-time.Hour), End: noon}
	var entries []venice.UsageEntry
	for i, sku := range []string{evil + "-llm-input-mtoken", evil, "javascript:alert(3)", "' onmouseover='alert(4)"} {
		entries = append(entries, venice.UsageEntry{Timestamp: w.Start.Add(time.Duration(i) * time.Minute), SKU: sku, Notes: evil,
			Currency: venice.Currency(evil), Amount: decimalOf("-1"), InferenceDetails: &venice.InferenceDetails{RequestID: evil}})
		entries = append(entries, venice.UsageEntry{Timestamp: w.Start, SKU: sku, Currency: venice.USD, Amount: decimalOf("-1")})
	}
	if _, err := store.Replace(t.Context(), evil, []ledger.Reading{{Window: w, Entries: entries, ReadAt: noon}}); err != nil {
		t.Fatal(err)
	}
	h := shown(store)
	for _, address := range []string{"/?since=24h", "/?since=24h&by=currency", "/?since=24h&by=sku", "/?since=24h&q=" + url.QueryEscape(evil),
		"/?since=24h&model=" + url.QueryEscape(evil), "/?since=" + url.QueryEscape(evil)} {
		root := parse(t, get(t, h, address).Body.String())
		for _, n := range all(root, func(*html.Node) bool { return true }) {
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "href" && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("%s: <%s %s=%q>", address, n.Data, a.Key, a.Val)
				}
			}
			if n.Data == "script" && (n.FirstChild != nil || !strings.HasPrefix(attribute(n, "src"), "/assets/")) || n.Data == "style" {
				t.Errorf("%s: a foreign <%s>", address, n.Data)
			}
		}
		if address == "/?since=24h&by=sku" && !strings.Contains(text(byID(t, root, "entry-list")), evil) {
			t.Errorf("%s does not show the text", address)
		}
	}
}
