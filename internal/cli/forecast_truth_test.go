package cli

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A simulated account spends steadily. The forecast is made, the account spends on
// until its balance is used up, and both agree on when that was.
func TestForecastIsTheFuture(t *testing.T) { onEveryStore(t, testForecastIsTheFuture) }

func testForecastIsTheFuture(t *testing.T, kind storeKind) {
	for name, test := range map[string]struct {
		since, step time.Duration
		amount      string
		method      string
	}{
		"for a month": {30 * 24 * time.Hour, 5 * time.Minute, "0.42", "hour-of-week"},
		"for a week":  {7 * 24 * time.Hour, 5 * time.Minute, "0.42", "hour-of-day"},
		"for hours":   {5 * time.Hour, time.Minute, "0.14", "flat"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			charge := func(at time.Time) venicetest.Entry {
				return venicetest.Entry{Timestamp: at, SKU: "zai-org-glm-5-1-llm-output-mtoken", Currency: "DIEM",
					PricePerUnitUSD: "1", Units: test.amount, Amount: "-" + test.amount}
			}
			var past []venicetest.Entry
			for at := noon.Add(-test.since); at.Before(noon); at = at.Add(test.step) {
				past = append(past, charge(at))
			}
			server := venicetest.NewServer(t, venicetest.Config{Ledger: past, Now: atNoon, NoLimits: true})
			b := kind.customer(t, server)
			if got := b.run(t, "sync"); got.code != exitDone {
				t.Fatal(got.stderr)
			}
			got := b.run(t, "forecast", "-o", "json")
			if got.code != exitDone {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			var f export.Forecast
			if err := json.Unmarshal([]byte(got.stdout), &f); err != nil {
				t.Fatal(err)
			}
			if string(f.Method) != test.method {
				t.Errorf("method %s, want %s", f.Method, test.method)
			}

			truth := usedUp(t, server, test.step, charge)
			tolerance := truth.Sub(noon) / 50
			for way, e := range map[string]export.Exhaustion{"forecast": f.RunOuts[0].Forecast, "present rate": f.RunOuts[0].PresentRate} {
				if e.At == nil {
					t.Fatalf("%s: %s, in truth it is used up at %s", way, e.Verdict, truth)
				}
				at, err := time.Parse(time.RFC3339, *e.At)
				if err != nil || at.Sub(truth).Abs() > tolerance {
					t.Errorf("%s: runs out at %s, in truth at %s: more than %s off (%v)", way, at, truth, tolerance, err)
				}
			}
		})
	}
}

// usedUp lets the account spend until no DIEM is left, and says when that is.
func usedUp(t *testing.T, server *venicetest.Server, step time.Duration, charge func(time.Time) venicetest.Entry) time.Time {
	t.Helper()
	client, err := venice.NewClient(venice.WithAPIKey(server.AdminKey), venice.WithBaseURL(server.BaseURL))
	if err != nil {
		t.Fatal(err)
	}
	for at := noon; at.Before(noon.Add(12 * time.Hour)); at = at.Add(step) {
		server.Post(charge(at))
		balance, err := client.Billing.GetBalance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if balance.Balances.DIEM.Decimal.LessThanOrEqual(decimal.Zero) {
			return at
		}
		server.Advance(step)
	}
	t.Fatal("the balance lasts longer than the day")
	return time.Time{}
}
