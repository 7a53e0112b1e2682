package dashboard_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

func small(t testing.TB) *ledgertest.Memory {
	t.Helper()
	store := new(ledgertest.Memory)
	w := ledger.Window{Start: noon.AddDate(-2, 0, 0), End: noon}
	entries := []venice.UsageEntry{
		{Timestamp: w.Start, SKU: "glm-llm-output-mtoken", Currency: venice.USD, Amount: decimalOf("-1.5"), Units: decimalOf("1")},
		{Timestamp: noon.Add(-3600e9), SKU: "glm-llm-output-mtoken", Currency: venice.DIEM, Amount: decimalOf("-0.0000001"), Units: decimalOf("1")},
	}
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{{Window: w, Entries: entries, ReadAt: noon}}); err != nil {
		t.Fatal(err)
	}
	return store
}

// Bad parameters are named on a page of status 400.
func TestBadParameters(t *testing.T) {
	t.Parallel()
	h := shown(small(t))
	for query, want := range map[string]string{
		"since=yesterday":                        "since=yesterday must be a date",
		"since=0001-01-01":                       "must be within the years",
		"until=7x":                               "until=7x must be a date",
		"since=2026-06-10&until=2026-06-01":      "the range ends before it begins",
		"since=2027-01-01":                       "the range begins in the future",
		"tz=Mars/Olympus":                        "tz=Mars/Olympus is no time zone",
		"tz=Local":                               "tz=Local is no time zone",
		"tz=../../etc/passwd":                    "is no time zone",
		"by=colour":                              "by=colour is unknown: it must be one of model, key",
		"step=minute":                            "step=minute is unknown",
		"account=nobody":                         "account=nobody is not in the books",
		"page=0":                                 "page=0 is no page",
		"page=x":                                 "page=x is no page",
		"page=99999999999999999999":              "is no page",
		"by=key&step=hour":                       "by key goes with day",
		"by=key&model=glm":                       "by key takes no filter",
		"since=all&step=hour":                    "choose longer steps",
		"since=all&step=day&tz=Europe/Berlin":    "",
		"since=365d&step=hour":                   "choose longer steps",
		"q=" + strings.Repeat("x", 301):          "q is longer than",
		"by=key&tz=Asia/Tokyo":                   "",
		"currency=stardust&model=x&q=%00%ff&x=y": "",
	} {
		w := get(t, h, "/?"+query)
		body := text(parse(t, w.Body.String()))
		switch {
		case want == "" && w.Code != http.StatusOK:
			t.Errorf("%s: %d %s", query, w.Code, body)
		case want != "" && (w.Code != http.StatusBadRequest || !strings.Contains(body, want)):
			t.Errorf("%s: %d %s, want %q", query, w.Code, body, want)
		}
	}
}

// Whatever the address says, there is a page, whose links lead to pages too.
func FuzzAddress(f *testing.F) {
	for _, query := range []string{"", "since=all&by=key", "since=24h&step=hour&tz=Asia/Kolkata", "page=3&q=a", "since=%zz", "until=1h&since=2h&currency=usd",
		"since=2024-06-24&until=9000-01-01&step=month", "tz=Africa/Cairo&since=2026-04-20"} {
		f.Add(query)
	}
	h := shown(small(f))
	f.Fuzz(func(t *testing.T, query string) {
		address := "/?" + query
		w := get(t, h, address)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Fatalf("%s: %d", address, w.Code)
		}
		root := parse(t, w.Body.String())
		if len(all(root, named("main"))) != 1 || len(all(root, named("h1"))) != 1 {
			t.Errorf("%s: not one main part with one heading", address)
		}
	})
}

// A tiny amount is never shown as nothing.
func TestTinyAmounts(t *testing.T) {
	t.Parallel()
	root := open(t, shown(small(t)), "/?since=24h")
	if got := text(byID(t, root, "totals")); !strings.Contains(got, "≈ $<0.000001") {
		t.Errorf("the spend is told as %s", got)
	}
	if got := text(byID(t, root, "entry-list")); !strings.Contains(got, "-<0.000001") {
		t.Errorf("the entry is told as %s", got)
	}
}
