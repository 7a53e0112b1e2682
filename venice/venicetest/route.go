package venicetest

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	apiRoot         = "/api/v1/"
	billing         = "billing/"
	routeUsage      = "usage"
	routeHistory    = "usage-history"
	routeReport     = "usage-analytics"
	routeBalance    = "balance"
	routeKeys       = "api_keys"
	routeRateLimits = "api_keys/rate_limits"
	routeLimitsLog  = "api_keys/rate_limits/log"
)

func routes() []string {
	return []string{routeUsage, routeHistory, routeReport, routeBalance, routeKeys, routeRateLimits, routeLimitsLog}
}

// call is one request to a route while it is being answered.
type call struct {
	route  string
	id     string // of the one key that is asked for
	key    KeyKind
	query  url.Values
	csv    bool
	now    time.Time
	ledger *ledger
	hits   []Fault // the faults that strike it
}

// answer finds what to say and dresses it as all answers are.
func (s *Server) answer(r *http.Request, key KeyKind) answer {
	now := s.now()
	a := s.decide(r, key, now)
	failed := a.status >= 400 && a.status < 500 && a.status != http.StatusTooManyRequests
	if failed && key != KeyNone && !s.cfg.NoLimits {
		s.budget.add(string(key), now)
	}
	return s.withCommonHeaders(a, r, key, now)
}

// decide takes the first objection to a request in this order: no such route, the
// method, a spent error budget, a fault, the key, the query.
func (s *Server) decide(r *http.Request, key KeyKind, now time.Time) answer {
	route, id := findRoute(r.URL.Path)
	serve := map[string]func(*call) answer{
		routeUsage:      s.usage,
		routeHistory:    s.history,
		routeReport:     s.analytics,
		routeBalance:    s.balance,
		routeKeys:       s.apiKeys,
		routeRateLimits: s.rateLimits,
		routeLimitsLog:  s.rateLimitLog,
	}[route]
	if serve == nil {
		return failure(http.StatusNotFound, fmt.Sprintf("The route %s does not exist", r.URL.Path))
	}
	if r.Method != http.MethodGet {
		return failure(http.StatusMethodNotAllowed, "Method not allowed").with("Allow", http.MethodGet)
	}
	if s.lockedOut(key, now) {
		s.breaches.add(breach{key, now})
		return failure(http.StatusTooManyRequests, budgetSpent)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	c := &call{route: route, id: id, key: key, query: query, csv: wantsCSV(r.Header["Accept"]), now: now, ledger: s.ledger}
	c.hits = s.faults.hit(c)
	if a, taken := c.instead(); taken {
		return a
	}
	switch {
	case route == routeUsage && !s.cfg.Legacy:
		return c.spoil(s.retired(r, key, now))
	case key != KeyAdmin && !(key == KeyInference && route == routeRateLimits):
		return c.spoil(refusal(r, key))
	case err != nil:
		return c.spoil(failure(http.StatusBadRequest, "The query string is malformed"))
	}
	return c.spoil(serve(c))
}

// findRoute names the route of a path, and the key's id where it holds one. The
// name is "" for a path that has no route.
func findRoute(path string) (route, id string) {
	path, found := strings.CutPrefix(path, apiRoot)
	if !found {
		return "", ""
	}
	if name, found := strings.CutPrefix(path, billing); found && !strings.HasPrefix(name, routeKeys) {
		return name, ""
	}
	switch id, one := strings.CutPrefix(path, routeKeys+"/"); {
	case path == routeKeys, path == routeRateLimits, path == routeLimitsLog:
		return path, ""
	case one && id != "" && !strings.Contains(id, "/"):
		return routeKeys, id
	}
	return "", ""
}

// apiVersion is the release that the server says it is.
const apiVersion = "20261101.120000"

func (s *Server) withCommonHeaders(a answer, r *http.Request, key KeyKind, now time.Time) answer {
	header := make(http.Header, 12)
	for name, values := range a.header {
		header[name] = values
	}
	ray := secret(s.cfg.Seed, "ray"+strconv.FormatUint(s.rays.Add(1), 10))
	header.Set("CF-RAY", hex.EncodeToString(ray[:8])+"-SIM")
	header.Set("Date", now.UTC().Format(http.TimeFormat))
	header.Set("x-venice-version", apiVersion)
	if key == KeyAdmin || key == KeyInference {
		b := s.balances.at(s.ledger, now)
		header.Set("x-venice-balance-usd", number(b.of["USD"]))
		header.Set("x-venice-balance-diem", number(b.of["DIEM"]))
	}
	if !a.unmetered && header.Get("x-ratelimit-remaining") == "" {
		failed, resets := s.budget.count(string(key), now, budgetPeriod)
		header.Set("x-ratelimit-remaining", strconv.Itoa(max(0, budgetFailures-failed)))
		header.Set("x-ratelimit-resets", strconv.FormatInt(resets.UnixMilli(), 10))
	}
	a.header = header
	return a
}
