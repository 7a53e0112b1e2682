package venicetest

import (
	"slices"
	"sync"
)

// Request is one request that the API was asked, below /api/v1 or not, but none
// of the control routes.
type Request struct {
	Method string
	Path   string
	Query  string // raw
	Status int    // 0 while there is no answer, and where none was given
	Key    KeyKind
}

// maxRequests is how many requests are remembered.
const maxRequests = 10_000

// requestLog is a ring of the last requests.
type requestLog struct {
	mu    sync.Mutex
	ring  []Request
	total int
	epoch int // counts resets
}

type requestNumber struct{ epoch, n int }

func (l *requestLog) begin(r Request) requestNumber {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < maxRequests {
		l.ring = append(l.ring, r)
	} else {
		l.ring[l.total%maxRequests] = r
	}
	l.total++
	return requestNumber{l.epoch, l.total - 1}
}

func (l *requestLog) end(number requestNumber, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if number.epoch == l.epoch && number.n >= l.total-len(l.ring) {
		l.ring[number.n%maxRequests].Status = status
	}
}

// Requests returns what was asked since the start or ResetRequests, oldest first:
// the last 10 000 requests.
func (s *Server) Requests() []Request {
	l := &s.log
	l.mu.Lock()
	defer l.mu.Unlock()
	oldest := 0
	if len(l.ring) == maxRequests {
		oldest = l.total % maxRequests
	}
	return slices.Concat(l.ring[oldest:], l.ring[:oldest])
}

// RequestCount is how many requests the API was asked since the start or
// ResetRequests.
func (s *Server) RequestCount() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.total
}

// ResetRequests forgets all requests.
func (s *Server) ResetRequests() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.ring, s.log.total = nil, 0
	s.log.epoch++
}
