package api

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// headerKeysComplete says whether the totals by key are those of whole days: they
// are Venice's own, which the books have for days that are over.
const headerKeysComplete = "X-Ducat-Keys-Complete"

// maxReportDays bounds the work of an answer, which has a row for every day.
const maxReportDays = 3660

const defaultLookback = "7d"

var lookbackForm = regexp.MustCompile(`^[1-9]\d*d$`)

// A period is a run of whole UTC days, both ends included.
type period struct {
	name        string // as Venice names it
	first, last time.Time
}

func (p period) window() ledger.Window {
	return ledger.Window{Start: p.first, End: p.last.AddDate(0, 0, 1)}
}

// days counts the days of the period.
func (p period) days() int { return int(p.last.Sub(p.first)/(24*time.Hour)) + 1 }

type reportKey struct {
	stateOf
	period period
}

// analytics answers GET /billing/usage-analytics: the debits of a period by day,
// model and key.
func (c *call) analytics(ctx context.Context) (answer, error) {
	p := c.params()
	span := c.period(p)
	account, err := c.account(ctx, p)
	if err != nil {
		return answer{}, err
	}
	scope, err := c.scope(ctx, account, span.window(), span)
	if err != nil {
		return answer{}, err
	}
	if a, ok := c.unchanged(scope); ok {
		return a, nil
	}
	r, err := c.reports.get(ctx, reportKey{stateOf{c.version, account}, span}, func(ctx context.Context) (report, error) {
		return c.report(ctx, account, span)
	})
	if err != nil {
		return answer{}, err
	}
	a := newAnswer(http.StatusOK, mediaJSON, r.body)
	return scope.mark(a.with(headerKeysComplete, strconv.FormatBool(r.keysComplete))), nil
}

// period reads the days asked for. Two dates win over lookback, a lone one is
// ignored, and a lookback that is too long is cut, as Venice does.
func (c *call) period(p *params) period {
	p.only("lookback", "startDate", "endDate")
	start, hasStart := p.day("startDate")
	end, hasEnd := p.day("endDate")
	lookback := defaultLookback
	if p.query.Has("lookback") {
		lookback = p.matching("lookback", lookbackForm, 20)
	}
	if len(p.issues) > 0 {
		return period{}
	}
	if hasStart && hasEnd {
		span := period{start.Format(time.DateOnly) + ":" + end.Format(time.DateOnly), start, end}
		switch {
		case end.Before(start):
			p.fail("endDate", issue{Code: "custom", Message: "endDate must not be before startDate"})
		case span.days() > maxReportDays:
			p.fail("endDate", issue{Code: "custom", Message: "The range must not be longer than " + strconv.Itoa(maxReportDays) + " days"})
		}
		return span
	}
	days, err := strconv.Atoi(strings.TrimSuffix(lookback, "d"))
	if err != nil || days > maxReportDays {
		days = maxReportDays
	}
	today := c.now.Truncate(24 * time.Hour)
	return period{strconv.Itoa(days) + "d", today.AddDate(0, 0, 1-days), today}
}
