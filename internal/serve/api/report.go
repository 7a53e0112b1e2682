package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A report is the body of an analytics answer.
type report struct {
	body         []byte
	keysComplete bool
}

type reportBody struct {
	Lookback        string       `json:"lookback"`
	ByDate          []dateSpend  `json:"byDate"`
	ByModel         []modelSpend `json:"byModel"`
	ByModelDaily    []chartRow   `json:"byModelDaily"`
	ByModelDailyUSD []chartRow   `json:"byModelDailyUsd"`
	TopModels       []string     `json:"topModels"`
	ByKey           []keySpend   `json:"byKey"`
	ByKeyDaily      []chartRow   `json:"byKeyDaily"`
	ByKeyDailyUSD   []chartRow   `json:"byKeyDailyUsd"`
	TopKeyNames     []string     `json:"topKeyNames"`
}

type dateSpend struct {
	Date string `json:"date"`
	USD  number `json:"USD"`
	DIEM number `json:"DIEM"`
}

// report asks the books for what an analytics answer has.
func (c *call) report(ctx context.Context, account string, span period) (report, error) {
	sums, err := c.books.Sums(ctx, ledger.Query{
		Selection: ledger.Selection{Accounts: []string{account}, Window: span.window()},
		By:        []ledger.Dimension{ledger.ByDay, ledger.ByModel},
	})
	if err != nil {
		return report{}, err
	}
	days, models, chart := tally[string]{}, modelTally{}, newChart()
	for _, sum := range sums {
		s, counts := spendOf(sum)
		if !counts {
			continue
		}
		day, model := sum.Group[0], sum.Group[1]
		days.add(day, s)
		models.add(model, sum, s)
		chart.add(model, day, s)
	}
	b := reportBody{Lookback: span.name, ByModel: models.rows()}
	b.ByModelDaily, b.ByModelDailyUSD, b.TopModels = chart.rows(span)
	for day := range span.each() {
		s := days.of(day)
		b.ByDate = append(b.ByDate, dateSpend{day, number{s.usd}, number{s.diem}})
	}

	kept, err := c.books.KeyDays(ctx, span.window(), account)
	if err != nil {
		return report{}, err
	}
	keys := newKeyTally(kept[account])
	b.ByKey = keys.rows()
	b.ByKeyDaily, b.ByKeyDailyUSD, b.TopKeyNames = keys.chart.rows(span)
	a := jsonAnswer(http.StatusOK, b)
	if a.status != http.StatusOK {
		return report{}, fmt.Errorf("encoding analytics: %s", a.body)
	}
	return report{a.body, keys.whole == span.days()}, nil
}

// each gives the days of the period, spelled as dates.
func (p period) each() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for day := p.first; !day.After(p.last); day = day.AddDate(0, 0, 1) {
			if !yield(day.Format(time.DateOnly)) {
				return
			}
		}
	}
}
