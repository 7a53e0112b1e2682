package access

import (
	"sync"
	"time"
)

// The bounds of sessions.
const (
	sessionLife = 12 * time.Hour
	// maxSessions is how many one token can have; a further one ends its oldest.
	maxSessions = 50
)

// A session is that of a person who signed in with a token. It lasts no longer
// than the token does.
type session struct {
	token        Hash
	began, until time.Time
}

// sessions are in memory only, by the hash of what is in the cookie: a restart
// ends all of them.
type sessions struct {
	mu   sync.Mutex
	byID map[Hash]session
}

// begin returns the secret of a new session.
func (s *sessions) begin(token Hash, now time.Time) string {
	secret := newSecret()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[Hash]session{}
	}
	var oldest Hash
	count := 0
	for id, other := range s.byID {
		switch {
		case !now.Before(other.until):
			delete(s.byID, id)
		case other.token == token:
			if count++; count == 1 || other.began.Before(s.byID[oldest].began) {
				oldest = id
			}
		}
	}
	if count >= maxSessions {
		delete(s.byID, oldest)
	}
	s.byID[hashOf(secret)] = session{token: token, began: now, until: now.Add(sessionLife)}
	return secret
}

// token is the hash of the token that a session was begun with.
func (s *sessions) token(secret string, now time.Time) (token Hash, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byID[hashOf(secret)]
	return found.token, ok && now.Before(found.until)
}

func (s *sessions) end(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, hashOf(secret))
}
