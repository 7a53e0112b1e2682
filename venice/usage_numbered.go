package venice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
)

// numberedRoute remembers that the server retired the page-numbered route.
type numberedRoute struct{ gone atomic.Bool }

func (n *numberedRoute) retired() bool { return n.gone.Load() }

// learn says whether err means that the route is retired.
func (n *numberedRoute) learn(err error) bool {
	if !errors.Is(err, ErrGone) {
		return false
	}
	n.gone.Store(true)
	return true
}

// numberedPage asks the page-numbered route for a page.
func (b *BillingService) numberedPage(ctx context.Context, p UsageParams) (*UsagePage, error) {
	page := UsagePage{Page: p.Page, Limit: p.Limit}
	resp, err := b.client.do(ctx, request{path: pathUsage, query: p.query(), decode: page.decode})
	if err != nil {
		return nil, err
	}
	page.Meta = resp.meta
	return &page, nil
}

// decode reads a numbered page. Only total is taken from the pagination: the
// rest follows from it, and Venice's own examples mix up limit and page.
func (p *UsagePage) decode(body []byte) error {
	var w struct {
		Data       []wireEntry `json:"data"`
		Pagination struct {
			Total json.Number `json:"total"`
		} `json:"pagination"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return fieldError(err)
	}
	var err error
	if p.Data, err = entriesOf(w.Data); err != nil {
		return err
	}
	total, err := parseCount(string(w.Pagination.Total))
	if err != nil || total < 0 {
		return badField("pagination.total", string(w.Pagination.Total), errors.Join(err, errors.New("not a count")))
	}
	p.count(int(total))
	if p.HasMore && len(p.Data) != p.Limit {
		return fmt.Errorf("page %d holds %d entries instead of %d, although more follow", p.Page, len(p.Data), p.Limit)
	}
	return nil
}

// count fills in what follows from the number of entries in the selection.
func (p *UsagePage) count(total int) {
	p.Totals = &UsageTotals{Entries: total, Pages: (total + p.Limit - 1) / p.Limit}
	p.HasMore = p.Page < p.Totals.Pages
}

// numberedCSV asks the page-numbered route for a page as CSV. The number of
// pages is in the headers there.
func (b *BillingService) numberedCSV(ctx context.Context, p UsageParams) (*UsageCSV, error) {
	resp, err := b.client.do(ctx, request{path: pathUsage, query: p.query(), accept: mediaCSV})
	if err != nil {
		return nil, err
	}
	total, err := strconv.Atoi(resp.header.Get("x-pagination-total"))
	if err != nil {
		e := newError(request{path: pathUsage}, ErrServer)
		e.StatusCode, e.RequestID = http.StatusOK, resp.meta.RequestID
		e.Message = "the header x-pagination-total is missing, so whether more follows is unknown"
		return nil, e
	}
	page := UsagePage{Page: p.Page, Limit: p.Limit}
	page.count(total)
	return &UsageCSV{Body: bytes.NewReader(resp.body), HasMore: page.HasMore, Meta: resp.meta}, nil
}
