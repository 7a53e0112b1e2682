package ledgertest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

var (
	noon    = at("2026-06-26T12:00:00Z")
	daytime = during("2026-06-26T00:00:00Z", "2026-06-27T00:00:00Z")
)

func testEmpty(t *testing.T, s ledger.Store) {
	put(t, s, "nothing", ledger.Reading{Window: daytime, ReadAt: noon})
	ctx := t.Context()
	same(t, "entries", []ledger.Entry(nil), all(t, s, ledger.Selection{}))
	same(t, "entries of an unknown account", []ledger.Entry(nil), all(t, s, ledger.Selection{Accounts: []string{"unknown"}}))
	same(t, "sums", []ledger.Sum(nil), must(s.Sums(ctx, ledger.Query{}))(t))
	same(t, "sums by hour", []ledger.Sum(nil), must(s.Sums(ctx, ledger.Query{By: []ledger.Dimension{ledger.ByHour, ledger.ByModel}}))(t))
	same(t, "requests", []ledger.RequestCount(nil), must(s.Requests(ctx, ledger.Query{}))(t))
	same(t, "newest", time.Time{}, must(s.Newest(ctx, "nothing", time.Time{}))(t))
	same(t, "spans", map[string]ledger.Span{}, must(s.Spans(ctx))(t))
	same(t, "coverage of an unknown account", ledger.Coverage(nil), must(s.Coverage(ctx, "unknown"))(t)["unknown"])
	same(t, "accounts", []string{"nothing"}, must(s.Accounts(ctx))(t))
	same(t, "balances", []ledger.BalanceAt(nil), must(s.Balances(ctx, "nothing", ledger.Window{}))(t))
	same(t, "last balances", map[string]ledger.BalanceAt{}, must(s.LastBalances(ctx))(t))
	same(t, "totals by key", map[string][]ledger.KeyDay{}, must(s.KeyDays(ctx, ledger.Window{}))(t))
}

func testReplacing(t *testing.T, s ledger.Store) {
	stays := debit("2026-06-26T10:00:00.001Z", outputSKU, "-0.0006356", venice.DIEM, "chatcmpl-1")
	corrected := debit("2026-06-26T10:00:00.002Z", inputSKU, "-0.5", venice.DIEM, "chatcmpl-1")
	correction := corrected
	correction.Amount = dec("-0.25")
	vanishes := debit("2026-06-26T11:00:00Z", outputSKU, "-3", venice.USD, "chatcmpl-2")
	late := debit("2026-06-26T09:00:00Z", imageSKU, "-0.1", venice.USD, "")
	late.InferenceDetails = nil
	other := debit("2026-06-26T10:00:00.001Z", outputSKU, "-7", venice.USD, "chatcmpl-9")

	put(t, s, "another", ledger.Reading{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{other}})
	first := put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{vanishes, stays, corrected}})
	same(t, "first change", ledger.Change{Window: daytime, Entries: 3, Fresh: 3}, first)
	second := put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon.Add(time.Hour), Entries: []venice.UsageEntry{correction, late, stays}})
	same(t, "second change", ledger.Change{
		Window: daytime, Entries: 3, Added: 2, Removed: 2,
		AddedAmount:   map[venice.Currency]decimal.Decimal{venice.DIEM: dec("-0.25"), venice.USD: dec("-0.1")},
		RemovedAmount: map[venice.Currency]decimal.Decimal{venice.DIEM: dec("-0.5"), venice.USD: dec("-3")},
	}, second)
	if first.Changed() || !second.Changed() {
		t.Error("what was read first is no change, and what differs then is")
	}

	mine := all(t, s, ledger.Selection{Accounts: []string{"mine"}})
	same(t, "entries", []venice.UsageEntry{late, stays, correction}, usage(mine))
	for i := range mine {
		if mine[i].Account != "mine" || mine[i].Identity != ledger.IdentityOf(&mine[i].UsageEntry) || mine[i].Ordinal != 0 {
			t.Errorf("entry %d is %q's, identity %x, ordinal %d", i, mine[i].Account, mine[i].Identity, mine[i].Ordinal)
		}
		if mine[i].Timestamp.Location() != time.UTC {
			t.Errorf("entry %d is in zone %s", i, mine[i].Timestamp.Location())
		}
	}
	same(t, "entries of another account", []venice.UsageEntry{other}, usage(all(t, s, ledger.Selection{Accounts: []string{"another"}})))
	same(t, "accounts", []string{"another", "mine"}, must(s.Accounts(t.Context()))(t))
	same(t, "newest", correction.Timestamp, must(s.Newest(t.Context(), "mine", time.Time{}))(t))
	same(t, "spans", map[string]ledger.Span{"mine": {Entries: 3, First: late.Timestamp, Last: correction.Timestamp}}, must(s.Spans(t.Context(), "mine", "nobody"))(t))

	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon.Add(2 * time.Hour)})
	same(t, "entries after an empty reading", []venice.UsageEntry(nil), usage(all(t, s, ledger.Selection{Accounts: []string{"mine"}})))
	same(t, "spans after an empty reading", map[string]ledger.Span{"another": {Entries: 1, First: other.Timestamp, Last: other.Timestamp}}, must(s.Spans(t.Context()))(t))
}

func testReplacingTwice(t *testing.T, s ledger.Store) {
	reading := ledger.Reading{Window: daytime, ReadAt: noon}
	for i := range 40 {
		e := debit("2026-06-26T10:00:00.001Z", outputSKU, "-0.01", venice.DIEM, "chatcmpl-1")
		e.Timestamp = e.Timestamp.Add(time.Duration(i/3) * time.Millisecond)
		reading.Entries = append(reading.Entries, e)
	}
	put(t, s, "mine", reading)
	before := all(t, s, ledger.Selection{})
	for i := range reading.Entries { // the same numbers, written otherwise and in another order
		reading.Entries[i].Amount = dec("-0.0100")
	}
	reading.Entries = append(reading.Entries[20:], reading.Entries[:20]...)
	reading.ReadAt = noon.Add(time.Minute)
	same(t, "change", ledger.Change{Window: daytime, Entries: len(reading.Entries)}, put(t, s, "mine", reading))
	same(t, "entries", before, all(t, s, ledger.Selection{}))
	same(t, "coverage", ledger.Coverage{{Window: daytime, ReadAt: reading.ReadAt}}, must(s.Coverage(t.Context(), "mine"))(t)["mine"])
}

func testSeveralWindows(t *testing.T, s ledger.Store) {
	morning, evening := during("2026-06-26T00:00:00Z", "2026-06-26T12:00:00Z"), during("2026-06-26T18:00:00Z", "2026-06-27T00:00:00Z")
	early := debit("2026-06-26T00:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-1")
	late := debit("2026-06-26T23:59:59.999Z", outputSKU, "-2", venice.DIEM, "chatcmpl-2")
	between := debit("2026-06-26T15:00:00Z", outputSKU, "-4", venice.DIEM, "chatcmpl-3")
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{between}})
	changes, err := s.Replace(t.Context(), "mine", []ledger.Reading{
		{Window: evening, ReadAt: noon.Add(2 * time.Minute), Entries: []venice.UsageEntry{late}},
		{Window: morning, ReadAt: noon.Add(time.Minute), Entries: []venice.UsageEntry{early}},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "changes", []ledger.Change{
		{Window: evening, Entries: 1, Added: 1, AddedAmount: map[venice.Currency]decimal.Decimal{venice.DIEM: dec("-2")}},
		{Window: morning, Entries: 1, Added: 1, AddedAmount: map[venice.Currency]decimal.Decimal{venice.DIEM: dec("-1")}},
	}, changes)
	same(t, "entries", []venice.UsageEntry{early, between, late}, usage(all(t, s, ledger.Selection{})))
	same(t, "coverage", ledger.Coverage{
		{Window: morning, ReadAt: noon.Add(time.Minute)},
		{Window: ledger.Window{Start: morning.End, End: evening.Start}, ReadAt: noon},
		{Window: evening, ReadAt: noon.Add(2 * time.Minute)},
	}, must(s.Coverage(t.Context(), "mine"))(t)["mine"])
}

func testPartlyCovered(t *testing.T, s ledger.Store) {
	known := debit("2026-06-26T10:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-1")
	late := debit("2026-06-26T11:59:59.999Z", outputSKU, "-2", venice.DIEM, "chatcmpl-2")
	fresh := debit("2026-06-26T12:00:00Z", outputSKU, "-4", venice.DIEM, "chatcmpl-3")
	put(t, s, "mine", ledger.Reading{Window: during("2026-06-26T10:00:00Z", "2026-06-26T12:00:00Z"), ReadAt: noon, Entries: []venice.UsageEntry{known}})
	change := put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{fresh, late, known}})
	same(t, "change", ledger.Change{
		Window: daytime, Entries: 3, Fresh: 1, Added: 1, AddedAmount: map[venice.Currency]decimal.Decimal{venice.DIEM: dec("-2")},
	}, change)
}

func testEqualEntries(t *testing.T, s ledger.Store) {
	e := debit("2026-06-26T10:00:00Z", outputSKU, "-0.1", venice.DIEM, "chatcmpl-1")
	counts := func() (ordinals []int) {
		for _, e := range all(t, s, ledger.Selection{}) {
			ordinals = append(ordinals, e.Ordinal)
		}
		return ordinals
	}
	for _, step := range []struct {
		equals         int
		want           []int
		added, removed int
	}{
		{2, []int{0, 1}, 0, 0}, // fresh
		{5, []int{0, 1, 2, 3, 4}, 3, 0},
		{1, []int{0}, 0, 4},
		{3, []int{0, 1, 2}, 2, 0},
		{0, nil, 0, 3},
	} {
		r := ledger.Reading{Window: daytime, ReadAt: noon}
		for range step.equals {
			r.Entries = append(r.Entries, e)
		}
		change := put(t, s, "mine", r)
		if change.Added != step.added || change.Removed != step.removed {
			t.Errorf("%d equal entries: %d added, %d removed; want %d and %d", step.equals, change.Added, change.Removed, step.added, step.removed)
		}
		if got := change.RemovedAmount[venice.DIEM]; !got.Equal(dec("-0.1").Mul(decimal.NewFromInt(int64(step.removed)))) {
			t.Errorf("%d equal entries: %s removed", step.equals, got)
		}
		same(t, "ordinals", step.want, counts())
	}
}

func testRefused(t *testing.T, s ledger.Store) {
	inside := debit("2026-06-26T10:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-1")
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon, Entries: []venice.UsageEntry{inside}})
	good := ledger.Reading{Window: daytime, ReadAt: noon.Add(time.Hour)}
	for name, bad := range map[string]ledger.Reading{
		"entry before": {Window: daytime, Entries: []venice.UsageEntry{debit("2026-06-25T23:59:59.999Z", outputSKU, "-1", venice.DIEM, "")}},
		"entry at end": {Window: daytime, Entries: []venice.UsageEntry{debit("2026-06-27T00:00:00Z", outputSKU, "-1", venice.DIEM, "")}},
		"fine window":  {Window: during("2026-06-26T00:00:00.0001Z", "2026-06-27T00:00:00Z")},
		"turned over":  {Window: during("2026-06-27T00:00:00Z", "2026-06-26T00:00:00Z")},
	} {
		if _, err := s.Replace(t.Context(), "mine", []ledger.Reading{good, bad}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	same(t, "entries", []venice.UsageEntry{inside}, usage(all(t, s, ledger.Selection{})))
	same(t, "coverage", ledger.Coverage{{Window: daytime, ReadAt: noon}}, must(s.Coverage(t.Context(), "mine"))(t)["mine"])
}

// testNumbers allows a store to refuse what it cannot keep, and nothing else.
func testNumbers(t *testing.T, s ledger.Store) {
	var kept []venice.UsageEntry
	for i, number := range []string{
		"0", "-0.0168192", "0.000000000000000000000001", "-99999999999999.999999999999999999999999",
		"1e13", "1e-24", "12345678901234", "0.1000", "-1.797693134862315e-7",
	} {
		for field := range 3 {
			e := debit("2026-06-26T10:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-1")
			e.Timestamp = e.Timestamp.Add(time.Duration(3*i+field) * time.Millisecond)
			*[]*decimal.Decimal{&e.PricePerUnitUSD, &e.Units, &e.Amount}[field] = dec(number)
			kept = append(kept, e)
		}
	}
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon, Entries: kept})
	same(t, "entries", kept, usage(all(t, s, ledger.Selection{})))

	for i, number := range []string{"1e-25", "1e14", "1e38", "-1e300", "1e-300", "0.3333333333333333333333333", "123456789012345.5"} {
		e := debit("2026-06-27T10:00:00Z", inputSKU, "-1", venice.DIEM, "chatcmpl-1")
		*[]*decimal.Decimal{&e.PricePerUnitUSD, &e.Units, &e.Amount}[i%3] = dec(number)
		tomorrow := ledger.Window{Start: daytime.End, End: daytime.End.AddDate(0, 0, 1)}
		_, err := s.Replace(t.Context(), "mine", []ledger.Reading{
			{Window: daytime, ReadAt: noon, Entries: kept},
			{Window: tomorrow, ReadAt: noon, Entries: []venice.UsageEntry{e}},
		})
		if checked := s.Check(&e); (checked == nil) != (err == nil) {
			t.Errorf("%s: the check of the entry says %v, and replacing says %v", number, checked, err)
		}
		if err == nil {
			same(t, "entries with "+number, append(kept, e), usage(all(t, s, ledger.Selection{})))
			continue
		}
		if !errors.Is(err, ledger.ErrInexact) || !strings.Contains(err.Error(), inputSKU) {
			t.Errorf("%s: error %v does not say which entry is inexact", number, err)
		}
		same(t, "entries after "+err.Error(), kept, usage(all(t, s, ledger.Selection{})))
	}
}

func testTexts(t *testing.T, s ledger.Store) {
	e := debit("2026-06-26T10:00:00Z", "it's; DROP -- \"new\" ü", "-1", "MOON_CREDITS", "a\x00b")
	e.Notes = "line\nline\t\u2028 \U0001F4B8 %s ? $1 " + strings.Repeat("long ", 1000)
	bare := venice.UsageEntry{Timestamp: at("2026-06-26T10:00:00.000001Z"), SKU: "x", Currency: "VCU"}
	zero := int64(0)
	noID := bare
	noID.Timestamp = at("2026-06-26T10:00:00.000002Z")
	noID.InferenceDetails = &venice.InferenceDetails{CompletionTokens: &zero}
	want := []venice.UsageEntry{e, bare, noID}
	const account = "o'neil ? %41 — ё"
	put(t, s, account, ledger.Reading{Window: daytime, ReadAt: noon, Entries: want})
	same(t, "entries", want, usage(all(t, s, ledger.Selection{Accounts: []string{account}, SKUs: []string{e.SKU, "x"}})))
	same(t, "entries of a currency", want[:1], usage(all(t, s, ledger.Selection{Currencies: []venice.Currency{e.Currency}})))
	same(t, "entries of a model", want[:1], usage(all(t, s, ledger.Selection{Models: []string{e.SKU}})))
	same(t, "accounts", []string{account}, must(s.Accounts(t.Context()))(t))
}

func testCoverage(t *testing.T, s ledger.Store) {
	day := func(n int) ledger.Window {
		start := daytime.Start.AddDate(0, 0, n)
		return ledger.Window{Start: start, End: start.AddDate(0, 0, 1)}
	}
	readAt := day(20).Start.Add(123456789) // stores keep the microsecond
	for _, n := range []int{0, 1, 3, 18, 19} {
		put(t, s, "mine", ledger.Reading{Window: day(n), ReadAt: readAt})
	}
	kept := readAt.Truncate(time.Microsecond)
	same(t, "coverage", ledger.Coverage{
		{Window: ledger.Window{Start: day(0).Start, End: day(1).End}, ReadAt: kept}, // settled
		{Window: day(3), ReadAt: kept},
		{Window: day(18), ReadAt: kept},
		{Window: day(19), ReadAt: kept},
	}, must(s.Coverage(t.Context(), "mine"))(t)["mine"])
	put(t, s, "mine", ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: day(0).Start}, ReadAt: readAt})
	same(t, "start", ledger.Beginning, must(s.Coverage(t.Context(), "mine"))(t)["mine"][0].Start)
}

// testCoverageOfMany asks for as many accounts at once as somebody may have.
func testCoverageOfMany(t *testing.T, s ledger.Store) {
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon})
	put(t, s, "yours", ledger.Reading{Window: daytime, ReadAt: noon.Add(time.Hour)})
	if err := s.SaveBalance(t.Context(), "nobody's", ledger.BalanceAt{At: noon}); err != nil {
		t.Fatal(err)
	}
	mine, yours := ledger.Coverage{{Window: daytime, ReadAt: noon}}, ledger.Coverage{{Window: daytime, ReadAt: noon.Add(time.Hour)}}
	many := []string{"yours", "nobody's", "mine", "it's", "yours"}
	for i := range 10_000 {
		many = append(many, fmt.Sprint("account ", i))
	}
	for what, c := range map[string]struct {
		accounts []string
		want     map[string]ledger.Coverage
	}{
		"all":                  {nil, map[string]ledger.Coverage{"mine": mine, "yours": yours}},
		"one":                  {[]string{"mine"}, map[string]ledger.Coverage{"mine": mine}},
		"one without":          {[]string{"nobody's"}, map[string]ledger.Coverage{}},
		"many, of which 2 are": {many, map[string]ledger.Coverage{"mine": mine, "yours": yours}},
	} {
		same(t, "coverage of "+what, c.want, must(s.Coverage(t.Context(), c.accounts...))(t))
	}
}
