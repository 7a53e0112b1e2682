package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ducat-ledger/ducat/venice"
)

const (
	minPageSize = 10
	maxPageSize = 1000
	badCursor   = "Invalid or expired cursor; restart from the first page"
)

// history answers GET /billing/usage-history: a page of the ledger, oldest first,
// and the cursor of the next one. Entries that a sync adds meanwhile take their
// places; none is given out twice.
func (c *call) history(ctx context.Context) (answer, error) {
	at, err := c.walk(ctx)
	if err != nil {
		return answer{}, err
	}
	at.expires = expiry(c.now)
	scope, err := c.scope(ctx, at.account, at.window, at.expires)
	if err != nil {
		return answer{}, err
	}
	if a, ok := c.unchanged(scope); ok {
		return a, nil
	}
	rows, last, more, err := c.historyPage(ctx, at)
	if err != nil {
		return answer{}, err
	}
	token := ""
	if more {
		at.last = last
		if token, err = c.seal.seal(at); err != nil {
			return answer{}, err
		}
	}
	a, err := c.historyAnswer(rows, token)
	if err != nil {
		return answer{}, err
	}
	return scope.mark(a), nil
}

// walk reads the query as the cursor at which the walk stands.
func (c *call) walk(ctx context.Context) (cursor, error) {
	p := c.params()
	p.only("currency", "startTimestamp", "endTimestamp", "pageSize", "cursor")
	if len(p.issues) == 0 && p.query.Has("cursor") {
		return c.resumed(ctx, p)
	}
	at := cursor{
		currency: venice.Currency(p.choice("currency", "", "USD", "DIEM", "BUNDLED_CREDITS", "EARNED_CREDITS")),
		pageSize: p.number("pageSize", maxPageSize, minPageSize, maxPageSize),
		window:   p.window("startTimestamp", "endTimestamp"),
	}
	var err error
	at.account, err = c.account(ctx, p)
	return at, err
}

// resumed opens the cursor of a walk. It must stand alone, beside the account at
// most, and be for an account that the viewer asks for and may see.
func (c *call) resumed(ctx context.Context, p *params) (cursor, error) {
	token := p.matching("cursor", cursorForm, maxCursor)
	others := len(p.query) - 1
	if p.query.Has(paramAccount) {
		others--
	}
	if others > 0 {
		p.fail("cursor", issue{Code: "custom", Message: "cursor carries the filters of the walk and must be sent alone"})
	}
	if err := p.refusal(); err != nil {
		return cursor{}, err
	}
	at, err := c.seal.open(token, c.now)
	if err != nil {
		return cursor{}, refuse(http.StatusBadRequest, badCursor)
	}
	if c.viewer.Account == "" && !p.query.Has(paramAccount) {
		return at, nil
	}
	account, err := c.account(ctx, p)
	if err == nil && account != at.account {
		err = refuse(http.StatusBadRequest, badCursor)
	}
	return at, err
}

// historyPage reads the page that follows a place, and whether more follow it.
func (c *call) historyPage(ctx context.Context, at cursor) (rows []venice.UsageEntry, last place, more bool, err error) {
	s, err := c.stretch(ctx, at.account, at.currency)
	if err != nil {
		return nil, place{}, false, err
	}
	selection := s.selection
	selection.Window = at.window
	if at.last.at.After(at.window.Start) {
		selection.Window.Start = at.last.at
	}
	// Nothing is asked for beyond the hour in which the page must be full.
	entries, _ := s.timeline.through(selection.Window.Start)
	if full := s.timeline.until(entries + at.pageSize + 1); !full.IsZero() && (at.window.End.IsZero() || full.Before(at.window.End)) {
		selection.Window.End = full
	}
	for e, err := range c.books.Entries(ctx, selection) {
		switch {
		case err != nil:
			return nil, place{}, false, err
		case !at.last.before(&e):
		case len(rows) == at.pageSize:
			return rows, last, true, nil
		default:
			rows = append(rows, e.UsageEntry)
			last = place{e.Timestamp, e.Identity, e.Ordinal}
		}
	}
	return rows, last, false, nil
}

// stampLayout is that of the time in the name of a CSV page; its point is left out.
const stampLayout = "20060102T150405.000Z"

func historyFile(now time.Time) string {
	stamp := now.UTC().Format(stampLayout)
	const point = len("20060102T150405")
	return "billing-usage-history-" + stamp[:point] + stamp[point+1:] + ".csv"
}

func (c *call) historyAnswer(rows []venice.UsageEntry, next string) (answer, error) {
	if c.csv {
		a, err := csvAnswer(rows, historyFile(c.now))
		if err == nil && next != "" {
			a = a.with("X-Next-Cursor", next)
		}
		return a, err
	}
	b, err := appendRows([]byte(`{"data":`), rows)
	if err != nil {
		return answer{}, err
	}
	if b = append(b, `,"nextCursor":`...); next == "" {
		b = append(b, "null}"...)
	} else {
		b = append(append(append(b, '"'), next...), `"}`...)
	}
	return newAnswer(http.StatusOK, mediaJSON, b), nil
}
