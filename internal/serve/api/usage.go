package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/ducat-ledger/ducat/venice"
)

const (
	defaultLimit = 200
	maxLimit     = 500
	maxPage      = 1<<31 - 1
)

// usageNote stands where Venice warned that the route would go.
const usageNote = "This page comes from the books of Ducat. Venice retired the route on 2026-09-16."

// usage answers GET /billing/usage as Venice did while it had it: a page by its
// number. Any page costs about as much as the first.
func (c *call) usage(ctx context.Context) (answer, error) {
	p := c.params()
	p.only("currency", "startDate", "endDate", "limit", "page", "sortOrder")
	currency := venice.Currency(p.choice("currency", "", "USD", "VCU", "DIEM", "BUNDLED_CREDITS"))
	limit := p.number("limit", defaultLimit, 1, maxLimit)
	page := p.number("page", 1, 1, maxPage)
	order := p.choice("sortOrder", "desc", "asc", "desc")
	window := p.window("startDate", "endDate")
	account, err := c.account(ctx, p)
	if err != nil {
		return answer{}, err
	}
	scope, err := c.scope(ctx, account, window)
	if err != nil {
		return answer{}, err
	}
	if a, ok := c.unchanged(scope); ok {
		return a, nil
	}
	s, err := c.stretch(ctx, account, currency)
	if err != nil {
		return answer{}, err
	}
	first, last := 0, s.timeline.total() // ranks, half open
	if !window.Start.IsZero() {
		if first, err = s.rank(ctx, window.Start); err != nil {
			return answer{}, err
		}
	}
	if !window.End.IsZero() {
		if last, err = s.rank(ctx, window.End); err != nil {
			return answer{}, err
		}
	}
	total := last - first
	skip := min((page-1)*limit, total)
	n := min(limit, total-skip)
	from := first + skip
	if order == "desc" {
		from = last - skip - n
	}
	rows, err := s.read(ctx, from, n)
	if err != nil {
		return answer{}, err
	}
	if order == "desc" {
		slices.Reverse(rows)
	}
	a, err := c.numbered(rows, pagination{Limit: limit, Page: page, Total: total, TotalPages: (total + limit - 1) / limit})
	return scope.mark(a), err
}

type pagination struct{ Limit, Page, Total, TotalPages int }

// numbered is the answer of a page.
func (c *call) numbered(rows []venice.UsageEntry, p pagination) (a answer, err error) {
	if c.csv {
		a, err = csvAnswer(rows, "billing_usage.csv")
	} else {
		var b []byte
		b, err = appendRows([]byte(`{"warningMessage":"`+usageNote+`","data":`), rows)
		for _, member := range []struct {
			name  string
			value int
		}{{`,"pagination":{"limit":`, p.Limit}, {`,"page":`, p.Page}, {`,"total":`, p.Total}, {`,"totalPages":`, p.TotalPages}} {
			b = strconv.AppendInt(append(b, member.name...), int64(member.value), 10)
		}
		a = newAnswer(http.StatusOK, mediaJSON, append(b, "}}"...))
	}
	if err != nil {
		return answer{}, err
	}
	return a.with("X-Pagination-Limit", strconv.Itoa(p.Limit)).
		with("X-Pagination-Page", strconv.Itoa(p.Page)).
		with("X-Pagination-Total", strconv.Itoa(p.Total)).
		with("X-Pagination-Total-Pages", strconv.Itoa(p.TotalPages)), nil
}
