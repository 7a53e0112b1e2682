package venicetest

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxReportDays = 90
	reportLife    = 10 * time.Minute
)

// reports keeps the answers of the analytics route for ten minutes by the
// server's clock, whatever happens to the ledger meanwhile.
type reports struct {
	mu   sync.Mutex
	kept map[string]keptReport // by period; the server has one user
}

type keptReport struct {
	body []byte
	made time.Time
}

// period is a run of whole UTC days, numbered from 1970-01-01.
type period struct {
	name        string
	first, last int64
}

// analytics answers GET /billing/usage-analytics.
func (s *Server) analytics(c *call) answer {
	p := params{query: c.query}
	span := s.reportPeriod(&p, c.now)
	if len(p.issues) > 0 {
		return invalid(p.issues)
	}
	s.reports.mu.Lock()
	defer s.reports.mu.Unlock()
	if kept, found := s.reports.kept[span.name]; found {
		if age := c.now.Sub(kept.made); age >= 0 && age < reportLife {
			return jsonAnswer(http.StatusOK, kept.body)
		}
	}
	body, err := marshal(newReport(c.ledger, span, s.keys))
	if err != nil {
		return failure(http.StatusInternalServerError, err.Error())
	}
	if s.reports.kept == nil {
		s.reports.kept = make(map[string]keptReport)
	}
	for name, kept := range s.reports.kept {
		if c.now.Sub(kept.made) >= reportLife {
			delete(s.reports.kept, name)
		}
	}
	s.reports.kept[span.name] = keptReport{body, c.now}
	return jsonAnswer(http.StatusOK, body)
}

// reportPeriod reads the days asked for. Two dates win over lookback; a lone one
// is ignored, or refused with Config.StrictDates.
func (s *Server) reportPeriod(p *params, now time.Time) period {
	p.only("lookback", "startDate", "endDate")
	today := now.UnixMilli() / millisPerDay
	start, hasStart := p.day("startDate")
	end, hasEnd := p.day("endDate")
	lookback := "7d"
	if given := p.matching("lookback", periodForm, 20); given != "" {
		lookback = given
	}
	switch {
	case len(p.issues) > 0:
	case hasStart && hasEnd && end < start:
		p.fail("endDate", issue{Code: "custom", Message: "endDate must not be before startDate"})
	case hasStart && hasEnd && end-start >= maxReportDays:
		p.fail("endDate", issue{Code: "custom", Message: "The range must not be longer than 90 days"})
	case hasStart && hasEnd:
		return period{p.query.Get("startDate") + ":" + p.query.Get("endDate"), start, end}
	case (hasStart || hasEnd) && s.cfg.StrictDates:
		p.fail("startDate", issue{Code: "custom", Message: "startDate and endDate must be given together"})
	}
	days, err := strconv.Atoi(strings.TrimSuffix(lookback, "d"))
	if err != nil || days > maxReportDays {
		days = maxReportDays
	}
	return period{strconv.Itoa(days) + "d", today - int64(days) + 1, today}
}

func (p *params) day(name string) (int64, bool) {
	value, given := p.get(name)
	if !given {
		return 0, false
	}
	t, err := time.Parse(time.DateOnly, value)
	if err != nil || !dayForm.MatchString(value) {
		p.fail(name, issue{Code: "invalid_string", Validation: "regex", Message: "Invalid"})
		return 0, false
	}
	return t.Unix() / (millisPerDay / 1000), true
}

var (
	dayForm    = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	periodForm = regexp.MustCompile(`^[1-9]\d*d$`)
)
