package alert

import (
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// An Alert says that a share of a budget is spent: what webhooks and commands get
// as JSON. docs/budgets.md is its contract.
type Alert struct {
	ID        string              `json:"id"` // the same for each receiver, and each time that it is sent
	Budget    string              `json:"budget"`
	Threshold int                 `json:"threshold"` // percent
	Exceeded  bool                `json:"exceeded"`  // more than the amount is spent
	Period    export.BudgetPeriod `json:"period"`
	// Spent and Amount are decimals, in Currency; Share is the percentage.
	Spent    string            `json:"spent"`
	Amount   string            `json:"amount"`
	Currency string            `json:"currency"`
	Share    string            `json:"share"`
	Unpriced []venice.Currency `json:"unpriced"`
	// AsOf is where the books end, Lag how many seconds before the alert was made
	// that is; null where nothing is known of an account.
	AsOf     *string `json:"asOf"`
	Lag      *int64  `json:"lag"`
	Complete bool    `json:"complete"`
	Text     string  `json:"text"` // all of it in a few sentences
}

func newAlert(w *watch, threshold int, s *report.BudgetState, now time.Time) *Alert {
	return &Alert{
		ID:        hash(fmt.Sprintf("%s %d %d", w.Digest, w.Start.Unix(), threshold)),
		Budget:    s.Name,
		Threshold: threshold,
		Exceeded:  s.Exceeded(),
		Period:    export.NewBudgetPeriod(s),
		Spent:     s.Spent.String(),
		Amount:    s.Amount.String(),
		Currency:  s.Unit(),
		Share:     s.Share().String(),
		Unpriced:  append([]venice.Currency{}, s.Unpriced...),
		AsOf:      export.Instant(s.AsOf),
		Lag:       export.Lag(s),
		Complete:  s.Complete,
		Text:      text(threshold, s, now),
	}
}

// text says it to a person, and that it comes after the fact.
func text(threshold int, s *report.BudgetState, now time.Time) string {
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	local := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04 MST") }
	standing := fmt.Sprintf("has reached %d %%", threshold)
	if s.Exceeded() {
		standing = "is exceeded"
	}
	text := fmt.Sprintf("Budget %s %s: %s of %s %s are spent (%s %%) in the %s from %s to %s.",
		s.Name, standing, s.Spent, s.Amount, s.Unit(), s.Share().Truncate(1), s.Period, local(s.Window.Start), local(s.Window.End))
	if s.AsOf.IsZero() {
		text += " This comes after the fact, and of one account nothing is known yet."
	} else {
		text += fmt.Sprintf(" This comes after the fact: it is what the books knew up to %s, %s before %s.",
			local(s.AsOf), s.Lag.Truncate(time.Second), local(now))
	}
	if !s.Complete {
		text += " They lack a part of the period, so more may be spent."
	}
	return text
}
