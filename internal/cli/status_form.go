package cli

import (
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/status"
)

// statusJSON is the contract of 'status -o json'.
type statusJSON struct {
	standingJSON
	Stale    bool                `json:"stale"`
	Outdated bool                `json:"outdated"`
	Accounts []accountStatusJSON `json:"accounts"`
	Budgets  []budgetStatusJSON  `json:"budgets"`
}

// standingJSON is how an account stands, or all of them together.
type standingJSON struct {
	AsOf                *string         `json:"asOf"`
	Complete            bool            `json:"complete"`
	BalanceAt           *string         `json:"balanceAt"`
	Balances            export.Balances `json:"balances"`
	DIEMEpochAllocation *string         `json:"diemEpochAllocation"`
	DIEMEpochUsed       *string         `json:"diemEpochUsed"`
	DollarSpendToday    *string         `json:"dollarSpendToday"`
	DollarSpendMonth    *string         `json:"dollarSpendMonth"`
	DollarSpendHour     *string         `json:"dollarSpendHour"`
	Unpriced            []string        `json:"unpriced"`
}

type accountStatusJSON struct {
	Account string `json:"account"`
	standingJSON
}

type budgetStatusJSON struct {
	Budget   string   `json:"budget"`
	Accounts []string `json:"accounts"`
	Unit     string   `json:"unit"`
	Period   string   `json:"period"`
	Amount   string   `json:"amount"`
	Spent    string   `json:"spent"`
	Percent  string   `json:"percent"`
	Exceeded bool     `json:"exceeded"`
	Complete bool     `json:"complete"`
	Ends     string   `json:"ends"`
}

func newStatusJSON(s *status.Status, all standing) statusJSON {
	j := statusJSON{standingJSON: newStandingJSON(all), Stale: all.isStale(), Outdated: all.outdated, Accounts: []accountStatusJSON{}, Budgets: []budgetStatusJSON{}}
	for _, account := range s.Accounts {
		one := all
		one.Account = account
		j.Accounts = append(j.Accounts, accountStatusJSON{account.Name, newStandingJSON(one)})
	}
	for _, b := range s.Budgets {
		j.Budgets = append(j.Budgets, budgetStatusJSON{b.Name, b.Accounts, b.Unit, string(b.Period), b.Amount.String(), b.Spent.String(),
			b.Share.String(), b.Exceeded, b.Complete, b.Ends.Format(export.TimeLayout)})
	}
	return j
}

func newStandingJSON(s standing) standingJSON {
	j := standingJSON{
		AsOf:      export.Instant(s.AsOf),
		Complete:  s.Complete,
		BalanceAt: export.Instant(s.BalanceAt),
		Balances: export.Balances{
			DIEM:           export.Digits(s.DIEM),
			USD:            export.Digits(s.USD),
			BundledCredits: export.Digits(s.BundledCredits),
			EarnedCredits:  export.Digits(s.EarnedCredits),
		},
		DIEMEpochUsed:    export.Digits(s.EpochUsed(s.now)),
		DollarSpendToday: export.Digits(s.Today),
		DollarSpendMonth: export.Digits(s.Month),
		DollarSpendHour:  export.Digits(s.Hour),
		Unpriced:         []string{},
	}
	if !s.BalanceAt.IsZero() {
		j.DIEMEpochAllocation = export.Digits(decimal.NewNullDecimal(s.Allocation))
	}
	for _, currency := range s.Unpriced {
		j.Unpriced = append(j.Unpriced, string(currency))
	}
	return j
}
