package report_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// Ten weeks of 9 to 11 on work days and nothing at weekends have three days that
// stand out: a Tuesday by one model, an idle Thursday, and a Sunday.
func TestUnusual(t *testing.T) { onEveryStore(t, testUnusual) }

func testUnusual(t *testing.T, kind storeKind) {
	store := kind.open(t)
	end := time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)
	begin := end.Truncate(24*time.Hour).AddDate(0, 0, -70)
	tuesday, thursday, sunday := time.Date(2026, 6, 9, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 4, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 14, 0, 0, 0, 0, time.UTC)
	reading := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: end}, ReadAt: end}
	spend := func(day time.Time, sku, amount string) {
		reading.Entries = append(reading.Entries, venice.UsageEntry{Timestamp: day.Add(9 * time.Hour), SKU: sku, Amount: dec(amount).Neg(), Currency: venice.USD})
	}
	for n := range 71 {
		day := begin.AddDate(0, 0, n)
		weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
		switch {
		case day.Equal(tuesday):
			spend(day, "glm-llm-output-mtoken", "5")
			spend(day, "kimi-llm-output-mtoken", "20")
		case day.Equal(sunday):
			spend(day, "flux-image-unit", "4")
		case day.Equal(thursday) || weekend:
		default:
			spend(day, "glm-llm-output-mtoken", fmt.Sprint(5+n%3))
			spend(day, "kimi-llm-output-mtoken", "4")
		}
	}
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
		t.Fatal(err)
	}
	u, err := report.FindUnusual(t.Context(), store, report.Scope{Now: end}, 30)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range u.Days {
		got = append(got, fmt.Sprintf("%s %s of usually %s: %s %s of usually %s", d.Day.Format(time.DateOnly), d.Spend, d.Usual, d.Model, d.ModelSpend, d.ModelUsual))
	}
	want := []string{
		"2026-06-04 0 of usually 10: glm 0 of usually 6",
		"2026-06-09 25 of usually 10: kimi 20 of usually 4",
		"2026-06-14 4 of usually 0: flux 4 of usually 0",
	}
	if diff := cmp.Diff(want, got); diff != "" || !u.Complete || u.Judged != 30 {
		t.Errorf("%d days judged, complete %v (-want +got):\n%s", u.Judged, u.Complete, diff)
	}
	young, err := report.FindUnusual(t.Context(), store, report.Scope{Now: begin.AddDate(0, 0, 27)}, 30)
	if err != nil || young.Judged != 0 || len(young.Days) != 0 {
		t.Errorf("with less than four weeks before: %+v, %v", young, err)
	}
}
