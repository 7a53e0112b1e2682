package serve

import (
	"net/http"

	"github.com/ducat-ledger/ducat/internal/serve/access"
)

// maxAtOnce bounds the requests under way, and with them memory and open files.
const maxAtOnce = 256

// busy refuses what is too much at once.
func (s *Server) busy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.places <- struct{}{}:
			defer func() { <-s.places }()
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			access.Refuse(w, http.StatusServiceUnavailable, "too many requests at once: try again")
		}
	})
}
