package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// Each price is of one entry a day, those joined by "+" of the same instant.
func TestPrices(t *testing.T) { onEveryStore(t, testPrices) }

func testPrices(t *testing.T, kind storeKind) {
	for prices, want := range map[string]string{
		"2 2 2":               "2x3 days 1-3",
		"2 2 3 3":             "2x2 days 1-2, 3x2 days 3-4 50%",
		"6.25 2.5 0 0.2":      "6.25x1 days 1-1, 2.5x1 days 2-2 -60%, 0x1 days 3-3 -100%, 0.2x1 days 4-4",
		"3 3 2 2 3":           "3x2 days 1-2, 2x2 days 3-4 -33.3%, 3x1 days 5-5 50%", // an offer
		"3 2 3 1 3":           "3x1 days 1-1, 2x1 days 2-2 -33.3%, 3x1 days 3-3 50%, 1x1 days 4-4 -66.7%, 3x1 days 5-5 200%",
		"3 2+3 2 3":           "2x2 3x3 days 1-4",                             // side by side
		"3 2 3 2 4":           "2x2 3x2 days 1-4, 4x1 days 5-5",               // in turn
		"5 2+3 3 2+3 5":       "5x1 days 1-1, 2x2 3x3 days 2-4, 5x1 days 5-5", // side by side, for a while
		"1 0.26666667 0.25":   "1x1 days 1-1, 0.26666667x1 days 2-2 -73.3%, 0.25x1 days 3-3 -6.3%",
		"refund:9 2 refund:9": "2x1 days 2-2",
	} {
		store := kind.open(t)
		reading := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: juneMonth.Start}, ReadAt: juneMonth.Start}
		for day, list := range strings.Fields(prices) {
			for price := range strings.SplitSeq(list, "+") {
				plain, refund := strings.CutPrefix(price, "refund:")
				e := used(mayMonth, "glm-llm-output-mtoken", "1", "1", venice.DIEM)
				e.Timestamp, e.PricePerUnitUSD = mayMonth.Start.AddDate(0, 0, day), dec(plain)
				if refund {
					e.Amount = e.Amount.Neg()
				}
				reading.Entries = append(reading.Entries, e)
			}
		}
		if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
			t.Fatal(err)
		}
		p, err := report.AskPrices(t.Context(), store, report.Question{Now: juneMonth.Start})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.SKUs) != 1 || p.SKUs[0].Parts.Meter != "output" || !p.Complete {
			t.Fatalf("%s: %+v", prices, p)
		}
		if diff := cmp.Diff(want, stepsText(p.SKUs[0].Steps)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", prices, diff)
		}
	}
}

func stepsText(steps []report.PriceStep) string {
	var list []string
	for _, s := range steps {
		text := ""
		for _, p := range s.Prices {
			text += fmt.Sprintf("%sx%d ", p.Price, p.Entries)
		}
		day := func(at time.Time) int { return int(at.Sub(mayMonth.Start)/(24*time.Hour)) + 1 }
		text += fmt.Sprintf("days %d-%d", day(s.First), day(s.Last))
		if s.Change.Valid {
			text += " " + s.Change.Decimal.String() + "%"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}
