package access_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/serve/access"
)

func newLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		f := newFile(t)
		secret := add(t, f, access.Token{Name: "bob"})
		d := newDoor(t, access.Options{Tokens: f, Secure: secure})
		r := d.ask("POST", "/sign-in", url.Values{"token": {" " + secret + "\n"}, "next": {"/x?y=z"}}.Encode())
		if r.StatusCode != 303 || r.Header.Get("Location") != "/x?y=z" || len(r.Cookies()) != 1 {
			t.Fatalf("%d to %s with %v", r.StatusCode, r.Header.Get("Location"), r.Cookies())
		}
		c := r.Cookies()[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != secure || c.Path != "/" || c.Domain != "" ||
			c.MaxAge != 12*60*60 || strings.HasPrefix(c.Name, "__Host-") != secure || len(c.Value) != 43 || strings.Contains(secret, c.Value) {
			t.Errorf("secure %t: the cookie is %s", secure, c)
		}
		cookie := c.Name + "=" + c.Value
		if text := body(t, d.ask("GET", "/sign-in", "", "Cookie", cookie)); !strings.Contains(text, "<strong>bob</strong>") || !strings.Contains(text, `action="/sign-out"`) {
			t.Errorf("the page of one who is signed in: %s", text)
		}

		r = d.ask("POST", "/sign-out", "", "Cookie", cookie)
		if r.StatusCode != 303 || r.Header.Get("Location") != "/sign-in" || len(r.Cookies()) != 1 || r.Cookies()[0].MaxAge >= 0 {
			t.Errorf("signing out: %d to %s with %v", r.StatusCode, r.Header.Get("Location"), r.Cookies())
		}
		if r := d.ask("GET", "/", "", "Cookie", cookie); r.StatusCode != 401 {
			t.Errorf("%d with the cookie of a session that ended", r.StatusCode)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	secret := add(t, f, access.Token{Name: "bob"})
	other := add(t, f, access.Token{Name: "alice"})
	d := newDoor(t, access.Options{Tokens: f})
	alices := d.signIn(other)
	var bobs []string
	for i := range 51 {
		d.after(time.Duration(i) * time.Second)
		bobs = append(bobs, d.signIn(secret))
	}
	status := func(cookie string) int { return d.ask("GET", "/", "", "Cookie", cookie).StatusCode }
	if status(bobs[0]) != 401 || status(bobs[1]) != 200 || status(bobs[50]) != 200 || status(alices) != 200 {
		t.Error("the 51st session of a token must end its oldest, and nobody else's")
	}
	d.after(12*time.Hour - time.Second)
	if status(alices) != 200 || status(bobs[50]) != 200 {
		t.Error("a session ended before its 12 hours")
	}
	d.after(12 * time.Hour)
	if status(alices) != 401 || status(bobs[50]) != 200 {
		t.Error("a session must end after 12 hours")
	}
	// Signing in again ends the session before.
	again := d.ask("POST", "/sign-in", "token="+secret, "Cookie", bobs[50])
	if again.StatusCode != 303 || status(bobs[50]) != 401 {
		t.Errorf("%d, and the session before is still there", again.StatusCode)
	}
}

func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	secret := add(t, f, access.Token{Name: "bob"})
	expired := add(t, f, access.Token{Name: "late", Expires: noon.Add(time.Second)})
	d := newDoor(t, access.Options{Tokens: f})
	d.after(time.Minute)
	for name, test := range map[string]struct {
		form    string
		headers []string
		status  int
	}{
		"a wrong token":             {"token=x&next=/y", nil, 403},
		"no token":                  {"next=/y", nil, 403},
		"an expired token":          {"token=" + expired, nil, 403},
		"a form that is none":       {"token=%zz", nil, 400},
		"another site":              {"token=" + secret, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"another site of the host":  {"token=" + secret, []string{"Sec-Fetch-Site", "same-site"}, 403},
		"another origin":            {"token=" + secret, []string{"Origin", "http://evil.example"}, 403},
		"an origin that is unknown": {"token=" + secret, []string{"Origin", "null"}, 403},
	} {
		r := d.ask("POST", "/sign-in", test.form, test.headers...)
		if text := body(t, r); r.StatusCode != test.status || len(r.Cookies()) > 0 || strings.Contains(text, secret) || strings.Contains(text, expired) {
			t.Errorf("%s: %d with %v: %s, want %d", name, r.StatusCode, r.Cookies(), text, test.status)
		}
	}
	r := d.ask("POST", "/sign-in", "token="+secret, "Origin", "http://example.com", "Sec-Fetch-Site", "same-origin") // httptest's host
	if r.StatusCode != 303 {
		t.Errorf("%d for the same origin", r.StatusCode)
	}
	cookie := r.Cookies()[0].Name + "=" + r.Cookies()[0].Value
	if r := d.ask("POST", "/sign-out", "", "Cookie", cookie, "Sec-Fetch-Site", "cross-site"); r.StatusCode != 403 {
		t.Errorf("%d for signing out from another site", r.StatusCode)
	}
	if r := d.ask("GET", "/", "", "Cookie", cookie); r.StatusCode != 200 {
		t.Errorf("%d after another site's try to sign out", r.StatusCode)
	}
}

// After signing in one stays on this server.
func TestNextIsLocal(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	secret := add(t, f, access.Token{Name: "bob"})
	d := newDoor(t, access.Options{Tokens: f})
	for next, want := range map[string]string{
		"":                         "/",
		"/":                        "/",
		"/api/v1/x?a=b&c=d%26":     "/api/v1/x?a=b&c=d%26",
		"//evil.example":           "/",
		"///evil.example":          "/",
		`/\evil.example`:           "/",
		`\\evil.example`:           "/",
		"/%5cevil.example":         "/",
		"/%2fevil.example":         "/",
		"/\t/evil.example":         "/",
		"https://evil.example/":    "/",
		"https:evil.example":       "/",
		"javascript:alert(1)":      "/",
		"evil":                     "/",
		"/sign-in?next=/sign-in":   "/",
		"/sign-out":                "/",
		"/x\r\nSet-Cookie: a=b":    "/",
		"/x#y":                     "/x",
		"/x?y=\"><script>":         "/x?y=\"><script>",
		"http://u:p@evil.example/": "/",
	} {
		r := d.ask("POST", "/sign-in", url.Values{"token": {secret}, "next": {next}}.Encode())
		if got := r.Header.Get("Location"); r.StatusCode != 303 || got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
		text := body(t, d.ask("GET", "/sign-in?"+url.Values{"next": {next}}.Encode(), ""))
		if strings.Contains(text, "evil") || strings.Contains(text, "<script>") {
			t.Errorf("%q is on the page: %s", next, text)
		}
	}
}

func TestSignInPage(t *testing.T) {
	t.Parallel()
	d := newDoor(t, access.Options{Required: true})
	r := d.ask("GET", "/sign-in", "")
	text := body(t, r)
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(text, `<label for="token">`) {
		t.Errorf("%d %v %s", r.StatusCode, r.Header, text)
	}
	for _, never := range []string{"<script", "style=", "<style", "http:", "https:", " on"} { // what the policy for content forbids
		if strings.Contains(strings.ReplaceAll(text, "On the server", ""), never) {
			t.Errorf("%q is on the page", never)
		}
	}
	css := d.ask("GET", "/sign-in.css", "")
	if css.StatusCode != 200 || css.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%d %v for the style", css.StatusCode, css.Header)
	}
	if sheet := body(t, css); strings.Contains(sheet, "url(") || strings.Contains(sheet, "@import") || !strings.Contains(sheet, "prefers-color-scheme: dark") {
		t.Error("the style must load nothing, and know the dark")
	}
}
