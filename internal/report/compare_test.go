package report_test

import (
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

var (
	mayMonth  = ledger.Window{Start: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	juneMonth = ledger.Window{Start: mayMonth.End, End: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)}
)

// compared keeps entries of May and June and compares the months.
func compared(t *testing.T, kind storeKind, q report.ComparisonQuestion, entries ...venice.UsageEntry) *report.Comparison {
	t.Helper()
	store := kind.open(t)
	reading := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: juneMonth.End}, ReadAt: juneMonth.End, Entries: entries}
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
		t.Fatal(err)
	}
	q.A, q.B, q.Now = mayMonth, juneMonth, juneMonth.End
	c, err := report.Compare(t.Context(), store, q)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func used(month ledger.Window, sku, units, amount string, currency venice.Currency) venice.UsageEntry {
	return venice.UsageEntry{Timestamp: month.Start.Add(time.Hour), SKU: sku, Units: dec(units), Amount: dec(amount).Neg(), Currency: currency}
}

// The effects were reckoned by hand.
func TestCompare(t *testing.T) { onEveryStore(t, testCompare) }

func testCompare(t *testing.T, kind storeKind) {
	entries := []venice.UsageEntry{
		// 10 units at 2, then 12 at 3: 12 more for the price, 4 for the volume. What paid
		// for it does not matter.
		used(mayMonth, "glm-llm-output-mtoken", "4", "8", venice.DIEM), used(mayMonth, "glm-llm-output-mtoken", "6", "12", venice.USD),
		used(juneMonth, "glm-llm-output-mtoken", "12", "36", venice.USD),
		// 3 at 1/3 each, then 1 at 1/2: by the price 1/6, by the volume -2/3.
		used(mayMonth, "glm-llm-input-mtoken", "3", "1", venice.USD), used(juneMonth, "glm-llm-input-mtoken", "1", "0.5", venice.USD),
		used(juneMonth, "flux-image-unit", "2", "0.25", venice.USD), used(mayMonth, "tts-kokoro", "1", "5", venice.VCU),
		used(mayMonth, "strange", "0", "1", venice.USD), used(juneMonth, "strange", "0", "3", venice.USD),
		used(juneMonth, "strange", "1", "7", "STARDUST"),
	}
	c := compared(t, kind, report.ComparisonQuestion{By: ledger.ByModel}, entries...)
	type row struct{ A, B, Change, Price, Volume, New, Gone, Other string }
	got := map[string]row{}
	var order []string
	for _, d := range append(c.Rows, c.Totals) {
		got[d.Group] = row{d.A.String(), d.B.String(), d.Change.String(), d.Price.String(), d.Volume.String(), d.New.String(), d.Gone.String(), d.Other.String()}
		order = append(order, d.Group)
	}
	want := map[string]row{
		"glm":        {"21", "36.5", "15.5", "12.166666666667", "3.333333333333", "0", "0", "0"},
		"strange":    {"1", "3", "2", "0", "0", "0", "0", "2"},
		"tts-kokoro": {"0.5", "0", "-0.5", "0", "0", "0", "-0.5", "0"},
		"flux":       {"0", "0.25", "0.25", "0", "0", "0.25", "0", "0"},
		"":           {"22.5", "39.75", "17.25", "12.166666666667", "3.333333333333", "0.25", "-0.5", "2"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"glm", "strange", "tts-kokoro", "flux", ""}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if !cmp.Equal(c.Totals.Unpriced, []venice.Currency{"STARDUST"}) || !c.Complete {
		t.Errorf("unpriced %v, complete %v", c.Totals.Unpriced, c.Complete)
	}
	if got := c.A.PerDay.Decimal.String() + " " + c.B.PerDay.Decimal.String(); got != "0.725806451613 1.325" {
		t.Errorf("by day: %s", got)
	}
	c = compared(t, kind, report.ComparisonQuestion{By: ledger.ByCurrency}, entries...)
	if d := c.Rows[0]; d.Group != "USD" || d.Change.String() != "25.75" || len(d.Currencies) != 1 || d.Currencies[0].A.String() != "14" {
		t.Errorf("the first currency is %+v", d)
	}
}

// Whatever was used, the effects of each row and of the totals add up to the
// change, the rows to the totals, and the spend is that of a report. This is of the
// sums that a store gives, whichever it is.
func TestEffectsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var entries []venice.UsageEntry
		sums := map[bool]*big.Rat{true: new(big.Rat), false: new(big.Rat)}
		for range rapid.IntRange(0, 30).Draw(r, "entries") {
			month := rapid.SampledFrom([]ledger.Window{mayMonth, juneMonth}).Draw(r, "month")
			units := rapid.SampledFrom([]string{"0", "1", "3", "0.000227", "7", "0.084096", "0.0000001"}).Draw(r, "units")
			amount := rapid.SampledFrom([]string{"0", "0.00000004", "1", "0.3333333", "12.5", "1000000.000000001"}).Draw(r, "amount")
			currency := rapid.SampledFrom(money).Draw(r, "currency")
			e := used(month, rapid.SampledFrom(skus).Draw(r, "sku").sku, units, amount, currency)
			entries = append(entries, e)
			spend := rat(e.Amount)
			sums[month == mayMonth].Sub(sums[month == mayMonth], spend.Mul(spend, big.NewRat(cents[currency], 100)))
		}
		c := compared(t, storeKinds[0], report.ComparisonQuestion{By: rapid.SampledFrom(report.Comparable()).Draw(r, "by")}, entries...)
		var change big.Rat
		for _, d := range append(c.Rows, c.Totals) {
			parts := d.Price.Add(d.Volume).Add(d.New).Add(d.Gone).Add(d.Other)
			if !parts.Equal(d.Change) || !d.B.Sub(d.A).Equal(d.Change) {
				r.Errorf("%q: effects add up to %s, the change is %s", d.Group, parts, d.Change)
			}
			if d.Group != "" {
				change.Add(&change, rat(d.Change))
			}
		}
		if change.Cmp(rat(c.Totals.Change)) != 0 || sums[true].Cmp(rat(c.Totals.A)) != 0 || sums[false].Cmp(rat(c.Totals.B)) != 0 {
			r.Errorf("totals are %s and %s, want %s and %s", c.Totals.A, c.Totals.B, sums[true].FloatString(12), sums[false].FloatString(12))
		}
	})
}

// A month that is not over is compared up to where the books end, and what is
// missing makes the answer incomplete.
func TestCompareCoverage(t *testing.T) { onEveryStore(t, testCompareCoverage) }

func testCompareCoverage(t *testing.T, kind storeKind) {
	store := kind.open(t)
	half := juneMonth.Start.AddDate(0, 0, 15)
	reading := ledger.Reading{Window: ledger.Window{Start: mayMonth.Start.AddDate(0, 0, 1), End: half}, ReadAt: half}
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
		t.Fatal(err)
	}
	q := report.ComparisonQuestion{By: ledger.BySKU, A: mayMonth, B: juneMonth, Scope: report.Scope{Now: half.Add(time.Hour)}}
	c, err := report.Compare(t.Context(), store, q)
	if err != nil {
		t.Fatal(err)
	}
	if c.Complete || c.A.Complete || !c.B.Complete || !c.B.Window.End.Equal(half) {
		t.Errorf("complete %v, A %+v, B %+v", c.Complete, c.A, c.B)
	}
	want := []report.Coverage{{Account: "home", AsOf: half, Missing: []ledger.Window{{Start: mayMonth.Start, End: reading.Window.Start}}}}
	if diff := cmp.Diff(want, c.Coverage()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, bad := range []report.ComparisonQuestion{
		{By: report.ByKey, A: mayMonth, B: juneMonth, Scope: q.Scope},
		{By: ledger.ByModel, A: ledger.Window{Start: mayMonth.End, End: mayMonth.Start}, B: juneMonth, Scope: q.Scope},
		{By: ledger.ByModel, A: mayMonth, B: ledger.Window{Start: juneMonth.End, End: juneMonth.End.AddDate(0, 1, 0)}, Scope: q.Scope},
	} {
		if _, err := report.Compare(t.Context(), store, bad); !errors.Is(err, report.ErrQuestion) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
