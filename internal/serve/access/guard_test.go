package access_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/serve/access"
)

// A door is a guard with a handler behind it that says who came in.
type door struct {
	*access.Guard
	handler http.Handler
	now     atomic.Pointer[time.Time]
}

func newDoor(t *testing.T, o access.Options) *door {
	t.Helper()
	d := new(door)
	d.now.Store(&noon)
	o.Now = func() time.Time { return *d.now.Load() }
	guard, err := access.NewGuard(o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	guard.Register(mux, func(h http.Handler) http.Handler { return h })
	mux.Handle("/", guard.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, ok := access.Of(r.Context())
		fmt.Fprintf(w, "%s/%s/%t", v.Name, v.Account, ok)
	})))
	d.Guard, d.handler = guard, guard.Identify(mux)
	return d
}

func (d *door) after(since time.Duration) {
	later := noon.Add(since)
	d.now.Store(&later)
}

// ask sends a request with headers in pairs.
func (d *door) ask(method, target, form string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(form))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// signIn is the cookie that a token gets, as a header; "" for none.
func (d *door) signIn(secret string) string {
	r := d.ask("POST", "/sign-in", url.Values{"token": {secret}}.Encode())
	for _, c := range r.Cookies() {
		return c.Name + "=" + c.Value
	}
	return ""
}

func TestGuardKnowsWhoAsks(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	all := add(t, f, access.Token{Name: "all"})
	work := add(t, f, access.Token{Name: "work-only", Account: "work"})
	short := add(t, f, access.Token{Name: "short", Expires: noon.Add(time.Hour)})
	gone := add(t, f, access.Token{Name: "gone"})
	d := newDoor(t, access.Options{Tokens: f})
	sessionOf := map[string]string{}
	for _, secret := range []string{all, work, short, gone} {
		sessionOf[secret] = d.signIn(secret)
		if sessionOf[secret] == "" {
			t.Fatal("no session")
		}
	}
	for _, secret := range []string{all, gone} {
		if got := body(t, d.ask("GET", "/", "", "Authorization", "bearer "+secret)); !strings.HasSuffix(got, "/true") {
			t.Errorf("%s before anything is removed", got)
		}
	}
	if err := f.Remove("gone"); err != nil {
		t.Fatal(err)
	}
	d.after(time.Hour)
	for _, test := range []struct {
		name, header, value string
		status              int
		want                string
	}{
		{"nothing", "X", "", 401, "a token is needed"},
		{"a token", "Authorization", "Bearer " + all, 200, "all//true"},
		{"a token of an account", "Authorization", "Bearer " + work, 200, "work-only/work/true"},
		{"an expired token", "Authorization", "Bearer " + short, 401, "not valid"},
		{"a removed token", "Authorization", "Bearer " + gone, 401, "not valid"},
		{"a wrong token", "Authorization", "Bearer ducat_" + strings.Repeat("A", 43), 401, "not valid"},
		{"an empty token", "Authorization", "Bearer ", 401, "not valid"},
		{"no bearer", "Authorization", "Basic " + all, 401, "a token is needed"},
		{"a token without scheme", "Authorization", all, 401, "a token is needed"},
		{"a session", "Cookie", sessionOf[all], 200, "all//true"},
		{"a session of an account", "Cookie", sessionOf[work], 200, "work-only/work/true"},
		{"the session of an expired token", "Cookie", sessionOf[short], 401, "not valid"},
		{"the session of a removed token", "Cookie", sessionOf[gone], 401, "not valid"},
		{"a session that never was", "Cookie", "ducat-session=" + strings.Repeat("A", 43), 401, "a token is needed"},
		{"a token for a session", "Cookie", "ducat-session=" + all, 401, "a token is needed"},
	} {
		r := d.ask("GET", "/x?y=z", "", test.header, test.value)
		got := body(t, r)
		if r.StatusCode != test.status || !strings.Contains(got, test.want) {
			t.Errorf("%s: %d %s, want %d %s", test.name, r.StatusCode, got, test.status, test.want)
		}
		if refused := r.StatusCode == 401; refused != (r.Header.Get("WWW-Authenticate") != "") || refused != strings.HasPrefix(got, `{"error":"`) {
			t.Errorf("%s: %v %s, want WWW-Authenticate and JSON with 401 alone", test.name, r.Header, got)
		}
		// A browser is shown the way instead, unless it came with a token.
		r = d.ask("GET", "/x?y=z", "", test.header, test.value, "Accept", "text/html,*/*;q=0.8")
		want := test.status
		if want == 401 && test.header != "Authorization" {
			want = 303
		}
		if r.StatusCode != want || want == 303 && r.Header.Get("Location") != "/sign-in?next=%2Fx%3Fy%3Dz" {
			t.Errorf("%s: %d to %s for a browser, want %d", test.name, r.StatusCode, r.Header.Get("Location"), want)
		}
	}
	// A wrong token is not made good by a session.
	if r := d.ask("GET", "/", "", "Authorization", "Bearer x", "Cookie", sessionOf[all]); r.StatusCode != 401 {
		t.Errorf("%d with a wrong token and a session", r.StatusCode)
	}
}

// Everybody is let in until there is a token; from then on only who has one,
// also when the last one is removed.
func TestGuardClosesWithTheFirstToken(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	d := newDoor(t, access.Options{Tokens: f})
	if got := body(t, d.ask("GET", "/", "", "Authorization", "Bearer whatever-a-client-has")); got != "//true" || d.Closed() {
		t.Errorf("%s without tokens", got)
	}
	if r := d.ask("GET", "/sign-in?next=/x", ""); r.StatusCode != 303 || r.Header.Get("Location") != "/x" {
		t.Errorf("%d to %s, want no page to sign in where nobody must", r.StatusCode, r.Header.Get("Location"))
	}
	secret := add(t, f, access.Token{Name: "first"})
	if r := d.ask("GET", "/", ""); r.StatusCode != 401 || !d.Closed() {
		t.Errorf("%d after a token was made", r.StatusCode)
	}
	if got := body(t, d.ask("GET", "/", "", "Authorization", "Bearer "+secret)); got != "first//true" {
		t.Errorf("%s with the token", got)
	}
	if err := f.Remove("first"); err != nil {
		t.Fatal(err)
	}
	if r := d.ask("GET", "/", "", "Authorization", "Bearer "+secret); r.StatusCode != 401 {
		t.Errorf("%d after it was removed", r.StatusCode)
	}
	if err := os.Remove(string(f)); err != nil {
		t.Fatal(err)
	}
	if r := d.ask("GET", "/", ""); r.StatusCode != 401 {
		t.Errorf("%d after the file was removed", r.StatusCode)
	}
	if r := newDoor(t, access.Options{Required: true}).ask("GET", "/", ""); r.StatusCode != 401 {
		t.Errorf("%d where tokens are required and there is none", r.StatusCode)
	}
}

// Nobody is let in by tokens that cannot be read, and all are when they can.
func TestGuardWithBrokenFile(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	secret := add(t, f, access.Token{Name: "first"})
	var log strings.Builder
	d := newDoor(t, access.Options{Tokens: f, Log: newLog(&log)})
	cookie := d.signIn(secret)
	good, err := os.ReadFile(string(f))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(string(f), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"Authorization", "Cookie"} {
		value := map[string]string{"Authorization": "Bearer " + secret, "Cookie": cookie}[header]
		if r := d.ask("GET", "/", "", header, value, "Accept", "text/html"); r.StatusCode != 503 {
			t.Errorf("%d with %s, want 503", r.StatusCode, header)
		}
	}
	if r := d.ask("POST", "/sign-in", "token="+secret); r.StatusCode != 503 || len(r.Cookies()) > 0 {
		t.Errorf("%d for signing in, want 503", r.StatusCode)
	}
	if !strings.Contains(log.String(), "is no file of tokens") || strings.Contains(log.String(), secret) {
		t.Errorf("the log is %s", log.String())
	}
	if err := os.WriteFile(string(f), good, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := body(t, d.ask("GET", "/", "", "Cookie", cookie)); got != "first//true" {
		t.Errorf("%s with the file of before", got)
	}
	if _, err := access.NewGuard(access.Options{Tokens: access.File(t.TempDir())}); err == nil {
		t.Error("a folder is taken for a file of tokens")
	}
}
