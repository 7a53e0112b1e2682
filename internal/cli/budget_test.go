package cli

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// The exit code is 6 from the entry on that passes the amount, and not from the
// one that reaches it.
func TestBudgetExitCode(t *testing.T) { onEveryStore(t, testBudgetExitCode) }

func testBudgetExitCode(t *testing.T, kind storeKind) {
	server := venicetest.NewServer(t, venicetest.Config{NoLimits: true, Now: atNoon})
	b := newBudgeteer(t, kind, server, "[budgets.team]\namount = '100'\ncurrency = 'DIEM'\nperiod = 'epoch'\n"+
		"[budgets.large]\namount = '1000'\ncurrency = 'dollars'\nperiod = 'month'\n")
	if got := b.run(t, "budget"); got.code != exitIncomplete {
		t.Errorf("without a ledger: exit code %d: %s", got.code, got.stderr)
	}
	for i, step := range []struct {
		amount, currency, spent string
		code                    int
	}{
		{"-500", "USD", "0", exitDone},
		{"-66.6", "DIEM", "66.6", exitDone},
		{"50", "DIEM", "66.6", exitDone}, // a refund lowers nothing
		{"-33.39999999999999999999", "DIEM", "99.99999999999999999999", exitDone},
		{"-0.00000000000000000001", "DIEM", "100", exitDone},
		{"-0.00000000000000000001", "DIEM", "100.00000000000000000001", exitExceeded},
	} {
		server.Post(venicetest.Entry{Timestamp: noon.Add(-30*time.Minute + time.Duration(i)*time.Second), SKU: "x",
			Amount: step.amount, Currency: step.currency})
		if got := b.run(t, "sync"); got.code != exitDone {
			t.Fatal(got.stderr)
		}
		got := b.run(t, "budget", "-o", "json")
		var printed struct {
			Exceeded, Complete bool
			Budgets            []struct {
				Budget, Spent string
				Exceeded      bool
			}
		}
		if err := json.Unmarshal([]byte(got.stdout), &printed); err != nil || len(printed.Budgets) != 2 {
			t.Fatalf("%v in %s", err, got.stdout)
		}
		team := printed.Budgets[1]
		if got.code != step.code || team.Spent != step.spent || team.Exceeded != (step.code == exitExceeded) ||
			printed.Exceeded != team.Exceeded || !printed.Complete || printed.Budgets[0].Exceeded {
			t.Errorf("entry %d: exit code %d, %s; want %d, spent %s", i, got.code, got.stdout, step.code, step.spent)
		}
	}
	if got := b.run(t, "budget", "large"); got.code != exitDone {
		t.Errorf("exit code %d of the other budget: %s", got.code, got.stderr)
	}
}

// Each table was read by a person when its golden file was written.
func TestBudgetTables(t *testing.T) {
	t.Parallel()
	store := keptInMemory(t)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	thresholds := []int{50, 80, 100}
	lines := func(now time.Time, budgets ...config.Budget) (lines []budgetLine) {
		for _, b := range budgets {
			if len(b.Accounts) == 0 {
				b.Accounts = []string{"home"}
			}
			if b.Thresholds == nil {
				b.Thresholds = thresholds
			}
			state, err := report.AskBudget(t.Context(), store, b.Budget, b.PeriodAt(now), now)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, budgetLine{b, state})
		}
		return lines
	}
	budget := func(name, amount string, currency venice.Currency, period report.BudgetPeriod) config.Budget {
		return config.Budget{Budget: report.Budget{Name: name, Amount: dec(amount), Currency: currency, Period: period}}
	}
	month := budget("month", "2000", "", report.PerMonth)
	month.Zone, month.Thresholds = berlin, []int{10, 50, 76, 77, 200}
	key := budget("production", "1000", venice.USD, report.PerMonth)
	key.Key = "production"
	odd := budget("odd", "1000000", venice.DIEM, report.PerMonth)
	odd.Models, odd.Thresholds = []string{"zai-org-glm-5-1", "glm-6"}, []int{1}
	work := budget("work", "10", venice.USD, report.PerWeek)
	work.Accounts = []string{"work"}
	wide := lines(noon, budget("diem", "300.25", venice.DIEM, report.PerEpoch), month, key, odd, work)
	for name, test := range map[string]struct {
		out   stream
		lines []budgetLine
	}{
		"budget-pipe":     {pipe, wide},
		"budget-terminal": {terminal, wide},
		"budget-narrow":   {narrow, lines(noon, budget("diem", "300.24", venice.DIEM, report.PerEpoch))},
		"budget-new":      {plainTTY, lines(noon.AddDate(0, 0, 1), budget("diem", "300.25", venice.DIEM, report.PerDay))},
	} {
		golden(t, name, budgetTable(test.out, test.lines, noon))
	}
}
