package intake_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/intake"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// Every form, in every order and packing, brings the books to the ledger that it
// was written from, and a second time changes nothing.
func TestEveryForm(t *testing.T) {
	t.Parallel()
	all := simulator(t, 1500).Entries()
	ascending := asNDJSON(t, all)
	elements := "[" + strings.ReplaceAll(strings.TrimSpace(ascending), "\n", ",\n") + "]"
	shuffled := slices.Clone(all)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	for name, text := range map[string]string{
		"old.csv":      asCSV(t, "", reversed(all)),
		"ours.csv":     asCSV(t, "default", all),
		"excel.csv":    "\ufeff" + strings.ReplaceAll(asCSV(t, "", all), "\n", "\r\n"),
		"pages.csv":    asCSV(t, "", all[:700]) + asCSV(t, "", all[700:]),
		"usage.ndjson": ascending,
		"mixed.ndjson": "\n" + asNDJSON(t, shuffled),
		"page.json":    `{"data":` + elements + `,"page":1,"totals":{"entries":1,"pages":[]}}`,
		"list.json":    " " + elements + "\n",
		"a.gz":         gzipped(t, ascending[:5000]) + gzipped(t, ascending[5000:]),
		"a.zst":        zstandard(t, asCSV(t, "", shuffled)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, store := file(t, name, text), memory()
			r := loaded(t, path, store, how{put: intake.PutOptions{Part: 100}})
			sameBooks(t, name, store, "default", all)
			if r.Entries != len(all) || r.Fresh != len(all) || r.Same != 0 || r.Change.Changed() || r.Claim != intake.ByEntries {
				t.Errorf("result is %+v", r)
			}
			whole := []ledger.Window{{Start: all[0].Timestamp, End: all[len(all)-1].Timestamp.Add(time.Millisecond)}}
			sameWindows(t, "covered", coveredBy(t, store, "default").Windows(), whole)
			sameWindows(t, "filled", r.Filled, whole)

			again := loaded(t, path, untouched{store, t}, how{put: intake.PutOptions{Part: 333, Replace: true}})
			if again.Fresh != 0 || again.Same != len(all) || again.Change.Changed() || again.OnlyFile.Entries+again.OnlyBooks.Entries > 0 || again.Filled != nil {
				t.Errorf("the second time: %+v", again)
			}
		})
	}
}

// A file in the order of time, either way, is read twice: to look through it and
// to put it into the books.
func TestPasses(t *testing.T) {
	t.Parallel()
	rows := simulator(t, 1000).Entries()
	table := &counted{}
	for _, e := range rows {
		table.entries = append(table.entries, venice.UsageEntry{Timestamp: e.Timestamp, SKU: e.SKU, Currency: venice.Currency(e.Currency)})
	}
	open := intake.Options{Parquet: func(context.Context, string) (intake.Table, error) { return table, nil }}
	path := file(t, "usage.parquet", "PAR1")
	for _, test := range []struct {
		name   string
		change func()
		least  int
		most   int
	}{
		{"ascending", func() {}, 2, 2},
		{"descending", func() { slices.Reverse(table.entries) }, 2, 2},
		{"shuffled", func() {
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(rows), func(i, j int) { table.entries[i], table.entries[j] = table.entries[j], table.entries[i] })
		}, 3, 1 + 1000/50},
	} {
		test.change()
		table.reads = 0
		store := memory()
		loaded(t, path, store, how{open: open, put: intake.PutOptions{Part: 50}})
		if n := len(booksOf(t, store, "default")); n != len(rows) || table.reads < test.least || table.reads > test.most {
			t.Errorf("%s: %d entries after reading %d times, expected %d to %d", test.name, n, table.reads, test.least, test.most)
		}
	}
}

// interrupted ends a context after some transactions.
type interrupted struct {
	ledger.Store
	left   int
	cancel func()
	most   int // entries of a transaction
}

func (s *interrupted) Replace(ctx context.Context, account string, readings []ledger.Reading) ([]ledger.Change, error) {
	n := 0
	for _, r := range readings {
		n += len(r.Entries)
	}
	s.most = max(s.most, n)
	if s.left--; s.left == 0 {
		defer s.cancel()
	}
	return s.Store.Replace(ctx, account, readings)
}

// An import that ends early has put whole windows, and a second one the rest.
func TestResume(t *testing.T) {
	t.Parallel()
	all := simulator(t, 1000).Entries()
	for name, text := range map[string]string{"up.csv": asCSV(t, "", all), "down.csv": asCSV(t, "", reversed(all))} {
		path, store := file(t, name, text), memory()
		covers := ledger.Window{Start: ledger.Beginning, End: noon}
		fresh := 0
		for n := 1; ; n++ {
			ctx, cancel := context.WithCancel(t.Context())
			s := &interrupted{Store: store, left: 3, cancel: cancel}
			results, err := load(ctx, path, s, how{covers: covers, put: intake.PutOptions{Part: 60}})
			cancel()
			fresh += results[0].Fresh
			coverage := coveredBy(t, store, "default")
			var there []venicetest.Entry
			for _, e := range all {
				if slices.ContainsFunc(coverage, func(w ledger.Covered) bool { return w.Contains(e.Timestamp) }) {
					there = append(there, e)
				}
			}
			sameBooks(t, name, store, "default", there)
			if s.most > 100 { // an hour of the simulator has fewer than 40
				t.Errorf("%s: %d entries in a transaction", name, s.most)
			}
			if err == nil {
				if n < 4 || fresh != len(all) || len(coverage.Missing(covers)) > 0 {
					t.Errorf("%s: done after %d times, %d entries, coverage %v", name, n, fresh, coverage)
				}
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
	}
}

// What the books cover is compared and left, or replaced where that is asked for.
func TestOverlap(t *testing.T) {
	t.Parallel()
	all := simulator(t, 1000).Entries()
	store := memory()
	half := ledger.Window{Start: noon.AddDate(0, 0, -20), End: noon.AddDate(0, 0, -10)}
	if _, err := store.Replace(t.Context(), "default", []ledger.Reading{{Window: half, ReadAt: noon}}); err != nil {
		t.Fatal(err)
	}
	var inside, outside, changed []venicetest.Entry
	for _, e := range all {
		if half.Contains(e.Timestamp) {
			inside = append(inside, e)
		} else {
			outside = append(outside, e)
		}
	}
	// The books have an entry twice that the file has once, and another amount.
	inside[0].Currency, inside[5].Currency = "USD", "VCU"
	changed = append(slices.Clone(inside), inside[5])
	changed[0].Amount = "-7.5"
	before := loaded(t, file(t, "books.ndjson", asNDJSON(t, changed)), store, how{put: intake.PutOptions{Replace: true}, covers: half})
	if before.Change.Added != len(changed) || before.Fresh != 0 {
		t.Fatalf("before: %+v", before)
	}

	path := file(t, "all.ndjson", asNDJSON(t, append(slices.Clone(outside), inside...)))
	h := how{covers: ledger.Window{Start: ledger.Beginning, End: noon}, put: intake.PutOptions{Part: 77}}
	r := loaded(t, path, store, h)
	sameBooks(t, "left alone", store, "default", append(slices.Clone(outside), changed...))
	if r.Fresh != len(outside) || r.Same != len(inside)-1 || r.OnlyFile.Entries != 1 || r.OnlyBooks.Entries != 2 || r.Change.Changed() {
		t.Errorf("left alone: %+v", r)
	}
	sameAmounts(t, "only in the file", r.OnlyFile.Amounts, map[venice.Currency]string{"USD": inside[0].Amount})
	sameAmounts(t, "only in the books", r.OnlyBooks.Amounts, map[venice.Currency]string{"USD": "-7.5", "VCU": inside[5].Amount})
	if !r.OnlyBooks.First.Equal(inside[0].Timestamp) || !r.OnlyBooks.Last.Equal(inside[5].Timestamp) {
		t.Errorf("only in the books: from %s to %s", r.OnlyBooks.First, r.OnlyBooks.Last)
	}
	sameWindows(t, "filled", r.Filled, []ledger.Window{{Start: ledger.Beginning, End: half.Start}, {Start: half.End, End: noon}})

	h.put.Replace = true
	r = loaded(t, path, store, h)
	sameBooks(t, "replaced", store, "default", append(slices.Clone(outside), inside...))
	if r.Change.Added != 1 || r.Change.Removed != 2 || r.OnlyFile.Entries+r.OnlyBooks.Entries+r.Fresh > 0 {
		t.Errorf("replaced: %+v", r)
	}
	sameAmounts(t, "removed", r.Change.RemovedAmount, map[venice.Currency]string{"USD": "-7.5", "VCU": inside[5].Amount})
}

func sameAmounts(t *testing.T, what string, got map[venice.Currency]decimal.Decimal, want map[venice.Currency]string) {
	t.Helper()
	same := len(got) == len(want)
	for currency, amount := range want {
		same = same && got[currency].Equal(decimal.RequireFromString(amount))
	}
	if !same {
		t.Errorf("%s: %v, expected %v", what, got, want)
	}
}

// Nothing is read again of what is old, and all of what is young.
func TestSyncAfterImport(t *testing.T) {
	t.Parallel()
	s := simulator(t, 2000)
	cut := noon.AddDate(0, 0, -25)
	rows := s.Entries()
	first := slices.IndexFunc(rows, func(e venicetest.Entry) bool { return !e.Timestamp.Before(cut) })
	store := memory()
	covers := ledger.Window{Start: cut, End: noon.Add(-time.Hour)}
	young := slices.IndexFunc(rows, func(e venicetest.Entry) bool { return !e.Timestamp.Before(covers.End) })
	loaded(t, file(t, "usage.ndjson", asNDJSON(t, rows[first:young])), store, how{covers: covers})

	late := func(at time.Time) {
		s.Post(venicetest.Entry{Timestamp: at, SKU: "late", Amount: "-1", Currency: "USD"})
	}
	late(noon.Add(-49 * time.Hour)) // settled
	late(noon.Add(-47 * time.Hour))
	late(noon.Add(-3 * time.Hour))
	s.ResetRequests()
	result, err := ledger.Sync(t.Context(), store, clientOf(t, s), "default", ledger.SyncOptions{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	sameWindows(t, "read", result.Windows, []ledger.Window{{Start: ledger.Beginning, End: cut}, {Start: noon.Add(-48 * time.Hour), End: noon}})
	if result.Change.Added != 2 || result.Change.Removed != 0 {
		t.Errorf("the sync changed %+v", result.Change)
	}
	var want []venicetest.Entry
	for _, e := range s.Entries() {
		if !e.Timestamp.Equal(noon.Add(-49 * time.Hour)) {
			want = append(want, e)
		}
	}
	sameBooks(t, "after a sync", store, "default", want)

	again, err := ledger.Sync(t.Context(), store, clientOf(t, s), "default", ledger.SyncOptions{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Windows) != 1 || again.Change.Changed() {
		t.Errorf("the second sync read %v", again.Windows)
	}
}
