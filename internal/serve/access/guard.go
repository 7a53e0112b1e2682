package access

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options say who is let in.
type Options struct {
	// Tokens is the file with tokens; "" is one that does not exist.
	Tokens File
	// Required wants a token from everybody, even while there is none. Otherwise
	// everybody may see everything, until the file has a token for the first time.
	Required bool
	// Secure says that people come by TLS, so that cookies are sent by it only.
	Secure bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log is told when tokens cannot be read; nil means nobody.
	Log *slog.Logger
}

// A Guard finds out who asks, and lets in those who may. It reads the file of
// tokens again whenever it changed: a token that was removed or has expired ends
// with the next request, and its sessions with it.
type Guard struct {
	o        Options
	tokens   fresh
	sessions sessions
	origin   *http.CrossOriginProtection
}

// NewGuard reads the tokens for the first time.
func NewGuard(o Options) (*Guard, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	g := &Guard{o: o, tokens: fresh{file: o.Tokens}, origin: http.NewCrossOriginProtection()}
	_, err := g.tokens.all()
	return g, err
}

// Closed says whether a token is wanted from those who ask.
func (g *Guard) Closed() bool { return g.o.Required || g.tokens.everHad() }

// Usable says whether there is a token that has not expired.
func (g *Guard) Usable() bool {
	tokens, err := g.tokens.all()
	if err != nil {
		return false
	}
	for _, t := range tokens {
		if !t.Expired(g.o.Now()) {
			return true
		}
	}
	return false
}

// Why nobody is let in by a request.
var (
	errNoSecret  = errors.New("a token is needed, sent as Authorization: Bearer ducat_TOKEN")
	errBadSecret = errors.New("the token is not valid: it is wrong, was removed, or has expired")
	errUnread    = errors.New("the tokens cannot be read; the server's log says why")
)

type refusalKey struct{}

// Identify puts who asks into the context of each request, with [With], and
// refuses nobody: see Require.
func (g *Guard) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if v, err := g.viewer(r); err != nil {
			ctx = context.WithValue(ctx, refusalKey{}, err)
		} else {
			ctx = With(ctx, v)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// viewer is who sent a request. Who sends a token is judged by that alone, and
// not by a cookie too.
func (g *Guard) viewer(r *http.Request) (Viewer, error) {
	tokens, err := g.tokens.all()
	if err != nil {
		g.o.Log.Error("the tokens cannot be read, so nobody is let in", "error", err)
		return Viewer{}, errUnread
	}
	if !g.Closed() {
		return Viewer{}, nil
	}
	var hash Hash
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return Viewer{}, errNoSecret
		}
		hash = hashOf(strings.TrimSpace(secret))
	} else {
		cookie, err := r.Cookie(g.cookieName())
		if err != nil {
			return Viewer{}, errNoSecret
		}
		var ok bool
		if hash, ok = g.sessions.token(cookie.Value, g.o.Now()); !ok {
			return Viewer{}, errNoSecret
		}
	}
	t, ok := find(tokens, hash)
	if !ok || t.Expired(g.o.Now()) {
		return Viewer{}, errBadSecret
	}
	return t.viewer(), nil
}

// Require passes on what Identify knows the viewer of. Programs that it does not
// let in get 401, people get the way to the page where they sign in.
func (g *Guard) Require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := Of(r.Context()); ok {
			next.ServeHTTP(w, r)
			return
		}
		refusal, _ := r.Context().Value(refusalKey{}).(error)
		switch {
		case errors.Is(refusal, errUnread):
			Refuse(w, http.StatusServiceUnavailable, refusal.Error())
		case r.Header.Get("Authorization") == "" && wantsPage(r):
			to := url.URL{Path: SignInPath, RawQuery: url.Values{"next": {r.URL.RequestURI()}}.Encode()}
			http.Redirect(w, r, to.String(), http.StatusSeeOther)
		default:
			if refusal == nil {
				refusal = errNoSecret
			}
			w.Header().Set("WWW-Authenticate", `Bearer realm="ducat"`)
			Refuse(w, http.StatusUnauthorized, refusal.Error())
		}
	})
}

// wantsPage tells a browser from a program.
func wantsPage(r *http.Request) bool {
	for _, accept := range r.Header.Values("Accept") {
		if strings.Contains(strings.ToLower(accept), "text/html") {
			return true
		}
	}
	return false
}

// Refuse answers a request that is not passed on, in Venice's form of an error.
func Refuse(w http.ResponseWriter, status int, why string) {
	body, _ := json.Marshal(map[string]string{"error": why}) // a map of texts has no way to fail
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // who is gone needs no answer
}
