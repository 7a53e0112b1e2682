package dashboard_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/dashboard"
	"github.com/ducat-ledger/ducat/venice"
)

// crowd are books of so many accounts. Of each tenth an hour is missing; account n
// has n left of 50 DIEM, but what the fourth has is of yesterday, the last three have
// no allowance, and the last one no balance. They spend 1 DIEM each hour.
func crowd(t *testing.T, accounts int) *ledgertest.Memory {
	t.Helper()
	store := new(ledgertest.Memory)
	for n := range accounts {
		name := fmt.Sprintf("account-%02d", n)
		var readings []ledger.Reading
		for hour := range 48 {
			start := noon.Add(time.Duration(hour-48) * time.Hour)
			w := ledger.Window{Start: start, End: start.Add(time.Hour)}
			if hour == 0 {
				w.Start = ledger.Beginning
			}
			if n%10 == 9 && hour == 40 {
				continue
			}
			readings = append(readings, ledger.Reading{Window: w, ReadAt: noon, Entries: []venice.UsageEntry{
				{Timestamp: start, SKU: "a", Currency: venice.DIEM, Amount: decimalOf("-1")},
			}})
		}
		if _, err := store.Replace(t.Context(), name, readings); err != nil {
			t.Fatal(err)
		}
		b := balance(fmt.Sprint(n), "50", "", noon)
		if n >= accounts-3 {
			b = balance("", "0", "7", noon)
		}
		if n == 3 {
			b.At = noon.AddDate(0, 0, -1)
		}
		if n == accounts-1 {
			continue
		}
		if err := store.SaveBalance(t.Context(), name, b); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// titles are the names of the accounts that a part of the page tells of.
func titles(part *html.Node) (names []string) {
	for _, title := range all(part, func(n *html.Node) bool { return n.Data == "h3" }) {
		if _, name, found := strings.Cut(text(title), "account-"); found {
			names = append(names, name)
		}
	}
	return names
}

// A page of many accounts tells of those that need a look, and how many there are.
func TestCrowd(t *testing.T) {
	t.Parallel()
	page := open(t, shown(crowd(t, 40)), "/")
	first := []string{"00", "01", "02", "04", "05", "06", "07", "08", "09", "10", "11", "12"}
	for id, want := range map[string]struct {
		names []string
		said  string
	}{
		"left":     {first, "Of 40 accounts, the 12 with the least DIEM left of their daily allowance."},
		"outlook":  {first, "Of 40 accounts, the 12 where DIEM runs out first."},
		"coverage": {[]string{"09", "19", "29", "39", "00", "01", "02", "03", "04", "05", "06", "07"}, "Of 40 accounts, the 12 that lack something or end first. 4 accounts lack something."},
	} {
		part := byID(t, page, id)
		if names := titles(part); !slices.Equal(names, want.names) || !strings.Contains(text(part), want.said) {
			t.Errorf("%s tells of %v: %s; want %v: %s", id, names, text(part)[:200], want.names, want.said)
		}
	}
	if links := all(byID(t, page, "accounts"), named("a")); len(links) != 1 || text(links[0]) != "All accounts" {
		t.Errorf("%d links of accounts", len(links))
	}
	if options := all(byID(t, page, "account-names"), named("option")); len(options) != 40 || attribute(options[39], "value") != "account-39" {
		t.Errorf("%d names of accounts to choose", len(options))
	}
}

func TestOneOfACrowd(t *testing.T) {
	t.Parallel()
	store := crowd(t, 40)
	page := open(t, shown(store), "/?account=account-33&since=7d")
	links := all(byID(t, page, "accounts"), named("a"))
	if len(links) != 2 || text(links[1]) != "account-33" || attribute(links[1], "aria-current") != "true" || attribute(links[0], "href") != "/?since=7d" {
		t.Errorf("the links of accounts are %s", text(byID(t, page, "accounts")))
	}
	if left := text(byID(t, page, "left")); !strings.Contains(left, "33") || strings.Contains(left, "accounts") {
		t.Errorf("what is left of one account is %s", left)
	}
	forms := all(page, func(n *html.Node) bool { return attribute(n, "class") == "pick" })
	if len(forms) != 1 {
		t.Fatalf("%d forms to choose an account", len(forms))
	}
	passed := map[string]string{}
	for _, input := range all(forms[0], named("input")) {
		passed[attribute(input, "name")] = attribute(input, "value")
	}
	if len(passed) != 2 || passed["since"] != "7d" || passed["account"] != "" {
		t.Errorf("the form passes on %v", passed)
	}
	site := dashboard.New(dashboard.Options{Books: store, Now: atNoon})
	own := get(t, let(site, access.Viewer{Name: "token", Account: "account-33"}), "/")
	if own.Code != http.StatusOK || strings.Contains(own.Body.String(), "account-32") || strings.Contains(own.Body.String(), "class=\"pick\"") {
		t.Errorf("who sees one account is shown others: %d", own.Code)
	}
}

// As many accounts as are shown are all shown, by their names.
func TestNoCrowdYet(t *testing.T) {
	t.Parallel()
	page := open(t, shown(crowd(t, 12)), "/")
	for id, of := range map[string]int{"left": 12, "outlook": 12, "coverage": 12} {
		names := titles(byID(t, page, id))
		if len(names) != of || !slices.IsSorted(names) || strings.Contains(text(byID(t, page, id)), "Of 12 accounts") {
			t.Errorf("%s tells of %v", id, names)
		}
	}
	if links := all(byID(t, page, "accounts"), named("a")); len(links) != 13 {
		t.Errorf("%d links of accounts", len(links))
	}
}
