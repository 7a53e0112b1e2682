package transfer

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A cell is what daily sums are kept apart by.
type cell struct {
	day      string // UTC
	currency venice.Currency
	sku      string
}

// dayOf is a day as a store spells it.
func dayOf(day string) ledger.Window {
	start, _ := time.Parse(time.DateOnly, day) // the conformance suite sees to that
	return ledger.Window{Start: start, End: start.AddDate(0, 0, 1)}
}

// figures are the sums of a cell.
type figures struct {
	Entries              int64
	Spend, Credit, Units decimal.Decimal
}

func (f figures) equal(g figures) bool {
	return f.Entries == g.Entries && f.Spend.Equal(g.Spend) && f.Credit.Equal(g.Credit) && f.Units.Equal(g.Units)
}

func (f figures) String() string {
	return fmt.Sprintf("%d entries, spend %s, credit %s, %s units", f.Entries, f.Spend, f.Credit, f.Units)
}

// dailySums are those of an account.
func dailySums(ctx context.Context, books ledger.Books, account string) (map[cell]figures, error) {
	sums, err := books.Sums(ctx, ledger.Query{
		Selection: ledger.Selection{Accounts: []string{account}},
		By:        []ledger.Dimension{ledger.ByDay, ledger.BySKU},
	})
	cells := make(map[cell]figures, len(sums))
	for _, s := range sums {
		c := cell{s.Group[0], s.Currency, s.Group[1]}
		f := cells[c]
		f.Entries += s.Entries
		f.Spend, f.Credit, f.Units = f.Spend.Add(s.Spend), f.Credit.Add(s.Credit), f.Units.Add(s.Units)
		cells[c] = f
	}
	return cells, err
}

// targetSums are those of the target.
func (j *job) targetSums(ctx context.Context, account string) (map[cell]figures, error) {
	sums, err := orNothing(dailySums(ctx, j.to, account))
	if err != nil {
		return nil, inTarget(err)
	}
	return sums, nil
}
