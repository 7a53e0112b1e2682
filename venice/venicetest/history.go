package venicetest

import (
	"net/http"
	"slices"
	"time"
)

const (
	minPageSize = 10
	maxPageSize = 1000
	badCursor   = "Invalid or expired cursor; restart from the first page"
)

// historyQuery reads the query of a usage-history request as the cursor at which
// the walk stands; a first page stands before the first row.
func (s *Server) historyQuery(c *call) (cursor, *answer) {
	p := params{query: c.query}
	p.only("currency", "startTimestamp", "endTimestamp", "pageSize", "cursor")
	if len(p.issues) == 0 && p.query.Has("cursor") {
		token := p.matching("cursor", cursorForm, maxCursorLen)
		if len(p.query) > 1 {
			p.fail("cursor", issue{Code: "custom", Message: "cursor carries the filters of the walk and must be sent alone"})
		}
		if len(p.issues) > 0 {
			return cursor{}, new(invalid(p.issues))
		}
		at, err := s.sealer.open(token, c.now)
		if err != nil {
			return cursor{}, new(failure(http.StatusBadRequest, badCursor))
		}
		return at, nil
	}
	at := cursor{MS: firstMS - 1}
	at.Currency = p.enum("currency", "", "USD", "DIEM", "BUNDLED_CREDITS", "EARNED_CREDITS")
	at.PageSize = uint16(p.integer("pageSize", maxPageSize, minPageSize, maxPageSize))
	at.Start, at.End = p.span("startTimestamp", "endTimestamp")
	if len(p.issues) > 0 {
		return cursor{}, new(invalid(p.issues))
	}
	return at, nil
}

// history answers GET /billing/usage-history: one page of the ledger in the order
// (timestamp, Seq), and the cursor of the next.
func (s *Server) history(c *call) answer {
	at, problem := s.historyQuery(c)
	if problem != nil {
		return *problem
	}
	if at.Walk == 0 {
		at.Walk = s.walks.Add(1)
	}
	c.changeLedger(at)

	next := at
	next.Hop++
	next.Expires = c.now.Add(cursorLife).UnixMilli()
	next.AfterEmpty = c.struck(FaultEmptyPage) && !at.AfterEmpty
	limit := int(at.PageSize)
	if next.AfterEmpty {
		limit = 0
	}

	s.ledger.mu.RLock()
	rows := s.ledger.series(at.Currency).window(at.Start, at.End).after(at.position())
	more := len(rows) > limit
	rows = rows[:min(limit, len(rows))]
	if len(rows) > 0 {
		last := rows[len(rows)-1]
		next.MS, next.Seq = last.ms, last.seq
	}
	token := ""
	if more {
		token = s.sealer.seal(next)
	}
	if c.struck(FaultRepeatedCursor) {
		token = c.query.Get("cursor")
	}
	var body []byte
	if c.csv {
		body = csvPage(s.page(), rows, s.cfg.CSV)
	} else {
		body = jsonPage(s.page(), rows, token)
	}
	s.ledger.mu.RUnlock()

	if !c.csv {
		a := jsonAnswer(http.StatusOK, body)
		a.recycle = true
		return a
	}
	stamp := c.now.UTC().Format("20060102T150405.000Z")
	a := answer{status: http.StatusOK, body: body, recycle: true}.
		with("Content-Type", "text/csv; charset=utf-8").
		with("Content-Disposition", "attachment; filename=billing-usage-history-"+stamp[:15]+stamp[16:]+".csv")
	if token != "" {
		a = a.with("x-next-cursor", token)
	}
	return a
}

// rowRoom is the space set aside for a row: a little more than a row of tokens takes.
const rowRoom = 384

func jsonPage(b []byte, rows series, next string) []byte {
	b = slices.Grow(b, len(rows)*rowRoom+maxCursorLen)
	b = appendRows(append(b, `{"data":`...), rows)
	b = append(b, `,"nextCursor":`...)
	if next == "" {
		return append(b, `null}`...)
	}
	return append(append(append(b, '"'), next...), `"}`...)
}

func appendRows(b []byte, rows series) []byte {
	var p printer
	b = append(b, '[')
	for i, r := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = p.json(b, r)
	}
	return append(b, ']')
}

func csvPage(b []byte, rows series, dialect CSVDialect) []byte {
	p := printer{dialect: dialect}
	b = p.csvHeader(slices.Grow(b, (len(rows)+1)*rowRoom))
	for _, r := range rows {
		b = p.csv(b, r)
	}
	return b
}

// smallRange tells the requests that the real server is known to hang on: a range
// under 15 minutes, or one that matches nothing.
func (c *call) smallRange() bool {
	var start, end int64
	var currency string
	switch c.route {
	case routeHistory:
		p := params{query: c.query}
		start, end = p.span("startTimestamp", "endTimestamp")
		if currency = c.query.Get("currency"); c.query.Has("cursor") || len(p.issues) > 0 {
			return false
		}
	case routeUsage:
		p := params{query: c.query}
		start, end = p.span("startDate", "endDate")
		if currency = c.query.Get("currency"); len(p.issues) > 0 {
			return false
		}
	default:
		return false
	}
	if min(end, c.now.UnixMilli())-start < (15 * time.Minute).Milliseconds() {
		return true
	}
	c.ledger.mu.RLock()
	defer c.ledger.mu.RUnlock()
	return len(c.ledger.series(currency).window(start, end)) == 0
}
