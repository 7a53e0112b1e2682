package cli

import (
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A report of the books is what the server's own ledger adds up to, by day and
// currency and to the last digit, wherever days begin.
func TestReportIsTheTruth(t *testing.T) { onEveryStore(t, testReportIsTheTruth) }

func testReportIsTheTruth(t *testing.T, kind storeKind) {
	server := venicetest.NewServer(t, venicetest.Config{Seed: 3, Entries: 1000, Days: 40, Now: atNoon, NoLimits: true})
	b := kind.customer(t, server)
	if got := b.run(t, "sync"); got.code != 0 {
		t.Fatalf("sync: exit code %d: %s", got.code, got.stderr)
	}
	for _, name := range []string{"UTC", "America/New_York", "Asia/Kathmandu"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		type sums struct{ Spend, Credit string }
		truth := map[string][2]*big.Rat{}
		for _, e := range server.Entries() {
			amount, err := rat(e.Amount)
			if err != nil {
				t.Fatal(err)
			}
			key := e.Timestamp.In(zone).Format(time.DateOnly) + " " + e.Currency
			if truth[key][0] == nil {
				truth[key] = [2]*big.Rat{new(big.Rat), new(big.Rat)}
			}
			if amount.Sign() < 0 {
				truth[key][0].Sub(truth[key][0], amount)
			} else {
				truth[key][1].Add(truth[key][1], amount)
			}
		}
		want := map[string]sums{}
		for key, parts := range truth {
			want[key] = sums{parts[0].RatString(), parts[1].RatString()}
		}

		got := b.run(t, "report", "--since", "all", "--by", "day", "--tz", name, "-o", "json")
		if got.code != 0 {
			t.Fatalf("%s: exit code %d: %s", name, got.code, got.stderr)
		}
		var r export.Report
		if err := json.Unmarshal([]byte(got.stdout), &r); err != nil {
			t.Fatal(err)
		}
		found := map[string]sums{}
		for _, row := range r.Rows {
			for _, m := range row.Currencies {
				spend, err1 := rat(m.Spend)
				credit, err2 := rat(m.Credit)
				if err1 != nil || err2 != nil {
					t.Fatal(err1, err2)
				}
				found[row.Group["day"]+" "+m.Currency] = sums{spend.RatString(), credit.RatString()}
			}
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s (-truth +report):\n%s", name, diff)
		}
	}
}
