package access

import (
	"bytes"
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// The paths of signing in and out.
const (
	SignInPath  = "/sign-in"
	SignOutPath = "/sign-out"
	stylePath   = "/sign-in.css"
)

var (
	//go:embed signin.html
	pageText string
	//go:embed signin.css
	style []byte

	page = template.Must(template.New("sign-in").Parse(pageText))
)

// pageData is what the page shows.
type pageData struct {
	Viewer  *Viewer // who is signed in; nil for nobody
	Next    string  // where to go on
	Refused string  // why the last try failed
}

// Register adds the page to sign in, and what belongs to it, to mux. They need
// no viewer, but they want Identify around them. Sign-ins go through limit.
func (g *Guard) Register(mux *http.ServeMux, limit func(http.Handler) http.Handler) {
	mux.HandleFunc("GET "+SignInPath, g.showPage)
	mux.Handle("POST "+SignInPath, limit(http.HandlerFunc(g.signIn)))
	mux.HandleFunc("POST "+SignOutPath, g.signOut)
	mux.HandleFunc("GET "+stylePath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=3600")
		_, _ = w.Write(style)
	})
}

func (g *Guard) showPage(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.URL.Query().Get("next"))
	if !g.Closed() {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	data := pageData{Next: next}
	if v, ok := Of(r.Context()); ok {
		data.Viewer = &v
	}
	g.render(w, http.StatusOK, data)
}

func (g *Guard) signIn(w http.ResponseWriter, r *http.Request) {
	if !g.sameOrigin(w, r) {
		return
	}
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			status = http.StatusRequestEntityTooLarge
		}
		g.render(w, status, pageData{Next: "/", Refused: "The form could not be read. Try again."})
		return
	}
	next := localPath(r.PostForm.Get("next"))
	tokens, err := g.tokens.all()
	if err != nil {
		g.o.Log.Error("the tokens cannot be read, so nobody is let in", "error", err)
		g.render(w, http.StatusServiceUnavailable, pageData{Next: next, Refused: "The tokens cannot be read; the server's log says why."})
		return
	}
	now := g.o.Now()
	t, ok := find(tokens, hashOf(strings.TrimSpace(r.PostForm.Get("token"))))
	if !ok || t.Expired(now) {
		g.render(w, http.StatusForbidden, pageData{Next: next, Refused: "That token is not valid: it is wrong, was removed, or has expired."})
		return
	}
	g.endSession(r)
	g.setCookie(w, g.sessions.begin(t.Hash, now), int(sessionLife.Seconds()))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (g *Guard) signOut(w http.ResponseWriter, r *http.Request) {
	if !g.sameOrigin(w, r) {
		return
	}
	g.endSession(r)
	g.setCookie(w, "", -1)
	http.Redirect(w, r, SignInPath, http.StatusSeeOther)
}

// sameOrigin refuses forms that another site sent.
func (g *Guard) sameOrigin(w http.ResponseWriter, r *http.Request) bool {
	if err := g.origin.Check(r); err != nil {
		Refuse(w, http.StatusForbidden, "forms are taken from pages of this server only")
		return false
	}
	return true
}

func (g *Guard) endSession(r *http.Request) {
	if cookie, err := r.Cookie(g.cookieName()); err == nil {
		g.sessions.end(cookie.Value)
	}
}

// cookieName begins with __Host- where browsers can hold to it: such a cookie
// comes by TLS and from this host alone.
func (g *Guard) cookieName() string {
	if g.o.Secure {
		return "__Host-ducat-session"
	}
	return "ducat-session"
}

func (g *Guard) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: g.cookieName(), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: g.o.Secure, SameSite: http.SameSiteStrictMode,
	})
}

func (g *Guard) render(w http.ResponseWriter, status int, data pageData) {
	var text bytes.Buffer
	if err := page.Execute(&text, data); err != nil {
		g.o.Log.Error("the page to sign in cannot be made", "error", err)
		Refuse(w, http.StatusInternalServerError, "the page to sign in cannot be made")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
}

// localPath is where to go on after signing in: a path of this server, or else
// "/". Browsers take "//" and "/\" for the beginning of another host.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) ||
		u.Path == SignInPath || u.Path == SignOutPath {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}
