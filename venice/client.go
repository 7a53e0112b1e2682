package venice

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// DefaultBaseURL is where Venice answers.
const DefaultBaseURL = "https://api.venice.ai/api/v1"

// DefaultTimeout is how long one request may take, headers and body. Venice's
// billing routes are known to hang on small ranges and on empty results, so a
// firm limit is better than patience.
const DefaultTimeout = 10 * time.Second

// DefaultMaxRetries is how often a request is repeated after a fault that may
// pass.
const DefaultMaxRetries = 3

// A Client asks Venice. It is safe for use by several goroutines at once, and
// never shows its API key in an error, a log or its own text.
type Client struct {
	// Billing has the billing routes.
	Billing *BillingService
	// APIKeys has the routes about the account's API keys. They only read.
	APIKeys *APIKeysService

	baseURL *url.URL
	do      exchange
}

// A BillingService asks the billing routes. Get it from [Client].
type BillingService struct {
	client *Client
	// numbered remembers whether the server still has the page-numbered route.
	numbered numberedRoute
}

// NewClient makes a client. The key comes from [WithAPIKey] or else from the
// environment variable VENICE_API_KEY; without one the error is
// [ErrAuthentication]. Nothing is sent.
func NewClient(options ...Option) (*Client, error) {
	s := defaultSettings()
	for _, option := range options {
		option(&s)
	}
	if !s.keySet {
		s.key = strings.TrimSpace(os.Getenv("VENICE_API_KEY"))
	}
	base, urlErr := parseBaseURL(s.baseURL)
	if err := errors.Join(checkKey(s.key), urlErr, s.check()); err != nil {
		return nil, err
	}
	c := &Client{baseURL: base}
	c.do = s.chain(base)
	c.Billing = &BillingService{client: c}
	c.APIKeys = &APIKeysService{client: c}
	return c, nil
}

// String names the client without its key.
func (c *Client) String() string { return "venice.Client(" + c.baseURL.Redacted() + ")" }

// checkKey refuses a key that cannot be one, without showing it.
func checkKey(key string) error {
	if key == "" {
		return fmt.Errorf("%w: no API key: set VENICE_API_KEY to an ADMIN key of your Venice account", ErrAuthentication)
	}
	for _, c := range key {
		if c <= ' ' || c > '~' {
			return fmt.Errorf("%w: the API key contains a space or a character that no key has: copy it again", ErrAuthentication)
		}
	}
	return nil
}

// parseBaseURL accepts an absolute URL; its path and query are kept. Plain http
// would show the key to the network, so it is only for this machine.
func parseBaseURL(text string) (*url.URL, error) {
	refuse := func(allowed string) error {
		return &ParamError{Param: "base URL", Value: fmt.Sprintf("%q", text), Allowed: allowed}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, refuse("must be absolute, such as " + DefaultBaseURL)
	case u.User != nil:
		return nil, refuse("must hold no user or password")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	case u.Scheme == "http":
		return nil, refuse("must begin with https://; plain http is only for this machine (127.0.0.1, localhost)")
	default:
		return nil, refuse("must begin with https://")
	}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// sameServer lets redirects stay where the key may go.
func sameServer(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Scheme != first.Scheme || next.URL.Host != first.Host || len(via) > 3 {
		return http.ErrUseLastResponse
	}
	return nil
}
