package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/access"
)

var routes = []string{"balance", "usage", "usage-history", "usage-analytics"}

// several are books of some accounts, whose entries name them.
func several(t *testing.T, accounts ...string) ledger.Store {
	t.Helper()
	store := &ledgertest.Memory{}
	for i, account := range accounts {
		at := noon.AddDate(0, 0, -i-1)
		put(t, store, account, at, at.Add(1e6), at.Add(2e6), at.Add(3e6), at.Add(4e6), at.Add(5e6), at.Add(6e6), at.Add(7e6), at.Add(8e6), at.Add(9e6), at.Add(1e7))
		if err := store.SaveBalance(t.Context(), account, ledger.BalanceAt{At: at}); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func TestWhichAccount(t *testing.T) {
	t.Parallel()
	everything, work := &access.Viewer{Name: "root"}, &access.Viewer{Name: "w", Account: "work"}
	for _, c := range []struct {
		accounts, query string
		viewer          *access.Viewer
		status          int
		says            string // names the account, or what is wrong
	}{
		{"work", "", everything, 200, "work"},
		{"work home", "account=home", everything, 200, "home"},
		{"work default home", "", everything, 200, "default"},
		{"work home", "", everything, 400, "'home' | 'work'"},
		{"work home", "account=else", everything, 400, "'home' | 'work'"},
		{"work home", "account=", everything, 400, "'home' | 'work'"},
		{"work home", "account=work&account=work", everything, 400, "received array"},
		{"work home", "", work, 200, "work"},
		{"work home default", "account=work", work, 200, "work"},
		{"work home", "account=home", work, 403, "for the account work only"},
		{"work home", "account=else", work, 403, "for the account work only"},
		{"work home", "account=", work, 403, "for the account work only"},
		{"work home", "", nil, 403, "Access denied"},
		{"work home", "account=work", nil, 403, "Access denied"},
	} {
		s := serve(t, several(t, strings.Fields(c.accounts)...)).as(c.viewer)
		for _, route := range routes {
			a := s.get(root + route + "?" + c.query)
			if a.status != c.status {
				t.Errorf("%+v: %s: %d %s", c, route, a.status, a.body)
			}
			if route != "balance" && route != "usage-analytics" || a.status != http.StatusOK {
				if !strings.Contains(string(a.body), c.says) {
					t.Errorf("%+v: %s: %s", c, route, a.body)
				}
			}
			if c.viewer == nil || c.viewer == work {
				if strings.Contains(string(a.body), "home") || strings.Contains(string(a.body), "default-llm") {
					t.Errorf("%+v: %s tells of another account: %s", c, route, a.body)
				}
			}
		}
	}
}

// A token for an account that has nothing yet sees nothing, and of others least of
// all.
func TestAccountWithoutBooks(t *testing.T) {
	t.Parallel()
	s := serve(t, several(t, "home")).as(&access.Viewer{Account: "work"})
	for _, route := range []string{"usage", "usage-history"} {
		a := s.get(root + route)
		if p := read(t, a); len(p.Data) != 0 || p.NextCursor != "" || a.header.Get("X-Ducat-Complete") != "false" || a.header.Get("X-Ducat-As-Of") != "" {
			t.Errorf("%s: %v %s", route, a.header, a.body)
		}
	}
	if a := s.get(root + "usage-analytics"); strings.Contains(string(a.body), "home") {
		t.Errorf("analytics: %s", a.body)
	}
	if a := s.get(root + "balance"); a.status != http.StatusServiceUnavailable {
		t.Errorf("balance: %d %s", a.status, a.body)
	}
}

// A cursor goes on with its own account, and is no way into another one.
func TestCursorKeepsItsAccount(t *testing.T) {
	t.Parallel()
	s := serve(t, several(t, "work", "home"))
	next := read(t, s.get(root+"usage-history?account=home&pageSize=10")).NextCursor
	for _, c := range []struct {
		viewer *access.Viewer
		query  string
		status int
	}{
		{&everybody, "", 200},
		{&everybody, "&account=home", 200},
		{&everybody, "&account=work", 400},
		{&access.Viewer{Account: "home"}, "", 200},
		{&access.Viewer{Account: "home"}, "&account=home", 200},
		{&access.Viewer{Account: "work"}, "", 400},
		{&access.Viewer{Account: "work"}, "&account=home", 403},
		{nil, "", 403},
	} {
		a := s.as(c.viewer).get(root + "usage-history?cursor=" + next + c.query)
		if a.status != c.status {
			t.Errorf("%v with %q: %d %s", c.viewer, c.query, a.status, a.body)
		}
		if a.status == http.StatusOK && !strings.Contains(string(a.body), "home-llm") {
			t.Errorf("%v with %q: %s", c.viewer, c.query, a.body)
		}
	}
}
