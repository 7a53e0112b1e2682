package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

func TestWhatIsKnown(t *testing.T) {
	t.Parallel()
	store := &ledgertest.Memory{}
	day := func(d int) time.Time { return time.Date(2026, 2, d, 0, 0, 0, 0, time.UTC) }
	for _, w := range []ledger.Window{{Start: ledger.Beginning, End: day(5)}, {Start: day(10), End: day(20)}, {Start: day(20), End: noon.Add(-time.Minute)}} {
		if _, err := store.Replace(t.Context(), "default", []ledger.Reading{{Window: w, ReadAt: noon}}); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, store)
	for target, complete := range map[string]string{
		"usage":                                  "false",
		"usage?endDate=2026-02-05T00:00:00Z":     "true",
		"usage?endDate=2026-02-05T00:00:00.001Z": "false",
		"usage?startDate=2026-02-10T00:00:00Z":   "true", // open: up to where the books end
		"usage?startDate=2026-02-10T00:00:00Z&endDate=2030-01-01T00:00:00Z": "true",
		"usage?startDate=2026-02-10T00:00:00Z&endDate=2026-03-01T12:29:30Z": "false", // past, and not in the books
		"usage?startDate=2026-02-09T00:00:00Z":                              "false",
		"usage?startDate=2026-03-01T12:29:10Z":                              "false", // after the books end
		"usage?startDate=2031-01-01T00:00:00Z":                              "false",
		"usage-history":                                                     "false",
		"usage-history?startTimestamp=2026-02-12T00:00:00Z":                 "true",
		"usage-analytics":                                                   "true",
		"usage-analytics?lookback=60d":                                      "false",
		"usage-analytics?startDate=2026-02-10&endDate=2026-02-28":           "true",
		"usage-analytics?startDate=2026-02-01&endDate=2026-02-05":           "false",
	} {
		h := s.get(root + target).header
		if h.Get("X-Ducat-Complete") != complete || h.Get("X-Ducat-As-Of") != "2026-03-01T12:29:00.000Z" {
			t.Errorf("%s: complete %s as of %s", target, h.Get("X-Ducat-Complete"), h.Get("X-Ducat-As-Of"))
		}
	}
}

func TestUnchangedAnswersAreNotSentAgain(t *testing.T) {
	t.Parallel()
	store := several(t, "default", "other")
	s := serve(t, store)
	tags := map[string]string{}
	for _, target := range []string{
		"balance", "usage", "usage?page=2", "usage?account=other", "usage-history", "usage-history?account=other",
		"usage-analytics", "usage-analytics?lookback=8d",
	} {
		tag := s.get(root + target).header.Get("ETag")
		if other := tags[tag]; other != "" {
			t.Errorf("%s has the tag of %s", target, other)
		}
		tags[tag] = target
		for _, given := range []string{tag, `W/"else", ` + tag, "*"} {
			a := s.get(root+target, "If-None-Match", given)
			if a.status != http.StatusNotModified || a.header.Get("ETag") != tag || a.header.Get("X-Ducat-Complete") == "" {
				t.Errorf("%s with %s: %d %v", target, given, a.status, a.header)
			}
		}
		if a := s.get(root+target, "If-None-Match", `W/"else"`); a.status != http.StatusOK {
			t.Errorf("%s with another tag: %d", target, a.status)
		}
		csv := s.get(root+target, "If-None-Match", tag, "Accept", "text/csv")
		if target[0] == 'u' && csv.status != http.StatusOK {
			t.Errorf("%s as CSV: %d", target, csv.status)
		}
	}
	put(t, store, "default", noon.Add(-time.Hour))
	for tag, target := range tags {
		if a := s.get(root+target, "If-None-Match", tag); a.status != http.StatusOK {
			t.Errorf("%s after a change of the books: %d", target, a.status)
		}
	}
}

func TestBalanceIsTheNewest(t *testing.T) {
	t.Parallel()
	sim := simulated(t, 8)
	store := books(t, sim)
	if err := store.SaveBalance(t.Context(), "default", ledger.BalanceAt{At: noon.AddDate(0, 0, -1)}); err != nil {
		t.Fatal(err)
	}
	a := serve(t, store).get(root + "balance")
	want, got := decode[map[string]any](t, truth(t, sim, root+"balance")), decode[map[string]any](t, a)
	if diff := diffValues(want, got); diff != "" {
		t.Error(diff)
	}
	balances, err := store.LastBalances(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	last := balances["default"]
	if age := a.header.Get("Age"); age != "0" || a.header.Get("X-Ducat-As-Of") != last.At.Format("2006-01-02T15:04:05.000Z") {
		t.Errorf("age %q of a balance of %s: %v", age, last.At, a.header)
	}
	if err := store.SaveBalance(t.Context(), "stale", ledger.BalanceAt{At: noon.Add(-90 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	a = serve(t, store).get(root + "balance?account=stale")
	if a.header.Get("Age") != "90" || string(a.body) !=
		`{"canConsume":false,"consumptionCurrency":null,"balances":{"diem":null,"usd":null,"bundledCredits":null,"earnedCredits":null},"diemEpochAllocation":0}` {
		t.Errorf("age %s: %s", a.header.Get("Age"), a.body)
	}
}
