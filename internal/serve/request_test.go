package serve_test

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/serve"
)

// parse reads the answer to a request that began with a method.
func parse(t *testing.T, method string, all []byte) answer {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(all)), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%v in %q", err, all)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("%v in %q", err, all)
	}
	return answer{r.StatusCode, r.Header, string(text)}
}

// protected are the routes that show the books, and who answers there.
var protected = map[string]string{
	"/":                                 "dashboard",
	"/entries":                          "dashboard",
	"/favicon.ico":                      "dashboard",
	"/api":                              "dashboard",
	"/api/v1/":                          "api",
	"/api/v1/billing/balance":           "api",
	"/api/v1/billing/usage-history?a=b": "api",
	"/openapi.json":                     "api",
	"/metrics":                          "metrics",
}

// Each route is asked in each way that somebody may come.
func TestEveryRouteWantsAccess(t *testing.T) {
	t.Parallel()
	for place, wrap := range map[string]func(net.Listener) net.Listener{
		"on loopback": func(l net.Listener) net.Listener { return l },
		"elsewhere":   func(l net.Listener) net.Listener { return elsewhere{l} },
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			file, secrets := newTokens(t)
			s := start(t, wrap(loopback(t)), serve.Options{Tokens: file, TLSInFront: place == "elsewhere"})
			s.address = localAddress(s.address)
			cookies := map[string]string{"wrong": "ducat-session=" + secrets["wrong"]}
			for _, name := range []string{"all", "work", "removed"} {
				r := s.ask(t, "POST", "/sign-in", s.address, url.Values{"token": {secrets[name]}}.Encode())
				if r.status != 303 {
					t.Fatalf("signing in as %s: %d %s", name, r.status, r.body)
				}
				cookies[name], _, _ = strings.Cut(r.header.Get("Set-Cookie"), ";")
			}
			if err := file.Remove("removed"); err != nil {
				t.Fatal(err)
			}
			type caller struct{ header, want string } // want is "" for who is refused
			callers := map[string]caller{"nobody": {"X: y", ""}}
			for name, who := range map[string]string{"all": "all/", "work": "work/work", "expired": "", "removed": "", "wrong": ""} {
				callers["token "+name] = caller{"Authorization: Bearer " + secrets[name], who}
				if cookie, ok := cookies[name]; ok {
					callers["session "+name] = caller{"Cookie: " + cookie, who}
				}
			}
			for name, c := range callers {
				for route, handler := range protected {
					r := s.get(t, route, c.header)
					want, status := handler+" for "+c.want+"/true", 200
					if c.want == "" {
						want, status = `{"error":"`, 401
					}
					if r.status != status || !strings.HasPrefix(r.body, want) {
						t.Errorf("%s asks for %s: %d %s, want %d %s", name, route, r.status, r.body, status, want)
					}
				}
				for route, status := range map[string]int{"/healthz": 200, "/sign-in": 200, "/sign-in.css": 200} {
					if r := s.get(t, route, c.header); r.status != status {
						t.Errorf("%s asks for %s: %d, want %d", name, route, r.status, status)
					}
				}
			}
		})
	}
}

// localAddress is where a server is reached that listens everywhere.
func localAddress(address string) string { return strings.Replace(address, "0.0.0.0", "127.0.0.1", 1) }

func TestLoopbackWithoutTokensIsOpen(t *testing.T) {
	t.Parallel()
	s := start(t, loopback(t), serve.Options{})
	for route, handler := range protected {
		if r := s.get(t, route, "Authorization: Bearer any"); r.status != 200 || r.body != handler+" for //true" {
			t.Errorf("%s: %d %s", route, r.status, r.body)
		}
	}
}

func TestOtherHostsAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, loopback(t), serve.Options{Hosts: []string{"Books.Example.com.", "2001:db8::1"}})
	_, port, _ := net.SplitHostPort(s.address)
	for host, want := range map[string]int{
		"127.0.0.1:" + port:         200,
		"localhost:" + port:         200,
		"LOCALHOST:" + port:         200,
		"localhost.:" + port:        200,
		"[::1]:" + port:             200,
		"books.example.com":         200,
		"BOOKS.example.com.:443":    200,
		"[2001:db8::1]:8443":        200,
		"127.0.0.1":                 421,
		"localhost":                 421,
		"localhost:1":               421,
		"":                          421,
		":" + port:                  421,
		"evil.example":              421,
		"evil.example:" + port:      421,
		"127.0.0.1.nip.io:" + port:  421,
		"localhost.evil:" + port:    421,
		"127.0.0.2:" + port:         421,
		"0.0.0.0:" + port:           421,
		"127.1:" + port:             421,
		"2130706433:" + port:        421,
		"evil@localhost:" + port:    400, // net/http's own
		"xbooks.example.com":        421,
		"x.books.example.com":       421,
		"books.example.com.evil":    421,
		"localhost:" + port + ":80": 421,
	} {
		if r := s.ask(t, "GET", "/", host, ""); r.status != want || want == 421 && strings.Contains(r.body, "dashboard") {
			t.Errorf("host %q: %d %s, want %d", host, r.status, r.body, want)
		}
	}
	// A whole URL in the request goes before the header.
	if r := s.ask(t, "GET", "http://evil.example/", s.address, ""); r.status != 421 {
		t.Errorf("%d for another host in the first line", r.status)
	}
	// Programs that watch the server need a name, too: nothing is an exception.
	if r := s.ask(t, "GET", "/healthz", "evil.example", ""); r.status != 421 {
		t.Errorf("%d for /healthz of another host", r.status)
	}
	if _, err := serve.New(loopbackAddress{}, handlers(serve.Options{Hosts: []string{"x:80"}})); err == nil {
		t.Error("a host with a port is taken")
	}
}

// loopbackAddress is a listener that is only asked for its address.
type loopbackAddress struct{ net.Listener }

func (loopbackAddress) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func TestPathTricksReachNothing(t *testing.T) {
	t.Parallel()
	s := start(t, loopback(t), serve.Options{})
	for _, path := range []string{
		"//", "//metrics", "/metrics//", "/./metrics", "/../metrics", "/x/../metrics", "/x/..", "/.", "/%2e%2e/metrics", "/%2E/metrics",
		"/x/%2e%2e%2fmetrics", "/metrics%2f", "/api%2Fv1%2Fbilling/balance", "/x%5cy", `/x\..\metrics`, "/x%00", "/x%0a", "/%7f",
		"//evil.example/%2e%2e", "/sign-in/../metrics",
	} {
		r := s.get(t, path)
		if r.status != 404 && r.status != 400 || r.header.Get("Location") != "" || strings.Contains(r.body, " for ") {
			t.Errorf("%s: %d to %q: %s, want 404", path, r.status, r.header.Get("Location"), r.body)
		}
	}
	for _, path := range []string{"/x%20y", "/x.y/..z", "/%252e%252e/x", "/%C3%A9", "/?next=/../x//%2f"} {
		if r := s.get(t, path); r.status != 200 {
			t.Errorf("%s: %d, want 200", path, r.status)
		}
	}
}

func TestOnlyReading(t *testing.T) {
	t.Parallel()
	s := start(t, loopback(t), serve.Options{})
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"} {
		for _, route := range []string{"/", "/metrics", "/api/v1/billing/usage", "/healthz"} {
			if method == "CONNECT" && route != "/" {
				continue
			}
			if r := s.ask(t, method, route, s.address, "a=b"); r.status != 405 && r.status != 404 && r.status != 400 || strings.Contains(r.body, " for ") {
				t.Errorf("%s %s: %d %s", method, route, r.status, r.body)
			}
		}
	}
	if r := s.ask(t, "POST", "/", s.address, ""); r.status != 405 || r.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", r.status, r.header)
	}
	if r := s.ask(t, "PUT", "/sign-in", s.address, "a=b"); r.status != 405 {
		t.Errorf("PUT /sign-in: %d", r.status)
	}
}

func TestLargeRequests(t *testing.T) {
	t.Parallel()
	s := start(t, loopback(t), serve.Options{})
	if r := s.get(t, "/", "X: "+strings.Repeat("x", 32<<10)); r.status != 431 {
		t.Errorf("%d for a large header, want 431", r.status)
	}
	if r := s.get(t, "/?"+strings.Repeat("x", 32<<10)); r.status != 431 {
		t.Errorf("%d for a long query, want 431", r.status)
	}
	form := "token=" + strings.Repeat("x", 9<<10)
	if r := s.ask(t, "POST", "/sign-in", s.address, form); r.status != 413 {
		t.Errorf("%d for a large form, want 413", r.status)
	}
	chunked := "POST /sign-in HTTP/1.1\r\nHost: " + s.address + "\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\n\r\n2400\r\n" + strings.Repeat("x", 0x2400) + "\r\n0\r\n\r\n"
	if r := s.raw(t, chunked); r.status != 413 {
		t.Errorf("%d for a large form of unknown length, want 413", r.status)
	}
}

// Every answer has the headers, whatever comes of the request.
func TestHeadersAreOnEveryAnswer(t *testing.T) {
	t.Parallel()
	file, secrets := newTokens(t)
	s := start(t, loopback(t), serve.Options{Tokens: file, Dashboard: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/style.css" {
			w.Header().Set("Cache-Control", "public")
		}
		if r.URL.Path == "/panic" {
			panic("secret")
		}
	})})
	token := "Authorization: Bearer " + secrets["all"]
	for _, test := range []struct {
		want int
		answer
	}{
		{200, s.get(t, "/", token)},
		{200, s.get(t, "/healthz")},
		{200, s.get(t, "/sign-in")},
		{200, s.ask(t, "HEAD", "/", s.address, "", token)},
		{303, s.get(t, "/", "Accept: text/html")},
		{401, s.get(t, "/")},
		{403, s.ask(t, "POST", "/sign-in", s.address, "token=x")},
		{404, s.get(t, "//")},
		{405, s.ask(t, "PUT", "/", s.address, "")},
		{413, s.ask(t, "POST", "/sign-in", s.address, strings.Repeat("x", 9<<10))},
		{421, s.ask(t, "GET", "/", "evil", "")},
		{500, s.get(t, "/panic", token)},
	} {
		if test.status != test.want {
			t.Errorf("%d, want %d", test.status, test.want)
		}
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
				"form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control":                "no-store",
			"Vary":                         "Authorization, Cookie",
			"Strict-Transport-Security":    "", // there is no TLS
		} {
			if got := test.header.Get(header); got != want {
				t.Errorf("%d: %s is %q, want %q", test.want, header, got, want)
			}
		}
		if strings.Contains(test.body, "secret") || strings.Contains(test.body, "goroutine") {
			t.Errorf("%d: %s", test.want, test.body)
		}
	}
	if r := s.get(t, "/style.css", token); r.header.Get("Cache-Control") != "public" {
		t.Errorf("a handler's Cache-Control became %q", r.header.Get("Cache-Control"))
	}
}

// Of each request the log has a line, and nothing in it is secret.
func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	file, secrets := newTokens(t)
	var notes notebook
	s := start(t, loopback(t), serve.Options{Tokens: file, Log: notes.log(), Dashboard: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/panic":
			panic("fault of the handler")
		case "/late":
			_, _ = w.Write([]byte("half"))
			_ = http.NewResponseController(w).Flush()
			panic("fault after the beginning")
		}
		_, _ = w.Write([]byte("hello"))
	})})
	signIn := s.ask(t, "POST", "/sign-in?token="+secrets["all"], s.address, "token="+secrets["all"])
	cookie, _, _ := strings.Cut(signIn.header.Get("Set-Cookie"), ";")
	_, session, _ := strings.Cut(cookie, "=")
	s.get(t, "/page?q=hidden-query", "Cookie: "+cookie, "User-Agent: hidden-agent")
	s.get(t, "/page", "Authorization: Bearer "+secrets["work"], "Referer: http://hidden-referer/")
	s.get(t, "/page", "Authorization: Bearer "+secrets["wrong"])
	s.get(t, "/forged%20path=1%22")
	if r := s.get(t, "/panic", "Cookie: "+cookie); r.status != 500 {
		t.Errorf("%d for a fault", r.status)
	}
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /late HTTP/1.1\r\nHost: "+s.address+"\r\nCookie: "+cookie+"\r\n\r\n")
	broken, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(broken.Body); err == nil {
		t.Error("an answer that broke off looks whole")
	}
	broken.Body.Close()
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	text := notes.String()
	for _, want := range []string{
		"msg=request method=POST path=/sign-in status=303",
		"method=GET path=/page status=200 bytes=5 ms=",
		" viewer=all\n", " viewer=work\n", `viewer=""` + "\n",
		`path="/forged path=1\"" status=401`,
		"level=ERROR msg=\"a handler failed\" path=/panic fault=\"fault of the handler\"",
		"level=ERROR msg=request method=GET path=/panic status=500",
		"path=/late",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the log:\n%s", want, text)
		}
	}
	for _, never := range append(slices.Collect(maps.Values(secrets)), session, "hidden", "ducat_") {
		if strings.Contains(text, never) {
			t.Errorf("%q is in the log:\n%s", never, text)
		}
	}
}

func TestRateOfAViewer(t *testing.T) {
	t.Parallel()
	file, secrets := newTokens(t)
	clock := newClock()
	s := start(t, loopback(t), serve.Options{Tokens: file, Rate: 2, Now: clock.now})
	all, work := "Authorization: Bearer "+secrets["all"], "Authorization: Bearer "+secrets["work"]
	for i := range 10 { // five seconds' worth
		if r := s.get(t, "/", all); r.status != 200 {
			t.Fatalf("request %d: %d", i+1, r.status)
		}
	}
	r := s.get(t, "/", all)
	if r.status != 429 || r.header.Get("Retry-After") != "1" || !strings.HasPrefix(r.body, `{"error":"`) {
		t.Errorf("the 11th request: %d %v %s", r.status, r.header, r.body)
	}
	if r := s.get(t, "/", work); r.status != 200 {
		t.Errorf("%d for another viewer", r.status)
	}
	for range 10 {
		s.get(t, "/")
	}
	if r := s.get(t, "/"); r.status != 429 {
		t.Errorf("%d for the 11th without a token, want 429", r.status)
	}
	clock.add(time.Second) // two more
	for i, want := range []int{200, 200, 429} {
		if r := s.get(t, "/", all); r.status != want {
			t.Errorf("request %d a second later: %d, want %d", i+1, r.status, want)
		}
	}
}

func TestRateOfSigningIn(t *testing.T) {
	t.Parallel()
	file, secrets := newTokens(t)
	clock := newClock()
	s := start(t, loopback(t), serve.Options{Tokens: file, Now: clock.now})
	try := func(token string) answer { return s.ask(t, "POST", "/sign-in", s.address, "token="+token) }
	for range 10 {
		if r := try("x"); r.status != 403 {
			t.Fatalf("%d for a wrong token", r.status)
		}
	}
	if r := try(secrets["all"]); r.status != 429 || r.header.Get("Retry-After") != "6" {
		t.Errorf("the 11th try: %d %v", r.status, r.header)
	}
	if r := s.get(t, "/", "Authorization: Bearer "+secrets["all"]); r.status != 200 {
		t.Errorf("%d for a program meanwhile", r.status)
	}
	clock.add(6 * time.Second)
	if r := try(secrets["all"]); r.status != 303 {
		t.Errorf("%d six seconds later", r.status)
	}
}
