package report_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// booked keeps the postings as what was read of a window, at its end.
func booked(t *testing.T, store ledger.Store, list []posting, w ledger.Window) {
	t.Helper()
	readings := map[string]ledger.Reading{}
	for _, account := range []string{"home", "work"} {
		readings[account] = ledger.Reading{Window: w, ReadAt: w.End}
	}
	for _, p := range list {
		reading := readings[p.account]
		reading.Entries = append(reading.Entries, p.UsageEntry)
		readings[p.account] = reading
	}
	for account, reading := range readings {
		if _, err := store.Replace(t.Context(), account, []ledger.Reading{reading}); err != nil {
			t.Fatal(err)
		}
	}
}

func ask(t *testing.T, store ledger.Books, q report.Question) *report.Report {
	t.Helper()
	r, err := report.Ask(t.Context(), store, q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Each figure of each group is what a second computation in fractions gives,
// around the days when clocks change.
func TestFigures(t *testing.T) { onEveryStore(t, testFigures) }

func testFigures(t *testing.T, kind storeKind) {
	dimensions := slices.DeleteFunc(report.Dimensions(), func(d ledger.Dimension) bool { return d == report.ByKey })
	for seed := range 60 / kind.one {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			name := []string{"UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"}[seed%5]
			here := zone(t, name)
			change := []string{"2026-03-07T12:00:00Z", "2026-10-31T12:00:00Z", "2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"}[r.IntN(4)]
			w := ledger.Window{Start: at(t, change)}
			w.End = w.Start.Add(time.Duration(1+r.IntN(100)) * time.Hour)
			list := postings(r, r.IntN(120), w)
			store := kind.open(t)
			booked(t, store, list, w)

			by := []ledger.Dimension{dimensions[r.IntN(len(dimensions))]}
			if second := dimensions[r.IntN(len(dimensions))]; second != by[0] && !(second.OfTime() && by[0].OfTime()) {
				by = append(by, second)
			}
			q := report.Question{Query: ledger.Query{Selection: ledger.Selection{Window: w}, By: by, Zone: here}, Now: w.End}
			got := ask(t, store, q)
			if !got.Complete {
				t.Errorf("not complete: %+v", got.Coverage)
			}

			want := expect(list, by, here)
			if by[0].OfTime() { // every period has a row
				for at := w.Start; at.Before(w.End); at = at.Add(time.Minute) {
					name, found := spell(by[0], at.In(here)), false
					for key := range want {
						found = found || strings.HasPrefix(key, name)
					}
					if !found {
						want[strings.TrimSuffix(name+strings.Repeat("|", len(by)-1), "|")+strings.Repeat("|", len(by)-1)] = nil
					}
				}
			}
			for _, row := range got.Rows {
				key := strings.Join(row.Group, "|")
				e, ok := want[key]
				if !ok {
					t.Errorf("by %v in %s: a row %q of no group", by, name, key)
				}
				for _, d := range differences(row.Figures, e) {
					t.Errorf("by %v in %s, %s: %s", by, name, key, d)
				}
				delete(want, key)
			}
			for key := range want {
				t.Errorf("by %v in %s: no row %q", by, name, key)
			}
			for _, d := range differences(got.Totals, expect(list, nil, here)[""]) {
				t.Errorf("totals: %s", d)
			}
			checkOrder(t, got, by)
			checkTop(t, store, q, got, 1+r.IntN(4))
		})
	}
}

// checkOrder wants time to ascend, spend to descend, and one block for each
// value of the first dimension.
func checkOrder(t *testing.T, got *report.Report, by []ledger.Dimension) {
	t.Helper()
	block := map[string]decimal.Decimal{}
	for _, row := range got.Rows {
		block[row.Group[0]] = block[row.Group[0]].Add(row.DollarSpend)
	}
	for i := range max(0, len(got.Rows)-1) {
		a, b := got.Rows[i], got.Rows[i+1]
		level := 0
		spendA, spendB := block[a.Group[0]], block[b.Group[0]]
		if a.Group[0] == b.Group[0] {
			level, spendA, spendB = 1, a.DollarSpend, b.DollarSpend
		}
		x, y := a.Group[level], b.Group[level]
		switch {
		case by[level] == ledger.ByHour:
			before, err1 := time.Parse(time.RFC3339, x)
			after, err2 := time.Parse(time.RFC3339, y)
			if err := errors.Join(err1, err2); err != nil || after.Before(before) {
				t.Errorf("%s before %s: %v", x, y, err)
			}
		case by[level].OfTime():
			if x >= y {
				t.Errorf("%s before %s", x, y)
			}
		case spendA.LessThan(spendB) || spendA.Equal(spendB) && x >= y:
			t.Errorf("%s with %s before %s with %s", x, spendA, y, spendB)
		}
	}
}

// checkTop wants the groups with the highest spend, the same figures in them,
// and the same totals with the row of the others.
func checkTop(t *testing.T, store ledger.Store, q report.Question, whole *report.Report, n int) {
	t.Helper()
	q.Top = n
	got := ask(t, store, q)
	competitor := func(row report.Row) string {
		var values []string
		for i, v := range row.Group {
			if len(q.By) == 1 || !q.By[i].OfTime() {
				values = append(values, v)
			}
		}
		return strings.Join(values, "|")
	}
	figures, spend := map[string]report.Figures{}, map[string]decimal.Decimal{}
	for _, row := range whole.Rows {
		figures[strings.Join(row.Group, "|")] = row.Figures
		if *row.Entries > 0 {
			spend[competitor(row)] = spend[competitor(row)].Add(row.DollarSpend)
		}
	}
	kept, total := map[string]bool{}, map[venice.Currency]*big.Rat{}
	var entries, others int64
	for _, row := range got.Rows {
		entries += *row.Entries
		for _, m := range row.Currencies {
			add(total, m.Currency, rat(m.Spend))
		}
		switch {
		case row.Folded:
			others++
			if !slices.Contains(row.Group, report.Other) {
				t.Errorf("top %d: folded row %q", n, row.Group)
			}
		case *row.Entries > 0:
			kept[competitor(row)] = true
			if diff := cmp.Diff(figures[strings.Join(row.Group, "|")], row.Figures); diff != "" {
				t.Errorf("top %d changed %q (-without +with):\n%s", n, row.Group, diff)
			}
		}
	}
	if want := min(n, len(spend)); len(kept) != want || (others > 0) != (len(spend) > n) {
		t.Errorf("top %d by %v kept %d of %d, others %d", n, q.By, len(kept), len(spend), others)
	}
	for in := range kept {
		for out := range spend {
			if !kept[out] && spend[out].GreaterThan(spend[in]) {
				t.Errorf("top %d kept %s with %s and not %s with %s", n, in, spend[in], out, spend[out])
			}
		}
	}
	if diff := cmp.Diff(whole.Totals, got.Totals); diff != "" {
		t.Errorf("top %d changed the totals:\n%s", n, diff)
	}
	if entries != *whole.Totals.Entries {
		t.Errorf("top %d: %d entries in the rows, %d in all", n, entries, *whole.Totals.Entries)
	}
	for _, m := range whole.Totals.Currencies {
		if rat(m.Spend).Cmp(total[m.Currency]) != 0 {
			t.Errorf("top %d: %s %s in the rows, %s in all", n, total[m.Currency].FloatString(20), m.Currency, m.Spend)
		}
	}
}

// Requests of the others are counted where that is possible, and unknown where
// a request is in several groups.
func TestRequestsOfOthers(t *testing.T) { onEveryStore(t, testRequestsOfOthers) }

func testRequestsOfOthers(t *testing.T, kind storeKind) {
	w := ledger.Window{Start: at(t, "2026-06-01T00:00:00Z"), End: at(t, "2026-06-03T00:00:00Z")}
	entry := func(day int, sku int, request, amount string) posting {
		return posting{"home", venice.UsageEntry{Timestamp: w.Start.AddDate(0, 0, day), SKU: skus[sku].sku, Currency: venice.USD,
			Amount: decimal.RequireFromString(amount), InferenceDetails: &venice.InferenceDetails{RequestID: request}}, skus[sku]}
	}
	store := kind.open(t)
	booked(t, store, []posting{
		entry(0, 0, "a", "-9"), entry(0, 1, "a", "-5"), entry(0, 2, "b", "-4"), entry(0, 4, "c", "-1"),
		entry(1, 0, "d", "-9"), entry(1, 2, "d", "-1"), entry(1, 4, "e", "-1"),
	}, w)
	q := report.Question{Query: ledger.Query{Selection: ledger.Selection{Window: w},
		By: []ledger.Dimension{ledger.ByDay, ledger.ByModel}}, Top: 1, Now: w.End}
	var got []string
	for _, row := range ask(t, store, q).Rows {
		n := "unknown"
		if row.Requests != nil {
			n = fmt.Sprint(*row.Requests)
		}
		got = append(got, strings.Join(row.Group, " ")+" "+n)
	}
	want := []string{"2026-06-01 glm 1", "2026-06-01 (other) 2", "2026-06-02 glm 1", "2026-06-02 (other) unknown"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-06-15T12:00:00Z")
	day := ledger.Window{Start: now.Add(-24 * time.Hour), End: now}
	for want, q := range map[string]report.Question{
		`unknown dimension "colour"`:     {Query: ledger.Query{By: []ledger.Dimension{"colour"}}},
		"model is asked for twice":       {Query: ledger.Query{By: []ledger.Dimension{"model", "model"}}},
		"at most 2":                      {Query: ledger.Query{By: []ledger.Dimension{"model", "day", "sku"}}},
		"both periods of time":           {Query: ledger.Query{By: []ledger.Dimension{"hour", "day"}}},
		"ends before it begins":          {Query: ledger.Query{Selection: ledger.Selection{Window: ledger.Window{Start: now.Add(-time.Hour), End: now.Add(-2 * time.Hour)}}}},
		"begins in the future":           {Query: ledger.Query{Selection: ledger.Selection{Window: ledger.Window{Start: now.Add(time.Hour)}}}},
		"by key goes with":               {Query: ledger.Query{By: []ledger.Dimension{"key", "model"}}},
		"not with hour":                  {Query: ledger.Query{By: []ledger.Dimension{"hour", "key"}}},
		"by key knows UTC days only":     {Query: ledger.Query{By: []ledger.Dimension{"key"}, Zone: zone(t, "Europe/Berlin")}},
		"by key takes no filter":         {Query: ledger.Query{By: []ledger.Dimension{"key"}, Selection: ledger.Selection{Models: []string{"glm"}}}},
		"by key takes no filter but acc": {Query: ledger.Query{By: []ledger.Dimension{"key"}, Selection: ledger.Selection{Currencies: []venice.Currency{"USD"}}}},
		"more than 20000 hours": {Query: ledger.Query{By: []ledger.Dimension{"hour"},
			Selection: ledger.Selection{Window: ledger.Window{Start: now.AddDate(-9, 0, 0), End: now}}}},
	} {
		q.Now = now
		store := new(ledgertest.Memory)
		booked(t, store, nil, ledger.Window{Start: ledger.Beginning, End: day.End})
		if _, err := report.Ask(t.Context(), store, q); !errors.Is(err, report.ErrQuestion) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := report.Ask(gone, new(ledgertest.Memory), report.Question{Now: now}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the error of the context", err)
	}
}
