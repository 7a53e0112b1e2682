package venice

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What went wrong, by category; test with [errors.Is]. [*APIError] has the
// details, [*ParamError] those of a parameter that was refused unsent.
var (
	// ErrInvalidRequest: a parameter is invalid or out of range, found before
	// anything was sent ([*ParamError]) or by Venice (status 400).
	ErrInvalidRequest = errors.New("invalid request")
	// ErrAuthentication: the key is missing, wrong, expired or not an ADMIN key
	// (401, and 402 where Venice saw no key).
	ErrAuthentication = errors.New("authentication failed")
	// ErrPermissionDenied: the account may not use the API (403).
	ErrPermissionDenied = errors.New("permission denied")
	// ErrRateLimit: too many requests, or too many failed ones (429).
	ErrRateLimit = errors.New("rate limited")
	// ErrGone: the route was retired (410).
	ErrGone = errors.New("route retired")
	// ErrServer: Venice failed (5xx) or sent an answer that makes no sense.
	ErrServer = errors.New("server error")
	// ErrTimeout: one request took longer than the client's timeout.
	ErrTimeout = errors.New("timed out")
	// ErrConnection: no answer came, or it broke off.
	ErrConnection = errors.New("connection failed")
	// ErrCursor: the cursor of a walk was refused, repeated or leads nowhere.
	// Start the walk again, without a cursor.
	ErrCursor = errors.New("cursor unusable")
)

// An APIError is a request that was sent and did not succeed.
type APIError struct {
	// Method and Path name the route, without query.
	Method, Path string
	// StatusCode is the HTTP status, or 0 when no answer came.
	StatusCode int
	// Code is Venice's machine-readable code, where it sends one.
	Code string
	// Message is Venice's own text, or what is wrong with its answer.
	Message string
	// RequestID is Venice's name for the request (CF-RAY).
	RequestID string
	// Issues lists the parameters that Venice refused, one by one.
	Issues []Issue
	// RetryAfter is how long Venice asks to wait; 0 when it does not say.
	RetryAfter time.Duration
	// RateLimit is the state of the limits.
	RateLimit RateLimit
	// Successor is the route that replaces a retired one (410).
	Successor string
	// Body is the start of the answer as it came, at most 4 KiB, whatever its
	// type.
	Body []byte

	kind   error  // one of the categories above
	advice string // what to do next
	cursor bool   // the request carried a cursor, and that is what was refused
	cause  error
}

// An Issue is one refused parameter in Venice's answer.
type Issue struct {
	Code    string
	Path    []string
	Message string
}

// Error says what failed, on what, and what to do next, on one line.
func (e *APIError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s /%s: ", e.Method, e.Path)
	if e.StatusCode > 0 {
		fmt.Fprintf(&s, "%d ", e.StatusCode)
	}
	s.WriteString(e.kind.Error())
	if e.Message != "" {
		fmt.Fprintf(&s, ": %s", e.Message)
	}
	for i, issue := range e.Issues {
		if i == 3 {
			fmt.Fprintf(&s, "; and %d more", len(e.Issues)-i)
			break
		}
		fmt.Fprintf(&s, "; %s: %s", strings.Join(issue.Path, "."), issue.Message)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&s, " (request %s)", e.RequestID)
	}
	if e.advice != "" {
		fmt.Fprintf(&s, "; %s", e.advice)
	}
	return s.String()
}

// Is reports whether target is the category of e.
func (e *APIError) Is(target error) bool {
	return target == e.kind || e.cursor && target == ErrCursor
}

// Unwrap gives the fault below, such as that of the network.
func (e *APIError) Unwrap() error { return e.cause }

// A ParamError is a parameter that was refused before anything was sent. It is
// an [ErrInvalidRequest].
type ParamError struct {
	Param   string // the field, such as "Limit"
	Value   string // what it was
	Allowed string // what it may be
}

func (e *ParamError) Error() string {
	return fmt.Sprintf("invalid %s %s: %s", e.Param, e.Value, e.Allowed)
}

// Is reports whether target is [ErrInvalidRequest].
func (e *ParamError) Is(target error) bool { return target == ErrInvalidRequest }
