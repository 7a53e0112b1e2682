package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

func testBounds(t *testing.T, s ledger.Store) {
	var entries []venice.UsageEntry
	for _, when := range []string{"2026-06-26T10:00:00Z", "2026-06-26T10:00:00.000001Z", "2026-06-26T10:00:00.001Z", "2026-06-26T10:00:01Z"} {
		entries = append(entries, debit(when, outputSKU, "-1", venice.DIEM, "chatcmpl-1"))
	}
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon, Entries: entries})
	start, end := entries[0].Timestamp, entries[3].Timestamp
	for name, test := range map[string]struct {
		window   ledger.Window
		from, to int // of entries
	}{
		"open":                {ledger.Window{}, 0, 4},
		"open at the end":     {ledger.Window{Start: entries[1].Timestamp}, 1, 4},
		"open at the start":   {ledger.Window{End: end}, 0, 3},
		"both":                {ledger.Window{Start: start, End: end}, 0, 3},
		"a nanosecond later":  {ledger.Window{Start: start.Add(1), End: end.Add(1)}, 1, 4},
		"a nanosecond sooner": {ledger.Window{Start: start.Add(-1), End: end.Add(-1)}, 0, 3},
		"empty":               {ledger.Window{Start: end, End: start}, 0, 0},
		"another zone":        {ledger.Window{Start: start.In(time.FixedZone("", 3600)), End: end}, 0, 3},
	} {
		for of, selection := range map[string]ledger.Selection{
			"all":     {Window: test.window},
			"account": {AccountWindows: ledger.AccountWindows{"mine": test.window, "nobody": {}}},
		} {
			what := name + " of " + of
			same(t, what, entries[test.from:test.to], usage(all(t, s, selection)))
			var count int64
			for _, sum := range must(s.Sums(t.Context(), ledger.Query{Selection: selection}))(t) {
				count += sum.Entries
			}
			if count != int64(test.to-test.from) {
				t.Errorf("%s: the sums are of %d entries, want %d", what, count, test.to-test.from)
			}
		}
	}
}

// testAccountWindows chooses another window of each account.
func testAccountWindows(t *testing.T, s ledger.Store) {
	first := during("2026-06-26T10:00:00Z", "2026-06-26T11:00:00Z")
	second := during("2026-06-26T11:00:00Z", "2026-06-26T12:00:00Z")
	third := ledger.Window{Start: second.End, End: daytime.End}
	for _, account := range []string{"mine", "yours", "theirs"} {
		put(t, s, account, ledger.Reading{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{
			debit("2026-06-26T10:59:59.999Z", outputSKU, "-1", venice.DIEM, "r1"),
			debit("2026-06-26T11:00:00Z", outputSKU, "-2", venice.DIEM, "r2"),
			debit("2026-06-26T12:00:00Z", outputSKU, "-4", venice.DIEM, "r3"),
		}})
	}
	windows := ledger.AccountWindows{"mine": first, "yours": {Start: second.Start}}
	for name, test := range map[string]struct {
		selection ledger.Selection
		want      map[string]string // the spend by account
	}{
		"each its own":   {ledger.Selection{AccountWindows: windows}, map[string]string{"mine": "1", "yours": "6"}},
		"one window":     {ledger.Selection{AccountWindows: windows, Window: second}, map[string]string{"yours": "2"}},
		"one account":    {ledger.Selection{AccountWindows: windows, Accounts: []string{"mine", "theirs"}}, map[string]string{"mine": "1"}},
		"nothing of one": {ledger.Selection{AccountWindows: ledger.AccountWindows{"mine": {Start: second.End, End: second.Start}, "yours": third}}, map[string]string{"yours": "4"}},
		"open on all":    {ledger.Selection{AccountWindows: ledger.AccountWindows{"theirs": {}}}, map[string]string{"theirs": "7"}},
		"no account":     {ledger.Selection{AccountWindows: ledger.AccountWindows{}}, map[string]string{}},
		"an unknown one": {ledger.Selection{AccountWindows: ledger.AccountWindows{"it's nobody": first}}, map[string]string{}},
		"none":           {ledger.Selection{}, map[string]string{"mine": "7", "yours": "7", "theirs": "7"}},
	} {
		got := map[string]string{}
		for _, sum := range must(s.Sums(t.Context(), ledger.Query{Selection: test.selection, By: []ledger.Dimension{ledger.ByAccount}}))(t) {
			got[sum.Group[0]] = sum.Spend.String()
		}
		same(t, name, test.want, got)
	}
}

// testManyEntries has more entries than a page of any store, and many of one
// instant, in two accounts.
func testManyEntries(t *testing.T, s ledger.Store) {
	const count = 40_000
	reference := &Memory{}
	for _, account := range []string{"b", "a"} {
		r := ledger.Reading{Window: daytime, ReadAt: noon}
		for i := range count / 2 {
			e := debit("2026-06-26T10:00:00Z", outputSKU, "-1", venice.DIEM, fmt.Sprint("chatcmpl-", i/7))
			e.Timestamp = e.Timestamp.Add(time.Duration(max(0, i-count/4)/3) * time.Millisecond)
			r.Entries = append(r.Entries, e)
		}
		put(t, s, account, r)
		put(t, reference, account, r)
	}
	want, got := all(t, reference, ledger.Selection{}), all(t, s, ledger.Selection{})
	if len(want) != count || !slices.EqualFunc(want, got, func(a, b ledger.Entry) bool { return compareEntries(a, b) == 0 }) {
		t.Errorf("the %d entries are not the %d wanted, in order", len(got), count)
	}
}

// testChangesWhileReading changes the books from inside of a sequence, which
// must not hold a lock, and goes on.
func testChangesWhileReading(t *testing.T, s ledger.Store) {
	first := debit("2026-06-26T10:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-1")
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{first}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	n := 0
	for e, err := range s.Entries(ctx, ledger.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		same(t, "entry", first, e.UsageEntry)
		put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon})
		n++
	}
	if n != 1 {
		t.Errorf("%d entries", n)
	}
	same(t, "entries at last", []ledger.Entry(nil), all(t, s, ledger.Selection{}))
}

func testStopping(t *testing.T, s ledger.Store) {
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{
		debit("2026-06-26T10:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-1"),
		debit("2026-06-26T11:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-1"),
	}})
	for range s.Entries(t.Context(), ledger.Selection{}) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	errs := 0
	for _, err := range s.Entries(ctx, ledger.Selection{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		errs++
	}
	if errs != 1 {
		t.Errorf("a cancelled sequence yields %d times", errs)
	}
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon}) // nothing is locked
}

// testSnapshot changes the books while a snapshot of them is read, and after.
func testSnapshot(t *testing.T, s ledger.Store) {
	r := ledger.Reading{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{
		debit("2026-06-26T10:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-1"),
		debit("2026-06-26T11:00:00Z", outputSKU, "-2", venice.USD, "chatcmpl-2"),
	}}
	put(t, s, "mine", r)
	entries := all(t, s, ledger.Selection{})
	coverage := must(s.Coverage(t.Context(), "mine"))(t)["mine"]
	sums := must(s.Sums(t.Context(), ledger.Query{}))(t)
	snapshot := must(s.Snapshot(t.Context()))(t)
	second := must(s.Snapshot(t.Context()))(t) // of two, neither is in the way of the other
	for e, err := range snapshot.Entries(t.Context(), ledger.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		r.Entries = r.Entries[:1]
		r.ReadAt = r.ReadAt.Add(time.Minute)
		put(t, s, "mine", r)
		put(t, s, "yours", ledger.Reading{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{e.UsageEntry}})
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	same(t, "entries", entries, all(t, snapshot, ledger.Selection{}))
	same(t, "coverage", coverage, must(snapshot.Coverage(t.Context(), "mine"))(t)["mine"])
	same(t, "accounts", []string{"mine"}, must(snapshot.Accounts(t.Context()))(t))
	sameSums(t, "sums", sums, must(snapshot.Sums(t.Context(), ledger.Query{}))(t))
	if err := snapshot.Close(); err != nil {
		t.Error(err)
	}
	same(t, "accounts of the store", []string{"mine", "yours"}, must(s.Accounts(t.Context()))(t))
	if n := len(all(t, s, ledger.Selection{})); n != 2 {
		t.Errorf("the store has %d entries, want 2", n)
	}
}

// testVersion changes the books in each way that there is.
func testVersion(t *testing.T, s ledger.Store) {
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon})
	version := must(s.Version(t.Context()))(t)
	for name, change := range map[string]func() error{
		"entries": func() error {
			_, err := s.Replace(t.Context(), "mine", []ledger.Reading{{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{
				debit("2026-06-26T10:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-1")}}})
			return err
		},
		"coverage": func() error {
			_, err := s.Replace(t.Context(), "mine", []ledger.Reading{{Window: daytime, ReadAt: noon.Add(time.Minute)}})
			return err
		},
		"a balance": func() error { return s.SaveBalance(t.Context(), "mine", ledger.BalanceAt{At: noon}) },
		"totals by key": func() error {
			return s.SaveKeyDay(t.Context(), "mine", ledger.KeyDay{Day: daytime.Start, ReadAt: noon})
		},
	} {
		if again := must(s.Version(t.Context()))(t); again != version {
			t.Errorf("before %s: the version is %q, and was %q", name, again, version)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		next := must(s.Version(t.Context()))(t)
		if next == version {
			t.Errorf("%s: the version stays %q", name, version)
		}
		version = next
	}
}

// testCancelled cancels replacements at different moments: each is done or not.
func testCancelled(t *testing.T, s ledger.Store) {
	version := func(n int) ledger.Reading {
		r := ledger.Reading{Window: daytime, ReadAt: noon.Add(time.Duration(n) * time.Minute)}
		for i := range 3000 {
			r.Entries = append(r.Entries, debit("2026-06-26T10:00:00Z", outputSKU, "-1", venice.DIEM, fmt.Sprint(n, "-", i)))
		}
		return r
	}
	reference := &Memory{}
	put(t, s, "mine", version(0))
	put(t, reference, "mine", version(0))
	for n := 1; n <= 12; n++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n-1)*8*time.Millisecond)
		_, err := s.Replace(ctx, "mine", []ledger.Reading{version(n)})
		cancel()
		if err == nil {
			put(t, reference, "mine", version(n))
		} else if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		if n%4 == 0 {
			sameEntries(t, "entries", all(t, reference, ledger.Selection{}), all(t, s, ledger.Selection{}))
			same(t, "coverage", must(reference.Coverage(t.Context(), "mine"))(t)["mine"], must(s.Coverage(t.Context(), "mine"))(t)["mine"])
		}
	}
}

// testConcurrent has writers that move an amount between two windows, and
// readers that must always see the whole of it.
func testConcurrent(t *testing.T, s ledger.Store) {
	morning, evening := during("2026-06-26T00:00:00Z", "2026-06-26T12:00:00Z"), during("2026-06-26T12:00:00Z", "2026-06-27T00:00:00Z")
	e := func(when, amount string) []venice.UsageEntry {
		return []venice.UsageEntry{debit(when, outputSKU, amount, venice.DIEM, "chatcmpl-1")}
	}
	states := [][]ledger.Reading{
		{{Window: morning, ReadAt: noon, Entries: e("2026-06-26T01:00:00Z", "-3")}, {Window: evening, ReadAt: noon, Entries: e("2026-06-26T23:00:00Z", "-1")}},
		{{Window: evening, ReadAt: noon, Entries: e("2026-06-26T23:00:00Z", "-4")}, {Window: morning, ReadAt: noon}},
	}
	accounts := []string{"a", "b"}
	for _, account := range accounts {
		if _, err := s.Replace(t.Context(), account, states[0]); err != nil {
			t.Fatal(err)
		}
	}
	var workers sync.WaitGroup
	for _, account := range accounts {
		workers.Go(func() {
			for i := range 6 {
				if _, err := s.Replace(t.Context(), account, states[i%2]); err != nil {
					t.Error(err)
				}
			}
		})
		workers.Go(func() {
			for range 12 {
				sums, err := s.Sums(t.Context(), ledger.Query{By: []ledger.Dimension{ledger.ByAccount}, Selection: ledger.Selection{Accounts: []string{account}}})
				if err != nil || len(sums) != 1 || !sums[0].Spend.Equal(dec("4")) {
					t.Errorf("sums are %v, error %v", sums, err)
				}
			}
		})
	}
	workers.Wait()
}
