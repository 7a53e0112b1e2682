package dashboard_test

import (
	"fmt"
	"math/big"
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
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// threeBudgets are one that nobody reaches, one that is exceeded, and one between.
var threeBudgets = []dashboard.Budget{
	{Budget: report.Budget{Name: "far away", Amount: decimalOf("100000"), Period: report.PerMonth}, Thresholds: []int{50, 80, 100}},
	{Budget: report.Budget{Name: "tiny", Amount: decimalOf("0.01"), Period: report.PerMonth, Currency: venice.DIEM}, Thresholds: []int{50, 80, 100}},
	{Budget: report.Budget{Name: "team", Accounts: []string{"home"}, Amount: decimalOf("10"), Period: report.PerWeek}, Thresholds: []int{20, 80}},
}

// shownTo is a dashboard with the three budgets.
func shownTo(books dashboard.Books, account string) func(t *testing.T, address string) *html.Node {
	h := let(dashboard.New(dashboard.Options{Books: books, Now: atNoon, Budgets: threeBudgets}), access.Viewer{Account: account})
	return func(t *testing.T, address string) *html.Node { return open(t, h, address) }
}

func wantWords(t *testing.T, where, said string, want ...string) {
	t.Helper()
	for _, words := range want {
		if !strings.Contains(said, words) {
			t.Errorf("%s says %q, want %q", where, said, words)
		}
	}
}

func TestOutlookIsTheReports(t *testing.T) {
	t.Parallel()
	store := new(ledgertest.Memory)
	synced(t, store, "home", simulated(t, 5, 4000))
	synced(t, store, "work", simulated(t, 6, 2000))
	scope := report.Scope{Accounts: []string{"home", "work"}, Now: noon}
	f, err := report.Foresee(t.Context(), store, scope)
	if err != nil {
		t.Fatal(err)
	}
	page := shownTo(store, "")
	root := page(t, "/?since=7d&model=none") // what the view chooses does not matter
	outlook := byID(t, root, "outlook")
	said := text(outlook)
	for _, i := range []int{0, 2} {
		e := f.Outlooks[i].Dollars
		if !e.Low.Valid {
			t.Fatalf("no range of %s to compare with", f.Outlooks[i].Period)
		}
		wantWords(t, "the outlook", said, "≈ $"+money.Readable(e.Total.Decimal), "≈ $ "+money.Readable(e.Spent)+" spent so far",
			"between "+money.Readable(e.Low.Decimal)+" and "+money.Readable(e.High.Decimal)+" in 8 of 10 cases")
	}
	wantWords(t, "the outlook", said, "Method: "+f.Words()+".", "until the reset at 00:00 UTC", "June until 1 Jul 2026, 00:00")
	for _, r := range f.RunOuts {
		verdict := map[report.Verdict]string{report.RunsOut: "Runs out at " + r.Forecast.At.Format("15:04") + " UTC",
			report.NotBeforeReset: "Not before the reset", report.IsOut: "Used up"}[r.Forecast.Verdict]
		wantWords(t, "the outlook", said, "When DIEM runs out "+r.Account+" "+verdict)
	}
	var burns [][]string
	for i, b := range f.Burns {
		change := "unknown"
		if d := b.Dollars.Change; d.Valid {
			change = strings.Replace("+"+d.Decimal.String()+"%", "+-", "-", 1)
		}
		burns = append(burns, []string{[]string{"Last hour", "Last 24 h", "Last 7 d"}[i], money.Readable(b.Dollars.Spend), money.Readable(b.Dollars.Earlier), change})
	}
	tables := all(outlook, named("table"))
	if diff := cmp.Diff(burns, cells(tables[0])); diff != "" {
		t.Errorf("burn (-report +page):\n%s", diff)
	}
	unusual, err := report.FindUnusual(t.Context(), store, scope, 28)
	if err != nil || len(unusual.Days) == 0 {
		t.Fatalf("%v, %d unusual days to compare with", err, len(unusual.Days))
	}
	var days [][]string
	for _, d := range slices.Backward(unusual.Days) {
		days = append(days, []string{d.Day.Format("Mon 2 Jan") + "above all " + d.Model, money.Readable(d.Spend), money.Readable(d.Usual)})
	}
	if diff := cmp.Diff(days, cells(tables[1])); diff != "" {
		t.Errorf("unusual days (-report +page):\n%s", diff)
	}
	// Each leads to that day.
	for i, a := range all(tables[1], named("a")) {
		total := all(byID(t, page(t, attribute(a, "href")), "totals"), func(n *html.Node) bool { return strings.Contains(attribute(n, "class"), "large") })
		if got := text(total[0]); got != "≈ $"+days[i][1] {
			t.Errorf("%s leads to %s, want %s", text(a), got, days[i][1])
		}
	}
}

// dollarsOf adds up what the server's own ledger has of debits from an instant on.
func dollarsOf(t *testing.T, server *venicetest.Server, since time.Time, only string) decimal.Decimal {
	t.Helper()
	sum := new(big.Rat)
	for _, e := range server.Entries() {
		amount, ok := new(big.Rat).SetString(e.Amount)
		if !ok {
			t.Fatalf("amount %q", e.Amount)
		}
		if e.Timestamp.Before(since) || !e.Timestamp.Before(noon) || amount.Sign() > 0 || only != "" && e.Currency != only {
			continue
		}
		if e.Currency == "VCU" {
			amount.Mul(amount, big.NewRat(1, 10))
		}
		sum.Sub(sum, amount)
	}
	return decimal.RequireFromString(sum.FloatString(24))
}

// What was spent is what the server's own ledger adds up to.
func TestOutlookAndBudgetsAreTheTruth(t *testing.T) {
	t.Parallel()
	server := simulated(t, 5, 4000)
	store := new(ledgertest.Memory)
	synced(t, store, "home", server)
	root := shownTo(store, "")(t, "/")
	midnight, month := noon.Truncate(24*time.Hour), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	said := text(byID(t, root, "outlook"))
	for _, since := range []time.Time{midnight, month} {
		wantWords(t, "the outlook", said, "≈ $ "+money.Readable(dollarsOf(t, server, since, ""))+" spent so far")
	}
	for i, span := range []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
		want := money.Readable(dollarsOf(t, server, noon.Add(-span), ""))
		if row := cells(all(byID(t, root, "outlook"), named("table"))[0])[i]; row[1] != want {
			t.Errorf("burn %q, want %s", row, want)
		}
	}
	var cards []string
	for _, card := range all(byID(t, root, "budgets"), named("li")) {
		cards = append(cards, text(card))
	}
	if len(cards) != 3 {
		t.Fatalf("budgets: %q", cards)
	}
	far, tiny, team := dollarsOf(t, server, month, ""), dollarsOf(t, server, month, "DIEM"), dollarsOf(t, server, time.Date(2026, 6, 22, 0, 0, 0, 0, time.UTC), "")
	wantWords(t, "far away", cards[0], money.Readable(far)+" of 100,000", money.Readable(decimalOf("100000").Sub(far))+" left",
		"Below the first threshold of 50%", "Ends 1 Jul 2026, 00:00 (UTC)", "$ equivalent, each month")
	wantWords(t, "tiny", cards[1], money.Readable(tiny)+" of 0.01", "Exceeded by "+money.Readable(tiny.Sub(decimalOf("0.01"))), "Reached 50%, 80%, 100%")
	wantWords(t, "team", cards[2], money.Readable(team)+" of 10", team.Shift(1).Truncate(1).String()+"%", "Reached 20%", "Ends 29 Jun 2026, 00:00 (UTC)", "Only accounts home")
	if strings.Contains(cards[0]+cards[2], "Exceeded") {
		t.Errorf("nothing but tiny is exceeded: %q", cards)
	}
}

// A viewer of one account sees what it would see of books that have no other.
func TestOutlookOfOneAccount(t *testing.T) {
	t.Parallel()
	home := simulated(t, 5, 2000)
	both, alone := new(ledgertest.Memory), new(ledgertest.Memory)
	synced(t, both, "home", home)
	synced(t, alone, "home", home)
	synced(t, both, "work", simulated(t, 6, 2000))
	got, want := shownTo(both, "home")(t, "/"), shownTo(alone, "home")(t, "/")
	for _, id := range []string{"outlook", "budgets", "where"} {
		if diff := cmp.Diff(text(byID(t, want, id)), text(byID(t, got, id))); diff != "" {
			t.Errorf("%s (-alone +among others):\n%s", id, diff)
		}
	}
	var names []string
	for _, card := range all(byID(t, got, "budgets"), named("li")) {
		names = append(names, strings.Fields(text(card))[0])
	}
	if !slices.Equal(names, []string{"team"}) {
		t.Errorf("the budgets %q, want that of the account alone", names)
	}
	// Whoever may see all sees both, and of the view of work not the budget of home.
	if said := text(byID(t, shownTo(both, "")(t, "/?account=work"), "budgets")); strings.Contains(said, "team") || !strings.Contains(said, "far away") {
		t.Errorf("the budgets of the view of work: %q", said)
	}
	if found := all(shownTo(both, "work")(t, "/"), func(n *html.Node) bool { return attribute(n, "id") == "budgets" }); len(found) > 0 {
		t.Errorf("a viewer of work sees %q", text(found[0]))
	}
}

func TestOutlookThatIsUnknown(t *testing.T) {
	t.Parallel()
	known := func(w ledger.Window, entries ...venice.UsageEntry) *ledgertest.Memory {
		store := new(ledgertest.Memory)
		if _, err := store.Replace(t.Context(), "home", []ledger.Reading{{Window: w, Entries: entries, ReadAt: w.End}}); err != nil {
			t.Fatal(err)
		}
		return store
	}
	late := noon.Add(-3 * 24 * time.Hour)
	for name, test := range map[string]struct {
		books dashboard.Books
		want  []string
	}{
		"no books":      {new(missing), []string{"Nothing can be foreseen yet: nothing has been read."}},
		"nothing spent": {known(ledger.Window{Start: ledger.Beginning, End: noon}), []string{"No forecast: nothing was spent yet.", "Unknown No balance is read yet.", "nothing before", "no day of the last 4 weeks has four days"}},
		"old books":     {known(ledger.Window{Start: ledger.Beginning, End: late}), []string{"Unknown: the books end at 2026-06-21T12:00:00Z, before it begins."}},
		"half a day": {known(ledger.Window{Start: noon.Add(-5 * time.Hour), End: noon}, venice.UsageEntry{Timestamp: noon.Add(-4 * time.Hour), SKU: "a", Currency: venice.USD, Amount: decimalOf("-3")}),
			[]string{"≈ $ 3 spent so far", "No range: 0 of the 10 past days", "Last 24 h: a part is not in the books.", "more may be spent: see coverage"}},
		"no worth": {known(ledger.Window{Start: ledger.Beginning, End: noon}, venice.UsageEntry{Timestamp: noon.Add(-4 * time.Hour), SKU: "a", Currency: "SHELLS", Amount: decimalOf("-3")}),
			[]string{"no known worth: SHELLS"}},
	} {
		root := open(t, shown(test.books), "/")
		wantWords(t, name, text(byID(t, root, "outlook")), test.want...)
		if len(all(root, func(n *html.Node) bool { return attribute(n, "id") == "budgets" })) > 0 {
			t.Errorf("%s: budgets, and none is configured", name)
		}
	}
	books := known(ledger.Window{Start: noon.Add(-5 * time.Hour), End: noon})
	wantWords(t, "an incomplete budget", text(byID(t, shownTo(books, "")(t, "/"), "budgets")), "Incomplete: a part of the period is not in the books")
}

func TestLimitsOfKeys(t *testing.T) {
	t.Parallel()
	some := func(text string) decimal.NullDecimal { return decimal.NewNullDecimal(decimalOf(text)) }
	key := func(name string, period venice.LimitPeriod, limit, used string) venice.APIKey {
		return venice.APIKey{Description: name, Last6Chars: "x" + name, LimitPeriod: period, ConsumptionLimits: venice.KeyAmounts{USD: some(limit)},
			CurrentPeriodUsage: venice.KeyAmounts{USD: some(used)}, TrailingSevenDays: venice.KeyAmounts{USD: some("7.25"), DIEM: some("0.5")}}
	}
	keys := []venice.APIKey{{Description: "free"}, key("calm", venice.LimitEpoch, "10", "2"), key("near", venice.LimitMonth, "10", "9.99999999999999999999"), key("full", venice.LimitLifetime, "10", "10")}
	for name, test := range map[string]struct {
		read time.Time
		want [][]string
	}{
		"now": {noon, [][]string{
			{"full …xfullLimit reached", "10 of 10 USD in all 100%", "7.25 USD0.5 DIEM"}, {"near …xnearNear its limit", money.Readable(decimalOf("9.99999999999999999999")) + " of 10 USD a month 99.9%", "7.25 USD0.5 DIEM"},
			{"calm …xcalm", "2 of 10 USD a day 20%", "7.25 USD0.5 DIEM"}, {"free", "No limit", "unknown"}}},
		"yesterday": {noon.AddDate(0, 0, -1), [][]string{
			{"full …xfullLimit reached", "10 of 10 USD in all 100%", "7.25 USD0.5 DIEM"}, {"near …xnearNear its limit", money.Readable(decimalOf("9.99999999999999999999")) + " of 10 USD a month 99.9%", "7.25 USD0.5 DIEM"},
			{"calm …xcalmRead before the period began anew", "2 of 10 USD a day 20%", "7.25 USD0.5 DIEM"}, {"free", "No limit", "unknown"}}},
	} {
		store := small(t)
		if err := store.SaveKeys(t.Context(), "home", ledger.KeysAt{At: test.read, Keys: keys}); err != nil {
			t.Fatal(err)
		}
		region := byID(t, open(t, shown(store), "/"), "limits-scroll")
		if diff := cmp.Diff(test.want, cells(all(region, named("table"))[0])); diff != "" {
			t.Errorf("%s (-want +page):\n%s", name, diff)
		}
	}
	store := small(t)
	for i := range 20 {
		keys = append(keys, key(fmt.Sprint(i), venice.LimitEpoch, "10", "1"))
	}
	if err := store.SaveKeys(t.Context(), "home", ledger.KeysAt{At: noon, Keys: keys}); err != nil {
		t.Fatal(err)
	}
	wantWords(t, "many keys", text(byID(t, open(t, shown(store), "/"), "where")), "16 more are not shown")
}

// A page that was prepared asks the books for nothing more.
func TestPreparedPage(t *testing.T) {
	t.Parallel()
	books := &counting{Memory: small(t)}
	h := dashboard.New(dashboard.Options{Books: books, Now: atNoon, Budgets: threeBudgets})
	if err := h.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	asked := books.sums.Load()
	open(t, let(h, access.Viewer{}), "/")
	if now := books.sums.Load(); asked == 0 || now != asked {
		t.Errorf("%d sums to prepare the page, and %d more to show it", asked, now-asked)
	}
	if err := dashboard.New(dashboard.Options{Books: new(missing), Now: atNoon}).Prepare(t.Context()); err != nil {
		t.Errorf("without books: %v", err)
	}
}
