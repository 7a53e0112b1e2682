package venice

import (
	"cmp"
	"errors"
	"math"
	"net/url"
	"strconv"
)

const (
	pathUsage        = "billing/usage"
	defaultLimit     = 200
	maxLimit         = 500
	defaultIterLimit = maxLimit
)

// prepared checks the parameters and fills in the defaults.
func (p UsageParams) prepared(limit int) (UsageParams, error) {
	var errs []error
	if p.Limit < 0 || p.Limit > maxLimit {
		errs = append(errs, &ParamError{"Limit", strconv.Itoa(p.Limit), "must be 1 to 500, or 0 for " + strconv.Itoa(limit)})
	}
	if p.Page < 0 || p.Page > math.MaxInt/maxLimit-1 {
		errs = append(errs, &ParamError{"Page", strconv.Itoa(p.Page), "must be 1 or more, or 0 for 1"})
	}
	if p.MaxItems < 0 {
		errs = append(errs, &ParamError{"MaxItems", strconv.Itoa(p.MaxItems), "must be 1 or more, or 0 for no end"})
	}
	switch p.SortOrder {
	case "", Ascending, Descending:
	default:
		errs = append(errs, &ParamError{"SortOrder", excerpt(string(p.SortOrder)), `must be "asc" or "desc"`})
	}
	errs = append(errs, checkRange("StartDate", p.StartDate, "EndDate", p.EndDate))
	p.Limit = cmp.Or(p.Limit, limit)
	p.Page = cmp.Or(p.Page, 1)
	p.SortOrder = cmp.Or(p.SortOrder, Descending)
	return p, errors.Join(errs...)
}

// preparedPage is prepared for a call that gives one page.
func (p UsageParams) preparedPage() (UsageParams, error) {
	if p.MaxItems != 0 {
		return p, &ParamError{"MaxItems", strconv.Itoa(p.MaxItems), "is for IterUsage; a page is bounded by Limit"}
	}
	return p.prepared(defaultLimit)
}

// refuseTotals is for the calls that have no place for them.
func (p UsageParams) refuseTotals() error {
	if !p.CountTotals {
		return nil
	}
	return &ParamError{"CountTotals", "true", "is for GetUsage: nothing else returns totals"}
}

// skip is how many entries stand before the page.
func (p UsageParams) skip() int { return (p.Page - 1) * p.Limit }

// query is for the page-numbered route.
func (p UsageParams) query() url.Values {
	q := url.Values{
		"limit":     {strconv.Itoa(p.Limit)},
		"page":      {strconv.Itoa(p.Page)},
		"sortOrder": {string(p.SortOrder)},
	}
	if p.Currency != "" {
		q.Set("currency", string(p.Currency))
	}
	setInstant(q, "startDate", p.StartDate)
	setInstant(q, "endDate", p.EndDate)
	return q
}
