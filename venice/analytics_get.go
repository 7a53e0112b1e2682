package venice

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

const pathAnalytics = "billing/usage-analytics"

const maxAnalyticsDays = 90

// GetUsageAnalytics asks for Venice's own sums by day, model and key
// (GET /billing/usage-analytics, in beta). It costs one request; Venice answers
// the same for 10 minutes. Only whole UTC days of the last 90 are kept.
//
// Errors: [ErrInvalidRequest], [ErrAuthentication], [ErrTimeout],
// [ErrConnection], [ErrRateLimit], [ErrServer].
func (b *BillingService) GetUsageAnalytics(ctx context.Context, params UsageAnalyticsParams) (*UsageAnalytics, error) {
	if err := params.check(); err != nil {
		return nil, err
	}
	var analytics *UsageAnalytics
	resp, err := b.client.do(ctx, request{path: pathAnalytics, query: params.query(), decode: func(body []byte) (err error) {
		analytics, err = decodeUsageAnalytics(body)
		if err == nil && analytics.ByDate == nil { // not what was asked for, whatever it is
			err = errors.New("byDate is missing")
		}
		return err
	}})
	if err != nil {
		return nil, err
	}
	analytics.Meta = resp.meta
	return analytics, nil
}

var lookbackForm = regexp.MustCompile(`^[1-9][0-9]?d$`)

// check refuses what Venice would refuse, and what it would silently read
// otherwise than it was meant: it ignores a lone date, and shortens a lookback
// of more than 90 days.
func (p UsageAnalyticsParams) check() error {
	var errs []error
	if p.Lookback != "" && !p.validLookback() {
		errs = append(errs, &ParamError{"Lookback", excerpt(p.Lookback), `must be "1d" to "90d"`})
	}
	start, end := p.StartDate, p.EndDate
	switch {
	case start.IsZero() && end.IsZero():
	case p.Lookback != "":
		errs = append(errs, &ParamError{"Lookback", excerpt(p.Lookback), "must not stand beside StartDate and EndDate: use one or the other"})
	case start.IsZero():
		errs = append(errs, &ParamError{"StartDate", "not set", "must be set where EndDate is (" + end.UTC().Format(dateLayout) + ")"})
	case end.IsZero():
		errs = append(errs, &ParamError{"EndDate", "not set", "must be set where StartDate is (" + start.UTC().Format(dateLayout) + ")"})
	default:
		errs = append(errs, p.checkDays())
	}
	return errors.Join(errs...)
}

func (p UsageAnalyticsParams) validLookback() bool {
	if !lookbackForm.MatchString(p.Lookback) {
		return false
	}
	days, err := strconv.Atoi(p.Lookback[:len(p.Lookback)-1])
	return err == nil && days <= maxAnalyticsDays
}

func (p UsageAnalyticsParams) checkDays() error {
	const day = 24 * time.Hour
	start, end := p.StartDate.UTC().Truncate(day), p.EndDate.UTC().Truncate(day)
	days := int(end.Sub(start)/day) + 1
	switch {
	case end.Before(start):
		return &ParamError{"EndDate", end.Format(dateLayout), "must not be before StartDate (" + start.Format(dateLayout) + ")"}
	case days > maxAnalyticsDays:
		return &ParamError{"EndDate", end.Format(dateLayout), "must be at most 90 days from StartDate (" + start.Format(dateLayout) + "), both counted; it is " + strconv.Itoa(days)}
	default:
		return nil
	}
}

func (p UsageAnalyticsParams) query() url.Values {
	q := url.Values{}
	if p.Lookback != "" {
		q.Set("lookback", p.Lookback)
	}
	if !p.StartDate.IsZero() {
		q.Set("startDate", p.StartDate.UTC().Format(dateLayout))
		q.Set("endDate", p.EndDate.UTC().Format(dateLayout))
	}
	return q
}
