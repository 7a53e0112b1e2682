package venicetest

import (
	"sync"
	"time"
)

// More than budgetFailures answers of class 4xx within budgetPeriod, 429 not
// counted, and a key gets nothing but 429 until enough of them are old. Answers
// to requests without a key do not count.
const (
	budgetFailures = 50
	budgetPeriod   = 30 * time.Second
	budgetSpent    = "Too many failed attempts (> 50) resulting in a non-success status code. Please wait 30 seconds and try again."
)

func (s *Server) lockedOut(key KeyKind, now time.Time) bool {
	if s.cfg.NoLimits || key == KeyNone {
		return false
	}
	failed, _ := s.budget.count(string(key), now, budgetPeriod)
	return failed > budgetFailures
}

// limiter counts events by name within a sliding period.
type limiter struct {
	mu     sync.Mutex
	events map[string][]time.Time
}

// maxRemembered bounds what a limiter holds for one name; no limit here is higher.
const maxRemembered = 100

// count says how many events lie within the period before now, and when the first
// of them leaves it.
func (l *limiter) count(name string, now time.Time, period time.Duration) (n int, resets time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	events := l.events[name]
	for len(events) > 0 && now.Sub(events[0]) >= period {
		events = events[1:]
	}
	if len(events) == 0 {
		delete(l.events, name)
		return 0, now.Add(period)
	}
	l.events[name] = events
	return len(events), events[0].Add(period)
}

func (l *limiter) add(name string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.events == nil {
		l.events = make(map[string][]time.Time)
	}
	if events := l.events[name]; len(events) < maxRemembered {
		l.events[name] = append(events, now)
	}
}
