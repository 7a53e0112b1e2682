package venice

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// An Option changes how [NewClient] makes a client.
type Option func(*settings)

type settings struct {
	key        string
	keySet     bool
	baseURL    string
	http       *http.Client
	timeout    time.Duration
	maxRetries int
	backoff    func(retry int) time.Duration
	logger     *slog.Logger
	userAgent  string
}

func defaultSettings() settings {
	return settings{
		baseURL:    DefaultBaseURL,
		http:       http.DefaultClient,
		timeout:    DefaultTimeout,
		maxRetries: DefaultMaxRetries,
		backoff:    backoff,
		logger:     slog.New(slog.DiscardHandler),
		userAgent:  "ducat-venice-go",
	}
}

// WithAPIKey sets the key, instead of VENICE_API_KEY. The billing routes need an
// ADMIN key. Space around it is cut off.
func WithAPIKey(key string) Option {
	return func(s *settings) { s.key, s.keySet = strings.TrimSpace(key), true }
}

// WithBaseURL asks another server than [DefaultBaseURL]. The URL is absolute;
// its path and query are kept in each request. Plain http is accepted only for
// this machine.
func WithBaseURL(url string) Option {
	return func(s *settings) { s.baseURL = url }
}

// WithHTTPClient sends through a copy of client instead of
// [http.DefaultClient]: its transport, cookies and timeout are used, its
// redirect policy is not.
func WithHTTPClient(client *http.Client) Option {
	return func(s *settings) { s.http = client }
}

// WithTimeout sets how long one request may take, headers and body, instead of
// [DefaultTimeout]. Retries and further pages have a limit each; the context
// of the call bounds them together.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) { s.timeout = d }
}

// WithMaxRetries sets how often a request is repeated after a fault that may
// pass, instead of [DefaultMaxRetries]; 0 means never.
func WithMaxRetries(n int) Option {
	return func(s *settings) { s.maxRetries = n }
}

// WithBackoff sets how long to wait before a retry (the first is 1) where the
// server does not say. The default begins at half a second and doubles up to
// eight, less up to half of it by chance.
func WithBackoff(wait func(retry int) time.Duration) Option {
	return func(s *settings) { s.backoff = wait }
}

// WithLogger logs each request at debug level: method, path, status, duration,
// size, request id and what is left of the limits; and each retry at info level,
// before its wait, with the error that it follows. Never the key, the query or a
// body.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) { s.logger = logger }
}

// WithUserAgent names the program that asks.
func WithUserAgent(name string) Option {
	return func(s *settings) { s.userAgent = name }
}

// check refuses settings that no request could be sent with.
func (s *settings) check() error {
	refuse := func(param string, value any, allowed string) error {
		return &ParamError{Param: param, Value: fmt.Sprint(value), Allowed: allowed}
	}
	switch {
	case s.http == nil:
		return refuse("HTTP client", nil, "must not be nil")
	case s.timeout <= 0:
		return refuse("timeout", s.timeout, "must be more than 0")
	case s.maxRetries < 0:
		return refuse("max retries", s.maxRetries, "must be 0 or more")
	case s.backoff == nil:
		return refuse("backoff", nil, "must not be nil")
	case s.logger == nil:
		return refuse("logger", nil, "must not be nil")
	}
	return nil
}

// chain builds the way of a request: each handler calls the next, and what it
// returns is seen by the one before.
//
//	retry → decode → errors → limits → send
func (s *settings) chain(base *url.URL) exchange {
	send := s.sender(base)
	return s.retrying(decoding(checking(s.key, newErrorBudget().guarding(send))))
}
