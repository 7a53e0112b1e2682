package mcp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/report"
)

type balances struct {
	Accounts []accountBalance `json:"accounts"`
	known
}

type accountBalance struct {
	Account    string          `json:"account"`
	At         *string         `json:"at" jsonschema:"when Venice was asked; null for never"`
	AgeSeconds *int64          `json:"ageSeconds" jsonschema:"how long ago that was"`
	EpochOver  bool            `json:"epochOver" jsonschema:"whether the DIEM epoch of that instant is over: DIEM has refilled since, and what is said of it is of then"`
	Balance    *export.Balance `json:"balance" jsonschema:"null where Venice was never asked"`
}

func (s *server) addBalance() error {
	return add(s, tool{"balance", "What was left",
		"The newest balance of each account that the books have, and how old it is: what was left of each currency, which one is charged next, " +
			"and the state of the DIEM epoch. Venice is not asked: a sync takes a new one. Here complete means that every account has a balance."}, s.balance)
}

func (s *server) balance(ctx context.Context, asked accountsQuestion) (balances, error) {
	accounts, err := s.accounts(ctx, asked.Accounts)
	if err != nil {
		return balances{}, err
	}
	now := s.Now()
	answer := balances{Accounts: []accountBalance{}}
	var known []report.Coverage
	complete := len(accounts) > 0
	newest, err := s.Books.LastBalances(ctx, accounts...)
	if err != nil {
		return balances{}, fmt.Errorf("balances of the accounts: %w", err)
	}
	for _, name := range accounts {
		last, ok := newest[name]
		if !ok {
			complete = false
			answer.Accounts = append(answer.Accounts, accountBalance{Account: name})
			known = append(known, neverRead(name, now.Truncate(time.Second)))
			continue
		}
		epoch := export.NewEpoch(&last.Balance, last.At)
		answer.Accounts = append(answer.Accounts, accountBalance{
			Account:    name,
			At:         export.Instant(last.At),
			AgeSeconds: new(int64(max(0, now.Sub(last.At)) / time.Second)),
			EpochOver:  !now.Before(epoch.Ends),
			Balance:    new(export.NewBalance(&last.Balance, epoch)),
		})
		known = append(known, report.Coverage{Account: name, AsOf: last.At})
	}
	answer.known = newKnown(complete, known)
	answer.Accounts = slices.DeleteFunc(answer.Accounts, func(a accountBalance) bool { return !answer.lists(a.Account) })
	return answer, nil
}

func (b balances) text() string {
	var t strings.Builder
	t.WriteString(b.line())
	for _, a := range b.Accounts {
		if a.Balance == nil {
			fmt.Fprintf(&t, "%s: no balance yet.\n", a.Account)
			continue
		}
		fmt.Fprintf(&t, "%s at %s (%d s ago):", a.Account, *a.At, *a.AgeSeconds)
		for _, left := range []struct {
			name   string
			amount *string
		}{{"DIEM", a.Balance.Balances.DIEM}, {"USD", a.Balance.Balances.USD},
			{"BUNDLED_CREDITS", a.Balance.Balances.BundledCredits}, {"EARNED_CREDITS", a.Balance.Balances.EarnedCredits}} {
			if left.amount != nil {
				fmt.Fprintf(&t, " %s %s,", *left.amount, left.name)
			}
		}
		switch {
		case !a.Balance.CanConsume:
			t.WriteString(" too little to spend")
		case a.Balance.ConsumptionCurrency != nil:
			fmt.Fprintf(&t, " next charge in %s", *a.Balance.ConsumptionCurrency)
		default:
			t.WriteString(" can spend")
		}
		switch {
		case a.EpochOver:
			t.WriteString("; its DIEM epoch is over")
		case a.Balance.DIEMEpochUsed != nil:
			fmt.Fprintf(&t, "; DIEM epoch: %s of %s used, refills at %s", *a.Balance.DIEMEpochUsed, *a.Balance.DIEMEpochAllocation, a.Balance.DIEMEpochEnds)
		}
		t.WriteString(".\n")
	}
	return t.String()
}
