package cli

import (
	"context"
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/status"
)

const (
	// hoursSeen is how many hours the chart can show, entriesSeen how many entries.
	hoursSeen   = 72
	entriesSeen = 60
)

// A sight is what a look at the books shows.
type sight struct {
	status *status.Status
	// hours are what was spent in each UTC hour in dollar equivalents, the present
	// one last; one that the books do not know is not Valid.
	hours    []decimal.NullDecimal
	forecast *report.Forecast
	// latest are the newest entries, the newest first.
	latest []ledger.Entry
}

func (w *watching) look(ctx context.Context) (*sight, error) {
	all, err := accountsOf(ctx, w.config, w.store, nil)
	if err != nil {
		return nil, err
	}
	accounts := w.options.accounts
	if len(accounts) == 0 {
		accounts = all
	}
	return look(ctx, w.store, accounts, budgetsOf(w.config, all), w.now())
}

// look asks all at the same time, so that the books are opened once for it.
func look(ctx context.Context, books ledger.Books, accounts []string, budgets []report.Budget, now time.Time) (*sight, error) {
	s := new(sight)
	together, ctx := errgroup.WithContext(ctx)
	together.Go(func() error {
		all, err := status.Ask(ctx, books, accounts, budgets, now)
		if err == nil {
			s.status = all.Of(accounts)
		}
		return err
	})
	together.Go(func() (err error) {
		s.forecast, err = report.Foresee(ctx, books, report.Scope{Accounts: accounts, Now: now})
		return err
	})
	together.Go(func() error {
		r, err := spendByHour(ctx, books, accounts, now)
		if err != nil {
			return err
		}
		s.hours = hoursOf(r, now)
		s.latest, err = latest(ctx, books, accounts, r)
		return err
	})
	if err := together.Wait(); err != nil {
		return nil, err
	}
	return s, nil
}

func spendByHour(ctx context.Context, books ledger.Books, accounts []string, now time.Time) (*report.Report, error) {
	q := report.Question{Now: now}
	q.Accounts = accounts
	q.By = []ledger.Dimension{ledger.ByHour}
	q.Window.Start = firstHour(now)
	return report.Ask(ctx, books, q)
}

func firstHour(now time.Time) time.Time {
	return now.UTC().Truncate(time.Hour).Add(-(hoursSeen - 1) * time.Hour)
}

// hoursOf puts the rows of a report by hour in their places.
func hoursOf(r *report.Report, now time.Time) []decimal.NullDecimal {
	hours := make([]decimal.NullDecimal, hoursSeen)
	for _, row := range r.Rows {
		hour, err := time.Parse(time.RFC3339, row.Group[0])
		if err != nil {
			continue // not an hour
		}
		if i := int(hour.Sub(firstHour(now)) / time.Hour); i >= 0 && i < hoursSeen {
			hours[i] = decimal.NewNullDecimal(row.DollarSpend)
		}
	}
	return hours
}

// latest are the newest entries. The report by hour tells where they begin; where
// it has none, the newest entry of an account does.
func latest(ctx context.Context, books ledger.Books, accounts []string, r *report.Report) ([]ledger.Entry, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	s := ledger.Selection{Accounts: accounts}
	var entries int64
	for _, row := range slices.Backward(r.Rows) {
		if *row.Entries == 0 {
			continue
		}
		hour, err := time.Parse(time.RFC3339, row.Group[0])
		if err != nil {
			return nil, err
		}
		s.Window.Start = hour
		if entries += *row.Entries; entries >= entriesSeen {
			break
		}
	}
	if entries == 0 {
		spans, err := books.Spans(ctx, accounts...)
		if err != nil {
			return nil, err
		}
		for _, span := range spans {
			if span.Last.After(s.Window.Start) {
				s.Window.Start = span.Last
			}
		}
	}
	var newest []ledger.Entry
	for e, err := range books.Entries(ctx, s) {
		if err != nil {
			return nil, err
		}
		if newest = append(newest, e); len(newest) >= 2*entriesSeen {
			newest = append(newest[:0], newest[entriesSeen:]...)
		}
	}
	newest = newest[max(0, len(newest)-entriesSeen):]
	slices.Reverse(newest)
	return newest, nil
}
