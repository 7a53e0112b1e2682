package venice

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestNewClientTakesTheKeyFromTheEnvironment(t *testing.T) {
	t.Setenv("VENICE_API_KEY", " "+testKey+"\n")
	var got string
	c, err := NewClient(WithHTTPClient(&http.Client{Transport: fakeTransport(func(r *http.Request) (*http.Response, error) {
		got = r.Header.Get("Authorization")
		return answer(200, balanceBody), nil
	})}))
	if err != nil {
		t.Fatal(err)
	}
	if err := getBalance(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if want := "Bearer " + testKey; got != want {
		t.Errorf("Authorization is %q, want %q", got, want)
	}
}

func TestNewClientRefusesWhatCannotWork(t *testing.T) {
	t.Setenv("VENICE_API_KEY", "")
	key := WithAPIKey(testKey)
	for name, test := range map[string]struct {
		options []Option
		is      error
		says    string
	}{
		"no key":               {nil, ErrAuthentication, "VENICE_API_KEY"},
		"empty key":            {[]Option{WithAPIKey(" ")}, ErrAuthentication, "no API key"},
		"key with a line end":  {[]Option{WithAPIKey("one\r\ntwo-secret")}, ErrAuthentication, "copy it again"},
		"relative base URL":    {[]Option{key, WithBaseURL("/api/v1")}, ErrInvalidRequest, "absolute"},
		"no host":              {[]Option{key, WithBaseURL("https:///api")}, ErrInvalidRequest, "absolute"},
		"plain http elsewhere": {[]Option{key, WithBaseURL("http://api.venice.ai/api/v1")}, ErrInvalidRequest, "https://"},
		"another scheme":       {[]Option{key, WithBaseURL("ftp://127.0.0.1/")}, ErrInvalidRequest, "https://"},
		"password":             {[]Option{key, WithBaseURL("https://me:pw@example.com/")}, ErrInvalidRequest, "no user"},
		"no timeout":           {[]Option{key, WithTimeout(0)}, ErrInvalidRequest, "timeout"},
		"retries below zero":   {[]Option{key, WithMaxRetries(-1)}, ErrInvalidRequest, "retries"},
		"no HTTP client":       {[]Option{key, WithHTTPClient(nil)}, ErrInvalidRequest, "HTTP client"},
		"no backoff":           {[]Option{key, WithBackoff(nil)}, ErrInvalidRequest, "backoff"},
		"no logger":            {[]Option{key, WithLogger(nil)}, ErrInvalidRequest, "logger"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewClient(test.options...)
			if !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error is %v, want %v with %q", err, test.is, test.says)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}

func TestBaseURLOfThisMachineMayBePlain(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://127.0.0.1:8080/api/v1", "http://localhost/", "http://[::1]:9/x"} {
		if _, err := NewClient(WithAPIKey(testKey), WithBaseURL(url)); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestRequestKeepsThePathAndQueryOfTheBaseURL(t *testing.T) {
	t.Parallel()
	c, rec := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, emptyHistory)
	}, WithUserAgent("tester/1"))
	if _, err := c.Billing.GetUsageHistory(t.Context(), UsageHistoryParams{PageSize: 10}); err != nil {
		t.Fatal(err)
	}
	r := rec.requests[0]
	if got, want := r.URL.String(), "/tenant/api/v1/billing/usage-history?pageSize=10&region=eu"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
	for name, want := range map[string]string{"Authorization": "Bearer " + testKey, "Accept": "application/json", "User-Agent": "tester/1"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
}

func TestNothingShowsTheKey(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c, _ := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		// A server or proxy may echo what it was sent.
		fmt.Fprintf(w, `{"error":"bad header %s"}`, r.Header.Get("Authorization"))
	}, WithLogger(logger))
	_, err := c.Billing.GetUsageHistory(t.Context(), UsageHistoryParams{Cursor: "opaque"})
	var e *APIError
	if !errors.As(err, &e) {
		t.Fatalf("error is %v", err)
	}
	for name, text := range map[string]string{
		"error":      err.Error(),
		"error body": string(e.Body),
		"%+v error":  fmt.Sprintf("%+v %#v", e, *e),
		"client":     fmt.Sprintf("%v %+v %#v %s", c, c, c, c),
		"value":      fmt.Sprintf("%+v %#v", *c, *c),
		"service":    fmt.Sprintf("%+v %#v", c.Billing, c.Billing),
		"log":        log.String(),
	} {
		if strings.Contains(text, testKey) {
			t.Errorf("%s shows the key: %s", name, text)
		}
	}
	if got := log.String(); !strings.Contains(got, "billing/usage-history") || !strings.Contains(got, "status=401") || strings.Contains(got, "opaque") {
		t.Errorf("the log should have the path and the status and not the query: %s", got)
	}
}

func TestTheKeyDoesNotFollowARedirectElsewhere(t *testing.T) {
	t.Parallel()
	var stolen string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stolen = r.Header.Get("Authorization")
	}))
	t.Cleanup(elsewhere.Close)
	c, _ := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/taken", http.StatusFound)
	})
	err := getBalance(t.Context(), c)
	if !errors.Is(err, ErrServer) || !strings.Contains(err.Error(), "redirects to 127.0.0.1") {
		t.Errorf("error is %v, want one that names the redirect", err)
	}
	if stolen != "" {
		t.Error("the other server was asked, and saw the key")
	}
}

func TestARedirectOnTheSameServerIsFollowed(t *testing.T) {
	t.Parallel()
	c, _ := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/moved") {
			http.Redirect(w, r, "/moved", http.StatusTemporaryRedirect)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, balanceBody)
	})
	if err := getBalance(t.Context(), c); err != nil {
		t.Error(err)
	}
}

func TestTheCallersHTTPClientIsNotChanged(t *testing.T) {
	t.Parallel()
	mine := &http.Client{}
	if _, err := NewClient(WithAPIKey(testKey), WithHTTPClient(mine)); err != nil {
		t.Fatal(err)
	}
	if mine.CheckRedirect != nil || mine.Timeout != 0 || mine.Transport != nil {
		t.Errorf("the client was changed: %+v", mine)
	}
}
