package venice

import (
	"bytes"
	"context"
	"errors"
	"iter"
)

// GetUsage asks for one numbered page of the ledger, newest first unless
// SortOrder says otherwise.
//
// Venice retired the page-numbered route (GET /billing/usage) in September
// 2026. Where the server still has it, a page costs one request. Where it
// answers 410, which is learned once for each client, the page is read from
// /billing/usage-history instead, with the same result:
//
//   - Newest first, it is read backwards in windows of time, a day to begin
//     with. The newest page costs one to four requests, a few more where the
//     account was idle or is very busy; a later page needs all entries before
//     it to be read, one request for each 1000 and about one in eight more.
//   - Oldest first, the pages before it are read as well: one request for each
//     1000 entries.
//   - CountTotals reads the whole selection.
//   - A filter for VCU, which Venice refuses today, is applied here, after
//     reading the entries of all currencies.
//
// Errors: [ErrInvalidRequest], [ErrAuthentication], [ErrPermissionDenied],
// [ErrTimeout], [ErrConnection], [ErrRateLimit], [ErrServer].
func (b *BillingService) GetUsage(ctx context.Context, params UsageParams) (*UsagePage, error) {
	p, err := params.preparedPage()
	if err != nil {
		return nil, err
	}
	return b.page(ctx, p)
}

func (b *BillingService) page(ctx context.Context, p UsageParams) (*UsagePage, error) {
	if !b.numbered.retired() {
		page, err := b.numberedPage(ctx, p)
		if !b.numbered.learn(err) {
			return page, err
		}
	}
	return b.pageFromHistory(ctx, p)
}

// pageFromHistory counts its way to the page.
func (b *BillingService) pageFromHistory(ctx context.Context, p UsageParams) (*UsagePage, error) {
	page := &UsagePage{Data: make([]UsageEntry, 0, p.Limit), Page: p.Page, Limit: p.Limit}
	first, n := p.skip(), 0
	want := first + p.Limit + 1 // one more tells whether there is more
	if p.CountTotals {
		want = 0
	}
	for e, err := range b.historyEntries(ctx, p, want, &page.Meta) {
		if err != nil {
			return nil, err
		}
		switch n++; {
		case n <= first:
		case n <= first+p.Limit:
			page.Data = append(page.Data, e)
		default:
			page.HasMore = true
		}
		if n == want {
			return page, nil
		}
	}
	if p.CountTotals {
		page.Totals = &UsageTotals{Entries: n, Pages: (n + p.Limit - 1) / p.Limit}
	}
	return page, nil
}

// GetUsageCSV asks for one numbered page as comma-separated values. Costs and
// errors are those of [BillingService.GetUsage]. For more than a page, write
// [BillingService.IterUsage] with [WriteUsageCSV].
func (b *BillingService) GetUsageCSV(ctx context.Context, params UsageParams) (*UsageCSV, error) {
	p, err := params.preparedPage()
	if err := errors.Join(err, params.refuseTotals()); err != nil {
		return nil, err
	}
	if !b.numbered.retired() {
		page, err := b.numberedCSV(ctx, p)
		if !b.numbered.learn(err) {
			return page, err
		}
	}
	page, err := b.pageFromHistory(ctx, p)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := WriteUsageCSV(&text, yieldAll(page.Data)); err != nil {
		return nil, err
	}
	return &UsageCSV{Body: &text, HasMore: page.HasMore, Meta: page.Meta}, nil
}

func yieldAll(entries []UsageEntry) iter.Seq2[UsageEntry, error] {
	return func(yield func(UsageEntry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// historyEntries walks the usage history in the order of p. The caller will
// take want entries, or all if it is 0; meta follows the answers' headers.
func (b *BillingService) historyEntries(ctx context.Context, p UsageParams, want int, meta *Meta) iter.Seq2[UsageEntry, error] {
	filter := UsageHistoryParams{Currency: p.Currency, StartTimestamp: p.StartDate, EndTimestamp: p.EndDate}
	if p.Currency == VCU {
		filter.Currency, want = "", 0
	}
	entries := b.oldestFirst(ctx, filter, want, meta)
	if p.SortOrder == Descending {
		entries = b.newestFirst(ctx, filter, want, meta)
	}
	if p.Currency == VCU {
		return onlyCurrency(entries, VCU)
	}
	return entries
}

// oldestFirst walks in the ledger's own order.
func (b *BillingService) oldestFirst(ctx context.Context, filter UsageHistoryParams, want int, meta *Meta) iter.Seq2[UsageEntry, error] {
	filter.PageSize = maxPageSize
	if want > 0 {
		filter.PageSize = max(minPageSize, min(want, maxPageSize))
	}
	return eachEntry(b.UsageHistoryPages(ctx, filter), meta)
}

func onlyCurrency(entries iter.Seq2[UsageEntry, error], c Currency) iter.Seq2[UsageEntry, error] {
	return func(yield func(UsageEntry, error) bool) {
		for e, err := range entries {
			if (err != nil || e.Currency == c) && !yield(e, err) {
				return
			}
		}
	}
}
