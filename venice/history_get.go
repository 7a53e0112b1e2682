package venice

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

const pathHistory = "billing/usage-history"

const (
	minPageSize = 10
	maxPageSize = 1000
)

// GetUsageHistory asks for one page of the ledger, oldest first
// (GET /billing/usage-history). It costs one request. Continue with
// Cursor: page.NextCursor and nothing else, or use [BillingService.UsageHistoryPages].
//
// Errors: [ErrInvalidRequest], [ErrCursor] for a cursor that Venice refuses
// (expired, changed, of another account), [ErrAuthentication], [ErrTimeout],
// [ErrConnection], [ErrRateLimit], [ErrServer].
func (b *BillingService) GetUsageHistory(ctx context.Context, params UsageHistoryParams) (*UsageHistoryPage, error) {
	if err := params.check(); err != nil {
		return nil, err
	}
	var page UsageHistoryPage
	resp, err := b.client.do(ctx, request{path: pathHistory, query: params.query(), decode: page.decode})
	if err != nil {
		return nil, err
	}
	page.Meta = resp.meta
	return &page, nil
}

// GetUsageHistoryCSV asks for one page as comma-separated values. It costs one
// request; a walk through several pages repeats the header line in each. The
// errors are those of GetUsageHistory.
func (b *BillingService) GetUsageHistoryCSV(ctx context.Context, params UsageHistoryParams) (*UsageHistoryCSV, error) {
	if err := params.check(); err != nil {
		return nil, err
	}
	resp, err := b.client.do(ctx, request{path: pathHistory, query: params.query(), accept: mediaCSV})
	if err != nil {
		return nil, err
	}
	_, disposition, _ := mime.ParseMediaType(resp.header.Get("Content-Disposition"))
	return &UsageHistoryCSV{
		Body:       bytes.NewReader(resp.body),
		Filename:   clean(disposition["filename"], 100),
		NextCursor: resp.header.Get("x-next-cursor"),
		Meta:       resp.meta,
	}, nil
}

// cursorForm is what a cursor looks like.
var cursorForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,512}$`)

// check refuses what Venice would refuse, before it is sent.
func (p UsageHistoryParams) check() error {
	if p.Cursor != "" {
		return p.checkCursor()
	}
	var errs []error
	if p.Currency == VCU {
		errs = append(errs, &ParamError{"Currency", `"VCU"`, "Venice refuses VCU as a filter of the usage history: leave it out, and keep the entries whose Currency is VCU"})
	}
	if n := p.PageSize; n != 0 && (n < minPageSize || n > maxPageSize) {
		errs = append(errs, &ParamError{"PageSize", strconv.Itoa(n), "must be 10 to 1000, or 0 for 1000"})
	}
	errs = append(errs, checkRange("StartTimestamp", p.StartTimestamp, "EndTimestamp", p.EndTimestamp))
	return errors.Join(errs...)
}

func (p UsageHistoryParams) checkCursor() error {
	if !cursorForm.MatchString(p.Cursor) {
		return &ParamError{"Cursor", excerpt(p.Cursor), "must be the NextCursor of a page: 1 to 512 letters, digits, - or _"}
	}
	alone := p
	alone.Cursor = ""
	if alone != (UsageHistoryParams{}) {
		return &ParamError{"Cursor", "with other parameters", "must stand alone: it carries the filters and the page size of its walk"}
	}
	return nil
}

// checkRange refuses a range that holds no instant. Times are compared as they
// are sent.
func checkRange(startName string, start time.Time, endName string, end time.Time) error {
	if start.IsZero() || end.IsZero() || start.Truncate(time.Millisecond).Before(end.Truncate(time.Millisecond)) {
		return nil
	}
	return &ParamError{endName, formatTimestamp(end), fmt.Sprintf("must be later than %s (%s)", startName, formatTimestamp(start))}
}

func (p UsageHistoryParams) query() url.Values {
	if p.Cursor != "" {
		return url.Values{"cursor": {p.Cursor}}
	}
	q := url.Values{"pageSize": {strconv.Itoa(cmp.Or(p.PageSize, maxPageSize))}}
	if p.Currency != "" {
		q.Set("currency", string(p.Currency))
	}
	setInstant(q, "startTimestamp", p.StartTimestamp)
	setInstant(q, "endTimestamp", p.EndTimestamp)
	return q
}

// setInstant sends an instant in UTC, to the millisecond.
func setInstant(q url.Values, name string, t time.Time) {
	if !t.IsZero() {
		q.Set(name, t.UTC().Format(timestampLayout))
	}
}
