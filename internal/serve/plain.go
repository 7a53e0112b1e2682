package serve

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/ducat-ledger/ducat/internal/serve/access"
)

// The bounds of a request, in bytes. The only bodies are those of small forms.
const (
	maxHeader = 16 << 10
	maxBody   = 8 << 10
)

// plain refuses requests that no route here is for: other methods than for
// reading, apart from the two forms; large bodies; and paths that can be read in
// more than one way.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form := r.URL.Path == access.SignInPath || r.URL.Path == access.SignOutPath
		switch {
		case !isPlain(r.URL):
			access.Refuse(w, http.StatusNotFound, "there is nothing at such a path")
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead && !(form && r.Method == http.MethodPost):
			w.Header().Set("Allow", "GET, HEAD")
			access.Refuse(w, http.StatusMethodNotAllowed, "the books can only be read: use GET")
			return
		case r.ContentLength > maxBody:
			access.Refuse(w, http.StatusRequestEntityTooLarge, "the body of the request is too large")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// isPlain says whether a path is the shortest spelling of itself.
func isPlain(u *url.URL) bool {
	escaped := strings.ToLower(u.EscapedPath())
	if !strings.HasPrefix(u.Path, "/") || strings.Contains(u.Path, "//") || strings.Contains(u.Path, `\`) ||
		strings.Contains(escaped, "%2f") || strings.ContainsFunc(u.Path, unicode.IsControl) {
		return false
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}
