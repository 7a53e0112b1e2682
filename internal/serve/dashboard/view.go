package dashboard

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

const (
	// stacked is how many groups the chart tells apart, listed how many a list
	// shows; the others are added up.
	stacked = 6
	listed  = 8
	// often is how often a view follows the clock.
	often = 5 * time.Minute
	// mostBars is how many bars can still be told apart, and read as a table.
	mostBars = 800
)

// A plan is a view that can be asked for.
type plan struct {
	params
	question report.Question // by nothing
	by, step ledger.Dimension
}

// newPlan refuses what has no answer.
func newPlan(p params, now time.Time, accounts []string) (plan, []string) {
	q, wrong := p.question(now, accounts)
	if len(wrong) > 0 {
		return plan{}, wrong
	}
	pl := plan{params: p, question: q, by: p.by(), step: p.step(q.Window, now)}
	if chart := pl.chart(); pl.by == report.ByKey {
		if err := chart.Check(); err != nil {
			return plan{}, []string{strings.TrimPrefix(err.Error(), report.ErrQuestion.Error()+": ")}
		}
	}
	return pl, nil
}

// grouped is the question by some dimensions.
func (p plan) grouped(top int, by ...ledger.Dimension) report.Question {
	q := p.question
	q.By, q.Top = by, top
	if slices.Contains(by, report.ByKey) {
		q.Zone = time.UTC // it is known for UTC days only
	}
	return q
}

// chart is the question behind the chart.
func (p plan) chart() report.Question { return p.grouped(stacked, p.step, p.by) }

// key names what the view depends on beside the books.
func (p plan) key() string {
	q := p.question
	return fmt.Sprintf("%q %d %d %d %q %q %q %q %q %q %d", q.Accounts, q.Window.Start.UnixNano(), q.Window.End.UnixNano(),
		q.Now.Truncate(often).Unix(), q.Zone, p.by, p.step, p.Currency, p.Model, p.Search, p.Page)
}

// A view is what the books say to a plan.
type view struct {
	plan
	periods *report.Report // by step
	stack   *report.Report // by step and group
	models  *report.Report
	meters  *report.Report
	keys    *report.Report // nil where a filter cuts what keys do not know
	// balances are the last ones by account, without those that have none.
	balances map[string]ledger.BalanceAt
	latest   latest
}

// view asks the books, or remembers what they said.
func (d *dashboard) view(ctx context.Context, version string, p plan) (*view, error) {
	return d.views.get(version+" "+p.key(), func() (*view, error) {
		ctx, cancel := working(ctx)
		defer cancel()
		if len(p.question.Accounts) == 0 {
			return look(ctx, noBooks{d.Books}, p, false)
		}
		v, err := look(ctx, d.Books, p, false)
		if now, _ := d.version(ctx); err != nil || now == version {
			return v, err
		}
		return look(ctx, d.Books, p, true)
	})
}

// look asks for the parts of a view side by side. While the books change, it must
// be careful and ask for the coverage before the rest: what a sync adds meanwhile
// is then not claimed.
func look(ctx context.Context, books ledger.Books, p plan, careful bool) (*view, error) {
	c := &cube{Books: books}
	c.query = p.question.Query
	c.query.By = []ledger.Dimension{p.step, ledger.BySKU}
	v := &view{plan: p}
	group, among := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		if c.coverage, err = books.Coverage(among, p.question.Accounts...); err != nil {
			return fmt.Errorf("coverage of the accounts: %w", err)
		}
		return nil
	})
	if careful {
		if err := group.Wait(); err != nil {
			return nil, err
		}
		group, among = errgroup.WithContext(ctx)
	}
	group.Go(func() (err error) {
		v.balances, err = books.LastBalances(among, p.question.Accounts...)
		return err
	})
	group.Go(func() (err error) {
		c.sums, err = books.Sums(among, c.query)
		return err
	})
	group.Go(func() (err error) {
		if p.Model == "" && p.Currency == "" {
			v.keys, err = report.Ask(among, books, p.grouped(listed, report.ByKey))
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return v, v.answer(ctx, c)
}

// answer finds the other parts from the cube.
func (v *view) answer(ctx context.Context, c *cube) error {
	for _, part := range []struct {
		into     **report.Report
		question report.Question
	}{
		{&v.periods, v.grouped(0, v.step)},
		{&v.stack, v.chart()},
		{&v.models, v.grouped(listed, ledger.ByModel)},
		{&v.meters, v.grouped(listed, ledger.ByMeter)},
	} {
		r, err := report.Ask(ctx, c, part.question)
		if err != nil {
			return err
		}
		*part.into = r
	}
	if n := len(v.periods.Rows); n > mostBars {
		return fmt.Errorf("%w: the range has %d %ss, more than the %d bars of a chart: choose longer steps or a shorter range",
			report.ErrQuestion, n, v.step, mostBars)
	}
	var err error
	v.latest, err = v.findLatest(ctx, c)
	return err
}

// noBooks are books without accounts, of which a store that has none yet need
// not be asked.
type noBooks struct{ ledger.Books }

func (noBooks) Sums(context.Context, ledger.Query) ([]ledger.Sum, error) { return nil, nil }

func (noBooks) Accounts(context.Context) ([]string, error) { return nil, nil }

func (noBooks) Entries(context.Context, ledger.Selection) iter.Seq2[ledger.Entry, error] {
	return func(func(ledger.Entry, error) bool) {}
}

// refusal is why a question has no answer, and "" for other errors.
func refusal(err error) string {
	if !errors.Is(err, report.ErrQuestion) {
		return ""
	}
	return strings.TrimPrefix(err.Error(), report.ErrQuestion.Error()+": ")
}
