package status

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// A Budget is how one of them stands in its present period.
type Budget struct {
	Name     string              `json:"name"`
	Accounts []string            `json:"accounts"`
	Unit     string              `json:"unit"` // as report.Budget.Unit has it
	Period   report.BudgetPeriod `json:"period"`
	Amount   decimal.Decimal     `json:"amount"`
	Spent    decimal.Decimal     `json:"spent"`
	// Share is how many percent are spent, as report.BudgetState.Share has it.
	Share    decimal.Decimal `json:"share"`
	Exceeded bool            `json:"exceeded"`
	// Complete says that the books know all of the period up to where they end.
	Complete bool      `json:"complete"`
	Ends     time.Time `json:"ends"`
}

func askBudget(ctx context.Context, books ledger.Books, b report.Budget, now time.Time) (Budget, error) {
	s, err := report.AskBudget(ctx, books, b, b.PeriodAt(now), now)
	if err != nil {
		return Budget{}, fmt.Errorf("budget %s: %w", b.Name, err)
	}
	return Budget{
		Name: b.Name, Accounts: b.Accounts, Unit: b.Unit(), Period: b.Period, Amount: b.Amount,
		Spent: s.Spent, Share: s.Share(), Exceeded: s.Exceeded(), Complete: s.Complete, Ends: s.Window.End.UTC(),
	}, nil
}
