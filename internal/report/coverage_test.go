package report_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// june is "02T15" of June 2026, or the zero time for "".
func june(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	return at(t, "2026-06-"+text+":00:00Z")
}

// window is "02T15/03T00", of June.
func window(t *testing.T, text string) ledger.Window {
	t.Helper()
	start, end, _ := strings.Cut(text, "/")
	return ledger.Window{Start: june(t, start), End: june(t, end)}
}

func spellWindow(w ledger.Window) string {
	spell := func(t time.Time) string {
		switch {
		case t.IsZero():
			return ""
		case t.Equal(ledger.Beginning):
			return "beginning"
		}
		return t.UTC().Format("02T15")
	}
	return spell(w.Start) + "/" + spell(w.End)
}

func TestCoverage(t *testing.T) { onEveryStore(t, testCoverage) }

func testCoverage(t *testing.T, kind storeKind) {
	const now = "15T12"
	for name, test := range map[string]struct {
		covered []string // of home; what starts with "/" starts at the beginning
		asked   string
		window  string
		asOf    string
		missing string
		rows    string // days
	}{
		"all of it":             {[]string{"10T00/15T11"}, "13T00/", "13T00/15T11", "15T11", "", "13 14 15"},
		"until now":             {[]string{"10T00/15T11"}, "13T00/15T12", "13T00/15T11", "15T11", "", "13 14 15"},
		"until the future":      {[]string{"10T00/15T11"}, "13T00/20T00", "13T00/15T11", "15T11", "", "13 14 15"},
		"until a time past":     {[]string{"10T00/15T11"}, "13T00/15T00", "13T00/15T00", "15T00", "", "13 14"},
		"until after the books": {[]string{"10T00/13T11"}, "13T00/15T00", "13T00/15T00", "13T11", "13T11/15T00", "13"},
		"a gap":                 {[]string{"10T00/12T00", "14T00/15T11"}, "11T00/", "11T00/15T11", "15T11", "12T00/14T00", "11 14 15"},
		"before the books":      {[]string{"13T06/15T11"}, "12T00/", "12T00/15T11", "15T11", "12T00/13T06", "13 14 15"},
		"after the books":       {[]string{"10T00/11T00"}, "13T00/", "13T00/15T12", "11T00", "13T00/15T12", ""},
		"nothing known":         {nil, "13T00/", "13T00/15T12", "", "13T00/15T12", ""},
		"ever, known":           {[]string{"/15T11"}, "/", "/15T11", "15T11", "", ""},
		"ever, not known":       {[]string{"13T00/15T11"}, "/", "/15T11", "15T11", "beginning/13T00", ""},
		"ever, until":           {[]string{"/15T11"}, "/14T00", "/14T00", "14T00", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := kind.open(t)
			var readings []ledger.Reading
			for _, text := range test.covered {
				w := window(t, text)
				if w.Start.IsZero() {
					w.Start = ledger.Beginning
				}
				readings = append(readings, ledger.Reading{Window: w, ReadAt: w.End})
			}
			if _, err := store.Replace(t.Context(), "home", readings); err != nil {
				t.Fatal(err)
			}
			got := ask(t, store, report.Question{Now: june(t, now), Query: ledger.Query{By: []ledger.Dimension{ledger.ByDay},
				Selection: ledger.Selection{Accounts: []string{"home"}, Window: window(t, test.asked)}}})
			var missing, rows []string
			for _, w := range got.Coverage[0].Missing {
				missing = append(missing, spellWindow(w))
			}
			for _, row := range got.Rows {
				rows = append(rows, strings.TrimPrefix(row.Group[0], "2026-06-"))
			}
			asOf := strings.TrimSuffix(spellWindow(ledger.Window{Start: got.Coverage[0].AsOf}), "/")
			gotText := fmt.Sprintf("window %s as of %s missing %s rows %s complete %t", spellWindow(got.Window), asOf,
				strings.Join(missing, " "), strings.Join(rows, " "), got.Complete)
			wantText := fmt.Sprintf("window %s as of %s missing %s rows %s complete %t", test.window, test.asOf,
				test.missing, test.rows, test.missing == "")
			if gotText != wantText {
				t.Errorf("got  %s\nwant %s", gotText, wantText)
			}
		})
	}
}

// One account that is behind makes the answer of all incomplete, and books
// without accounts know nothing.
func TestCoverageOfAccounts(t *testing.T) { onEveryStore(t, testCoverageOfAccounts) }

func testCoverageOfAccounts(t *testing.T, kind storeKind) {
	store := kind.open(t)
	q := report.Question{Now: june(t, "15T12")}
	if got := ask(t, new(ledgertest.Memory), q); got.Complete || len(got.Rows) != 1 || *got.Totals.Entries != 0 || *got.Totals.Requests != 0 {
		t.Errorf("of nothing: %+v", got)
	}
	for account, text := range map[string]string{"home": "10T00/15T00", "work": "10T00/14T00"} {
		w := window(t, text)
		if _, err := store.Replace(t.Context(), account, []ledger.Reading{{Window: w, ReadAt: w.End}}); err != nil {
			t.Fatal(err)
		}
	}
	q.Window = window(t, "11T00/")
	if got := ask(t, store, q); !got.Complete || len(got.Coverage) != 2 || !got.Window.End.Equal(june(t, "15T00")) {
		t.Errorf("up to the end of each: %+v", got)
	}
	q.Window = window(t, "11T00/15T00")
	got := ask(t, store, q)
	if got.Complete || len(got.Coverage[0].Missing) != 0 || len(got.Coverage[1].Missing) != 1 {
		t.Errorf("work lacks a day: %+v", got)
	}
}

func TestByKey(t *testing.T) { onEveryStore(t, testByKey) }

func testByKey(t *testing.T, kind storeKind) {
	store := kind.open(t)
	day := func(account string, n int, readAfter time.Duration, keys ...venice.KeySpend) {
		d := june(t, fmt.Sprintf("%02dT00", n))
		if err := store.SaveKeyDay(t.Context(), account, ledger.KeyDay{Day: d, ReadAt: d.Add(readAfter), Keys: keys}); err != nil {
			t.Fatal(err)
		}
	}
	key := func(id, description, usd, diem string) venice.KeySpend {
		return venice.KeySpend{APIKeyID: id, Description: description, TotalUSD: dec(usd), TotalDIEM: dec(diem)}
	}
	day("home", 11, 30*time.Hour, key("k1", "old name", "1.5", "0"), key("", "Web App", "0", "0.25"))
	day("home", 12, 30*time.Hour, key("k1", "build", "0.000000001", "2"), key("k2", "twin", "4", "0"))
	day("home", 14, 30*time.Hour, key("k3", "twin", "1", "1"))
	day("home", 15, 11*time.Hour, key("k2", "twin", "0", "0"))
	day("work", 12, 30*time.Hour, key("k9", "", "7", "0"))
	day("work", 13, 20*time.Hour)

	for name, test := range map[string]struct {
		by       []ledger.Dimension
		accounts []string
		asked    string
		rows     []string
		missing  string
	}{
		"key": {[]ledger.Dimension{report.ByKey}, []string{"home"}, "11T05/",
			[]string{"twin (k2): 4 USD", "build: 2 DIEM 1.500000001 USD", "twin (k3): 1 DIEM 1 USD", "Web App: 0.25 DIEM"}, "home 13T00/14T00"},
		"day and key": {[]ledger.Dimension{ledger.ByDay, report.ByKey}, []string{"home"}, "11T00/13T00",
			[]string{"2026-06-11 build: 1.5 USD", "2026-06-11 Web App: 0.25 DIEM",
				"2026-06-12 twin: 4 USD", "2026-06-12 build: 2 DIEM 0.000000001 USD"}, ""},
		"week": {[]ledger.Dimension{report.ByKey, ledger.ByWeek}, []string{"home"}, "14T06/14T20",
			[]string{"twin 2026-06-08: 1 DIEM 1 USD"}, ""},
		"accounts": {[]ledger.Dimension{ledger.ByAccount, report.ByKey}, []string{"home", "work"}, "12T00/14T00",
			[]string{"work k9: 7 USD", "home twin: 4 USD", "home build: 2 DIEM 0.000000001 USD"}, "home 13T00/14T00 work 13T20/14T00"},
	} {
		got := ask(t, store, report.Question{Now: june(t, "15T12"), Query: ledger.Query{By: test.by,
			Selection: ledger.Selection{Accounts: test.accounts, Window: window(t, test.asked)}}})
		var rows, missing []string
		for _, row := range got.Rows {
			text := strings.Join(row.Group, " ") + ":"
			for _, m := range row.Currencies {
				text += fmt.Sprintf(" %s %s", m.Spend, m.Currency)
			}
			rows = append(rows, text)
			if row.Entries != nil || row.Requests != nil {
				t.Errorf("%s: entries or requests claimed in %q", name, row.Group)
			}
		}
		for _, c := range got.Coverage {
			for _, w := range c.Missing {
				missing = append(missing, c.Account+" "+spellWindow(w))
			}
		}
		if diff := cmp.Diff(test.rows, rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if m := strings.Join(missing, " "); m != test.missing || got.Complete != (m == "") {
			t.Errorf("%s: missing %q, want %q; complete %t", name, m, test.missing, got.Complete)
		}
	}
}

// booksInUse are those that something happens to just before they add up.
type booksInUse struct {
	ledger.Books
	happen func()
}

func (b booksInUse) Sums(ctx context.Context, q ledger.Query) ([]ledger.Sum, error) {
	b.happen()
	return b.Books.Sums(ctx, q)
}

// TestAccountComesMeanwhile has an account's first entries come after its coverage
// would have been asked for: nothing of them is claimed, so none may be counted.
func TestAccountComesMeanwhile(t *testing.T) { onEveryStore(t, testAccountComesMeanwhile) }

func testAccountComesMeanwhile(t *testing.T, kind storeKind) {
	store := kind.open(t)
	put := func(account string) {
		e := used(window(t, "01T00/30T00"), "zai-org-glm-5-1-llm-output-mtoken", "1", "2", venice.DIEM)
		if _, err := store.Replace(t.Context(), account, []ledger.Reading{reading(t, "1970-01-01T00:00:00Z", "2026-06-30T00:00:00Z", "2026-06-30T00:00:00Z", e)}); err != nil {
			t.Fatal(err)
		}
	}
	put("home")
	meanwhile := sync.OnceFunc(func() { put("work") })
	r := ask(t, booksInUse{store, meanwhile}, report.Question{Now: june(t, "30T12"), Query: ledger.Query{By: []ledger.Dimension{ledger.ByModel}}})
	if len(r.Coverage) != 1 || r.Coverage[0].Account != "home" || !r.Complete {
		t.Errorf("the report is of %v, complete: %t; want home, complete", r.Coverage, r.Complete)
	}
	if *r.Totals.Entries != 1 || r.Totals.DollarSpend.String() != "2" {
		t.Errorf("%d entries, spend %s; want those of home, 1 and 2", *r.Totals.Entries, r.Totals.DollarSpend)
	}
}
