package report_test

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// Periods begin where the calendars of their zones say, also when clocks change.
func TestBudgetPeriods(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		period          report.BudgetPeriod
		zone            string
		at, start, end  string
		another, before string // instants of the same period, and of the one before
	}{
		{"epoch", "UTC", "2026-06-15T12:00:00Z", "2026-06-15T00:00:00Z", "2026-06-16T00:00:00Z", "2026-06-15T23:59:59Z", "2026-06-14T23:59:59Z"},
		{"day", "UTC", "2026-06-15T00:00:00Z", "2026-06-15T00:00:00Z", "2026-06-16T00:00:00Z", "2026-06-15T23:59:59Z", "2026-06-14T23:59:59Z"},
		// 23 and 25 hours.
		{"day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-29T21:59:59Z", "2026-03-28T22:59:59Z"},
		{"day", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-25T22:30:00Z", "2026-10-24T21:59:59Z"},
		// No midnight: the clock goes from 23:59:59 to 01:00.
		{"day", "America/Havana", "2026-03-08T05:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "2026-03-09T03:59:59Z", "2026-03-08T04:59:59Z"},
		// Half an hour.
		{"day", "Australia/Lord_Howe", "2026-04-04T20:00:00Z", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z", "2026-04-05T13:29:59Z", "2026-04-04T12:59:59Z"},
		{"week", "UTC", "2026-06-21T23:59:59Z", "2026-06-15T00:00:00Z", "2026-06-22T00:00:00Z", "2026-06-15T00:00:00Z", "2026-06-14T12:00:00Z"},
		{"week", "Europe/Berlin", "2026-03-29T21:00:00Z", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-22T23:00:00Z", "2026-03-22T22:59:59Z"},
		{"month", "Europe/Berlin", "2026-03-31T21:59:59Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z", "2026-03-01T00:00:00Z", "2026-02-28T22:59:59Z"},
		{"month", "Pacific/Kiritimati", "2026-12-31T10:00:00Z", "2026-12-31T10:00:00Z", "2027-01-31T10:00:00Z", "2027-01-31T09:59:59Z", "2026-12-31T09:59:59Z"},
		{"month", "UTC", "2028-02-29T10:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z", "2028-02-01T00:00:00Z", "2028-01-31T23:59:59Z"},
	} {
		b := report.Budget{Period: test.period, Zone: zone(t, test.zone), Amount: dec("1")}
		want := ledger.Window{Start: at(t, test.start), End: at(t, test.end)}
		for _, instant := range []string{test.at, test.another, test.start} {
			if got := b.PeriodAt(at(t, instant)); !got.Start.Equal(want.Start) || !got.End.Equal(want.End) {
				t.Errorf("the %s of %s in %s is %s, want %s", test.period, instant, test.zone, got, want)
			}
		}
		if got := b.PeriodAt(at(t, test.before)); !got.End.Equal(want.Start) {
			t.Errorf("the %s before, of %s in %s, is %s, want one that ends at %s", test.period, test.before, test.zone, got, test.start)
		}
	}
}

// Every instant is in one period, and the periods follow each other without a gap.
func TestBudgetPeriodsTile(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"UTC", "Asia/Beirut", "Africa/Cairo", "America/Havana", "America/Asuncion", "Australia/Lord_Howe", "Pacific/Apia"} {
		for range 2000 {
			b := report.Budget{Amount: dec("1"), Zone: zone(t, name), Period: report.BudgetPeriods()[1+r.IntN(3)]}
			instant := time.Unix(r.Int64N(1_800_000_000), 0) // up to 2027
			w := b.PeriodAt(instant)
			if !w.Contains(instant) || b.PeriodAt(w.End).Start != w.End || b.PeriodAt(w.Start.Add(-1)).End != w.Start {
				t.Fatalf("the %s of %s in %s is %s; before it %s, after it %s", b.Period, instant.UTC(), name,
					w, b.PeriodAt(w.Start.Add(-1)), b.PeriodAt(w.End))
			}
		}
	}
}

// What is spent is what a second computation in fractions gives.
func TestBudgetSpent(t *testing.T) { onEveryStore(t, testBudgetSpent) }

func testBudgetSpent(t *testing.T, kind storeKind) {
	for seed := range 40 / kind.one {
		r := rand.New(rand.NewPCG(seed, 7))
		name := []string{"UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"}[seed%4]
		read := ledger.Window{Start: at(t, "2026-10-20T00:00:00Z"), End: at(t, "2026-11-05T00:00:00Z")}
		store := kind.open(t)
		list := postings(r, 300, read)
		booked(t, store, list, read)
		b := report.Budget{Name: "b", Amount: dec("1"), Zone: zone(t, name),
			Period:   []report.BudgetPeriod{report.PerDay, report.PerWeek, report.PerMonth}[r.IntN(3)],
			Currency: append(slices.Clone(money), "")[r.IntN(len(money)+1)],
			Accounts: [][]string{nil, {"home"}, {"home", "work"}}[r.IntN(3)],
			Models:   [][]string{nil, {"glm"}, {"kimi", "flux"}}[r.IntN(3)],
		}
		now := read.End.Add(-time.Duration(r.IntN(10*24)) * time.Hour)
		w := b.PeriodAt(now)
		got, err := report.AskBudget(t.Context(), store, b, w, now)
		if err != nil {
			t.Fatal(err)
		}
		want := new(big.Rat)
		for _, p := range list {
			amount := p.Amount.Rat()
			switch worth, priced := cents[p.Currency]; {
			case p.Timestamp.Before(w.Start) || !p.Timestamp.Before(w.End), amount.Sign() >= 0,
				len(b.Accounts) > 0 && !slices.Contains(b.Accounts, p.account),
				len(b.Models) > 0 && !slices.Contains(b.Models, p.model),
				b.Currency != "" && b.Currency != p.Currency, b.Currency == "" && !priced:
			case b.Currency == "":
				want.Sub(want, amount.Mul(amount, big.NewRat(worth, 100)))
			default:
				want.Sub(want, amount)
			}
		}
		if got.Spent.Rat().Cmp(want) != 0 {
			t.Errorf("seed %d: %+v: spent %s, want %s", seed, b, got.Spent, want.FloatString(20))
		}
	}
}

// The amount itself exceeds nothing, and the last digit behind it does.
func TestBudgetBorders(t *testing.T) {
	t.Parallel()
	const amount = "1234.56789012345678901234" // 24 digits
	for _, test := range []struct {
		spent, left, share             string
		reached100, reached99, exceeds bool
	}{
		{"1222.2222112222222211222165", "12.3456789012345678901235", "98.9999", false, false, false},
		{"1222.2222112222222211222166", "12.3456789012345678901234", "99", false, true, false},
		{"1234.56789012345678901233", "0.00000000000000000001", "99.9999", false, true, false},
		{amount, "0", "100", true, true, false},
		{"1234.56789012345678901235", "-0.00000000000000000001", "100", true, true, true},
		{"2469.13578024691357802468", "-1234.56789012345678901234", "200", true, true, true},
		{"0.00000000000000000001", "1234.56789012345678901233", "0", false, false, false},
	} {
		s := report.BudgetState{Budget: report.Budget{Amount: dec(amount)}, Spent: dec(test.spent)}
		if !s.Left().Equal(dec(test.left)) || !s.Share().Equal(dec(test.share)) || s.Exceeded() != test.exceeds ||
			s.Reached(100) != test.reached100 || s.Reached(99) != test.reached99 {
			t.Errorf("%s of %s: left %s, share %s, 100 %% %t, 99 %% %t, exceeded %t; want %+v", test.spent, amount,
				s.Left(), s.Share(), s.Reached(100), s.Reached(99), s.Exceeded(), test)
		}
	}
}

// reading is what was read of a window, at an instant.
func reading(t *testing.T, start, end, readAt string, entries ...venice.UsageEntry) ledger.Reading {
	t.Helper()
	r := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: at(t, end)}, ReadAt: at(t, readAt), Entries: entries}
	if start != "" {
		r.Window.Start = at(t, start)
	}
	return r
}

func TestBudgetCoverage(t *testing.T) { onEveryStore(t, testBudgetCoverage) }

func testBudgetCoverage(t *testing.T, kind storeKind) {
	spent := func(when string) venice.UsageEntry {
		return venice.UsageEntry{Timestamp: at(t, when), SKU: "x", Amount: dec("-1"), Currency: venice.USD}
	}
	for name, test := range map[string]struct {
		home, work []ledger.Reading
		accounts   []string
		now        string
		spent      string
		complete   bool
		asOf       string
		lag        time.Duration
		warnings   []string
	}{
		"up to five minutes ago": {
			home: []ledger.Reading{reading(t, "", "2026-06-15T11:55:00Z", "2026-06-15T11:55:00Z", spent("2026-06-14T23:59:59.999Z"), spent("2026-06-15T00:00:00Z"))},
			now:  "2026-06-15T12:00:00Z", spent: "1", complete: true, asOf: "2026-06-15T11:55:00Z", lag: 5 * time.Minute,
		},
		"not yet into the period": {
			home: []ledger.Reading{reading(t, "", "2026-06-14T23:58:00Z", "2026-06-14T23:58:00Z")},
			now:  "2026-06-15T00:00:00Z", spent: "0", complete: false, asOf: "2026-06-14T23:58:00Z", lag: 2 * time.Minute,
		},
		"a hole": {
			home: []ledger.Reading{reading(t, "", "2026-06-15T03:00:00Z", "2026-06-15T03:00:00Z", spent("2026-06-15T01:00:00Z")),
				reading(t, "2026-06-15T04:00:00Z", "2026-06-15T11:00:00Z", "2026-06-15T11:00:00Z", spent("2026-06-15T04:00:00Z"))},
			now: "2026-06-15T12:00:00Z", spent: "2", complete: false, asOf: "2026-06-15T11:00:00Z", lag: time.Hour,
		},
		"the one most behind counts": {
			home: []ledger.Reading{reading(t, "", "2026-06-15T11:00:00Z", "2026-06-15T11:00:00Z", spent("2026-06-15T10:00:00Z"))},
			work: []ledger.Reading{reading(t, "", "2026-06-15T09:00:00Z", "2026-06-15T09:00:00Z", spent("2026-06-15T08:00:00Z"))},
			now:  "2026-06-15T12:00:00Z", spent: "2", complete: true, asOf: "2026-06-15T09:00:00Z", lag: 3 * time.Hour,
		},
		"an account never seen": {
			home:     []ledger.Reading{reading(t, "", "2026-06-15T11:00:00Z", "2026-06-15T11:00:00Z", spent("2026-06-15T10:00:00Z"))},
			accounts: []string{"home", "hoem"},
			now:      "2026-06-15T12:00:00Z", spent: "1", complete: false, warnings: []string{`the books have never seen the account "hoem"`},
		},
		"over, and known to its end": {
			home: []ledger.Reading{reading(t, "", "2026-06-16T00:30:00Z", "2026-06-16T00:30:00Z", spent("2026-06-15T23:59:59Z"), spent("2026-06-16T00:00:00Z"))},
			now:  "2026-06-16T01:00:00Z", spent: "1", complete: true, asOf: "2026-06-16T00:00:00Z", lag: time.Hour,
		},
		"over, and not known to its end": {
			home: []ledger.Reading{reading(t, "", "2026-06-15T23:30:00Z", "2026-06-15T23:30:00Z", spent("2026-06-15T10:00:00Z"))},
			now:  "2026-06-16T01:00:00Z", spent: "1", complete: false, asOf: "2026-06-15T23:30:00Z", lag: 90 * time.Minute,
		},
	} {
		store := kind.open(t)
		for account, list := range map[string][]ledger.Reading{"home": test.home, "work": test.work} {
			if len(list) == 0 {
				continue
			}
			if _, err := store.Replace(t.Context(), account, list); err != nil {
				t.Fatal(err)
			}
		}
		b := report.Budget{Name: "b", Amount: dec("1"), Currency: venice.USD, Period: report.PerEpoch, Accounts: test.accounts}
		s, err := report.AskBudget(t.Context(), store, b, b.PeriodAt(at(t, "2026-06-15T12:00:00Z")), at(t, test.now))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		asOf := ""
		if !s.AsOf.IsZero() {
			asOf = s.AsOf.Format(time.RFC3339)
		}
		if s.Spent.String() != test.spent || s.Complete != test.complete || asOf != test.asOf || s.Lag != test.lag {
			t.Errorf("%s: spent %s, complete %t, as of %s, lag %s; want %s, %t, %s, %s", name,
				s.Spent, s.Complete, asOf, s.Lag, test.spent, test.complete, test.asOf, test.lag)
		}
		if diff := cmp.Diff(test.warnings, s.Warnings); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Names that the books have never seen are said; those of another period are not.
func TestBudgetUnseen(t *testing.T) { onEveryStore(t, testBudgetUnseen) }

func testBudgetUnseen(t *testing.T, kind storeKind) {
	store := kind.open(t)
	old := venice.UsageEntry{Timestamp: at(t, "2026-01-01T00:00:00Z"), SKU: "old-llm-input-mtoken", Amount: dec("-1"), Currency: "STARDUST"}
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading(t, "", "2026-06-15T11:00:00Z", "2026-06-15T11:00:00Z", old)}); err != nil {
		t.Fatal(err)
	}
	now := at(t, "2026-06-15T12:00:00Z")
	for _, test := range []struct {
		models   []string
		currency venice.Currency
		want     []string
	}{
		{[]string{"old"}, "STARDUST", nil},
		{[]string{"old", "odl"}, "", []string{`the books have never seen the model "odl"`}},
		{nil, "DEIM", []string{`the books have never seen the currency "DEIM"`}},
	} {
		b := report.Budget{Name: "b", Amount: dec("1"), Period: report.PerDay, Models: test.models, Currency: test.currency}
		s, err := report.AskBudget(t.Context(), store, b, b.PeriodAt(now), now)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, s.Warnings); diff != "" {
			t.Errorf("%v %s (-want +got):\n%s", test.models, test.currency, diff)
		}
	}
	b := report.Budget{Name: "b", Amount: dec("1"), Period: report.PerMonth}
	s, err := report.AskBudget(t.Context(), store, b, b.PeriodAt(old.Timestamp), now)
	if err != nil || !slices.Equal(s.Unpriced, []venice.Currency{"STARDUST"}) || !s.Spent.IsZero() {
		t.Errorf("%+v, %v; want STARDUST left out", s, err)
	}
}

// By key, days count when they are over, and a key is known by its names and id.
func TestBudgetByKey(t *testing.T) { onEveryStore(t, testBudgetByKey) }

func testBudgetByKey(t *testing.T, kind storeKind) {
	store := kind.open(t)
	for n, keys := range [][]venice.KeySpend{
		{{APIKeyID: "k1", Description: "prod", TotalUSD: dec("1.5"), TotalDIEM: dec("0.25")}, {APIKeyID: "k2", Description: "test", TotalUSD: dec("7")}},
		{{APIKeyID: "k1", Description: "production", TotalUSD: dec("2")}, {Description: "Web App", TotalDIEM: dec("3")}},
		{{APIKeyID: "k1", Description: "production", TotalUSD: dec("4")}, {APIKeyID: "k3", Description: "test", TotalUSD: dec("8")}},
	} {
		day := at(t, "2026-06-12T00:00:00Z").AddDate(0, 0, n)
		if err := store.SaveKeyDay(t.Context(), "home", ledger.KeyDay{Day: day, ReadAt: day.AddDate(0, 0, 2), Keys: keys}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		key      string
		currency venice.Currency
		period   report.BudgetPeriod
		at, now  string
		spent    string
		complete bool
		asOf     string
		warning  string
	}{
		{"production", venice.USD, report.PerMonth, "2026-06-15T12:00:00Z", "2026-06-15T12:00:00Z", "7.5", false, "2026-06-15T00:00:00Z", ""},
		{"k1", "", report.PerMonth, "2026-06-15T12:00:00Z", "2026-06-15T12:00:00Z", "7.75", false, "2026-06-15T00:00:00Z", ""},
		{"Web App", venice.DIEM, report.PerWeek, "2026-06-14T12:00:00Z", "2026-06-15T12:00:00Z", "3", false, "2026-06-15T00:00:00Z", ""},
		{"test", venice.USD, report.PerMonth, "2026-06-15T12:00:00Z", "2026-06-15T12:00:00Z", "15", false, "2026-06-15T00:00:00Z", "2 keys have the name"},
		{"prd", venice.USD, report.PerMonth, "2026-06-15T12:00:00Z", "2026-06-15T12:00:00Z", "0", false, "2026-06-15T00:00:00Z", `never seen the key "prd"`},
		// The day that runs has no sums yet; yesterday has.
		{"prod", venice.USD, report.PerEpoch, "2026-06-15T12:00:00Z", "2026-06-15T12:00:00Z", "0", true, "2026-06-15T00:00:00Z", ""},
		{"prod", venice.USD, report.PerEpoch, "2026-06-14T12:00:00Z", "2026-06-15T12:00:00Z", "4", true, "2026-06-15T00:00:00Z", ""},
		{"prod", venice.USD, report.PerWeek, "2026-06-15T12:00:00Z", "2026-06-15T12:00:00Z", "0", true, "2026-06-15T00:00:00Z", ""},
		// Yesterday is not read yet.
		{"prod", venice.USD, report.PerDay, "2026-06-16T12:00:00Z", "2026-06-16T12:00:00Z", "0", false, "2026-06-15T00:00:00Z", ""},
		{"prod", venice.USD, report.PerWeek, "2026-06-16T12:00:00Z", "2026-06-16T12:00:00Z", "0", false, "2026-06-15T00:00:00Z", ""},
	} {
		b := report.Budget{Name: "b", Amount: dec("1"), Key: test.key, Currency: test.currency, Period: test.period, Accounts: []string{"home"}}
		s, err := report.AskBudget(t.Context(), store, b, b.PeriodAt(at(t, test.at)), at(t, test.now))
		if err != nil {
			t.Fatal(err)
		}
		if s.Spent.String() != test.spent || s.Complete != test.complete || !s.AsOf.Equal(at(t, test.asOf)) || len(s.Notes) != 3 {
			t.Errorf("%s a %s: spent %s, complete %t, as of %s, notes %q; want %+v", test.key, test.period, s.Spent, s.Complete, s.AsOf, s.Notes, test)
		}
		if got := strings.Join(s.Warnings, "; "); !strings.Contains(got, test.warning) || test.warning == "" && got != "" {
			t.Errorf("%s a %s: warnings %q, want %q", test.key, test.period, got, test.warning)
		}
	}
}

func TestBudgetRefused(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	for want, b := range map[string]report.Budget{
		"more than 0":                  {Period: report.PerDay},
		"unknown period \"fortnight\"": {Amount: dec("1"), Period: "fortnight"},
		"an epoch begins":              {Amount: dec("1"), Period: report.PerEpoch, Zone: berlin},
		"UTC days only":                {Amount: dec("1"), Period: report.PerDay, Zone: berlin, Key: "k"},
		"takes no models":              {Amount: dec("1"), Period: report.PerDay, Models: []string{"m"}, Key: "k"},
		"have no other currency":       {Amount: dec("1"), Period: report.PerDay, Currency: venice.BundledCredits, Key: "k"},
	} {
		_, err := report.AskBudget(t.Context(), new(ledgertest.Memory), b, ledger.Window{}, time.Now())
		if !errors.Is(err, report.ErrQuestion) || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%+v: %v, want ErrQuestion with %q", b, err, want)
		}
	}
}
