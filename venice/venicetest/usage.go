package venicetest

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// What the retired route says of itself: its deprecation began on 2026-07-09, and
// it stopped answering on 2026-09-16.
const (
	deprecatedSince = "@1783555200"
	sunsetOn        = "Wed, 16 Sep 2026 00:00:00 GMT"
	successorLinks  = `</api/v1/billing/usage-history>; rel="successor-version", ` +
		`<https://docs.venice.ai/api-reference/endpoint/billing/usage-history>; rel="deprecation"; type="text/html"`
	migrate = "GET /api/v1/billing/usage has been retired. Use GET /api/v1/billing/usage-history: " +
		"page and limit became pageSize and nextCursor, startDate and endDate became startTimestamp and endTimestamp."
)

// The retired route is limited by address; here also by kind of key, since all
// tests share one address.
const (
	goneRequests = 60
	gonePeriod   = time.Minute
)

// retired answers GET /billing/usage as it does today: 410 to everybody.
func (s *Server) retired(r *http.Request, key KeyKind, now time.Time) answer {
	if !s.cfg.NoLimits {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		name := host + " " + string(key)
		if n, _ := s.gone.count(name, now, gonePeriod); n >= goneRequests {
			a := failure(http.StatusTooManyRequests, "Too many requests. "+migrate)
			a.unmetered = true
			return a
		}
		s.gone.add(name, now)
	}
	return deprecated(failure(http.StatusGone, migrate)).with("Sunset", sunsetOn)
}

func deprecated(a answer) answer {
	return a.with("Deprecation", deprecatedSince).with("Link", successorLinks)
}

// usage answers GET /billing/usage as it did in its last weeks.
func (s *Server) usage(c *call) answer {
	if s.cfg.LegacyLimit {
		if n, resets := s.legacy.count("", c.now, time.Minute); n > 0 {
			return deprecated(failure(http.StatusTooManyRequests, "Too many requests to a deprecated route. "+migrate)).
				with("Retry-After", "60").
				with("x-ratelimit-remaining", "0").
				with("x-ratelimit-resets", strconv.FormatInt(resets.UnixMilli(), 10))
		}
		s.legacy.add("", c.now)
	}
	return deprecated(s.usagePage(c))
}

func (s *Server) usagePage(c *call) answer {
	p := params{query: c.query}
	p.only("currency", "startDate", "endDate", "limit", "page", "sortOrder")
	currency := p.enum("currency", "", "USD", "VCU", "DIEM", "BUNDLED_CREDITS")
	limit := p.integer("limit", 200, 1, 500)
	page := p.integer("page", 1, 1, 1<<31-1)
	order := p.enum("sortOrder", "desc", "asc", "desc")
	start, end := p.span("startDate", "endDate")
	if len(p.issues) > 0 {
		return invalid(p.issues)
	}

	c.ledger.mu.RLock()
	all := c.ledger.series(currency).window(start, end)
	total := len(all)
	skip := min((page-1)*limit, total)
	n := min(limit, total-skip)
	rows := make(series, n)
	for i := range rows {
		if order == "asc" {
			rows[i] = all[skip+i]
		} else {
			rows[i] = all[total-1-skip-i]
		}
	}
	c.ledger.mu.RUnlock()

	pages := (total + limit - 1) / limit
	var a answer
	if c.csv {
		a = answer{status: http.StatusOK, body: csvPage(s.page(), rows, s.cfg.CSV)}
		a = a.with("Content-Type", "text/csv; charset=utf-8").
			with("Content-Disposition", "attachment; filename=billing_usage.csv")
	} else {
		b := append(slices.Grow(s.page(), n*rowRoom+512), `{"warningMessage":`...)
		b = appendJSONString(b, "This route is deprecated and will be removed. "+migrate)
		b = appendRows(append(b, `,"data":`...), rows)
		b = append(b, `,"pagination":{"limit":`...)
		b = strconv.AppendInt(b, int64(limit), 10)
		b = strconv.AppendInt(append(b, `,"page":`...), int64(page), 10)
		b = strconv.AppendInt(append(b, `,"total":`...), int64(total), 10)
		b = strconv.AppendInt(append(b, `,"totalPages":`...), int64(pages), 10)
		a = jsonAnswer(http.StatusOK, append(b, `}}`...))
	}
	a.recycle = true
	return a.with("x-pagination-limit", strconv.Itoa(limit)).
		with("x-pagination-page", strconv.Itoa(page)).
		with("x-pagination-total", strconv.Itoa(total)).
		with("x-pagination-total-pages", strconv.Itoa(pages))
}
