package venice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

const (
	maxErrorBody = 4 << 10
	maxMessage   = 500
)

const (
	adviceTimeout   = "Venice is known to hang on ranges under 15 minutes and on empty results: try a range of at least a day, or a smaller page"
	adviceAnalytics = "try a shorter lookback"
	adviceLater     = "try again later"
	adviceRestart   = "start the walk again from its first page"
)

// checking turns every failure, and every answer that is not a success, into an
// [*APIError]. A context that ended is returned as the context's own error.
func checking(key string, next exchange) exchange {
	return func(ctx context.Context, r request) (*response, error) {
		resp, err := next(ctx, r)
		switch {
		case err == nil && resp.status >= 200 && resp.status < 300:
			return resp, nil
		case err == nil:
			return nil, statusError(r, resp, key)
		case ctx.Err() != nil:
			return nil, fmt.Errorf("GET /%s: %w", r.path, ctx.Err())
		default:
			return nil, noAnswerError(r, err)
		}
	}
}

// newError is an error of the request's route.
func newError(r request, kind error) *APIError {
	return &APIError{Method: http.MethodGet, Path: r.path, kind: kind}
}

// noAnswerError tells a timeout from a broken connection.
func noAnswerError(r request, err error) error {
	var known *APIError
	if errors.As(err, &known) { // not sent, by the error budget
		return err
	}
	if errors.Is(err, errTooLarge) {
		e := newError(r, ErrServer)
		e.Message, e.cause = err.Error(), err
		return e
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		e := newError(r, ErrTimeout)
		e.cause, e.advice = err, adviceTimeout
		switch {
		case r.path == pathAnalytics:
			e.advice = adviceAnalytics
		case strings.HasPrefix(r.path, pathAPIKeys):
			e.advice = adviceLater
		}
		return e
	}
	e := newError(r, ErrConnection)
	e.Message, e.cause, e.advice = clean(networkText(err), maxMessage), err, adviceLater
	return e
}

// budgetError is a request that was not sent, to keep the key from being locked
// out.
func budgetError(r request, wait time.Duration) error {
	e := newError(r, ErrRateLimit)
	e.RetryAfter = wait
	e.Message = fmt.Sprintf("not sent: %d requests were refused within %s, and Venice locks out a key for more", errorBudgetSize, errorBudgetWindow)
	e.advice = "mend what was refused, and " + tryAgainIn(wait)
	return e
}

// statusError reads an answer that is not a success.
func statusError(r request, resp *response, key string) error {
	e := newError(r, kindOf(resp.status))
	e.StatusCode = resp.status
	e.RequestID = resp.meta.RequestID
	e.RateLimit = resp.meta.RateLimit
	// A server or proxy that echoes the request must not put the key in a log.
	body := bytes.ReplaceAll(resp.body, []byte(key), []byte("[API key]"))
	e.Body = bytes.Clone(body[:min(len(body), maxErrorBody)])
	e.RetryAfter = retryAfter(resp, time.Now())
	e.Successor = linkTarget(resp.header.Values("Link"), "successor-version")
	e.readEnvelope(body)
	e.explain(r, resp.header)
	return e
}

// kindOf is the category of a status that is not a success.
func kindOf(status int) error {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusPaymentRequired:
		return ErrAuthentication
	case status == http.StatusForbidden:
		return ErrPermissionDenied
	case status == http.StatusGone:
		return ErrGone
	case status == http.StatusTooManyRequests:
		return ErrRateLimit
	case status >= 400 && status < 500:
		return ErrInvalidRequest
	default:
		return ErrServer
	}
}

// explain adds what the status and the text mean, and what to do.
func (e *APIError) explain(r request, h http.Header) {
	switch e.StatusCode {
	case http.StatusBadRequest:
		if e.cursor = r.hasCursor(); e.cursor {
			e.advice = adviceRestart
		}
	case http.StatusUnauthorized:
		e.advice = "the API key is wrong, revoked or expired: check VENICE_API_KEY"
		if strings.Contains(e.Message, "Admin API key") {
			e.advice = "the API key is an INFERENCE key; this route needs an ADMIN key"
		}
	case http.StatusPaymentRequired:
		// Every request of this client carries a key, so one that arrives
		// without was stripped on the way.
		if strings.Contains(e.Message, "Authentication required") {
			e.Message = "no API key reached Venice (" + e.Message + ")"
			e.advice = "check what stands between this program and Venice"
		}
	case http.StatusNotFound:
		e.advice = "check the base URL"
	case http.StatusGone:
		if e.Successor != "" {
			e.advice = "its successor is " + e.Successor
		}
	case http.StatusTooManyRequests:
		e.advice = tryAgainIn(e.RetryAfter)
	case http.StatusGatewayTimeout:
		e.advice = adviceTimeout
		if r.path == pathAnalytics {
			e.advice = adviceAnalytics
		}
	}
	switch {
	case e.advice != "":
	case e.StatusCode >= 500:
		e.advice = adviceLater
	case e.StatusCode < 400:
		host := "elsewhere"
		if u, err := url.Parse(h.Get("Location")); err == nil && u.Host != "" {
			host = "to " + clean(u.Host, 100)
		}
		e.Message = "the answer redirects " + host + ", where the key must not go"
		e.advice = "check the base URL"
	}
}

func tryAgainIn(wait time.Duration) string {
	if wait <= 0 {
		return adviceLater
	}
	return "try again in " + wait.Round(time.Second).String()
}

// clean makes a server's text fit for one line of a terminal or a log: no
// control characters, and not more than most characters.
func clean(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "�"), func(c rune) bool {
		return unicode.IsSpace(c) || !unicode.IsPrint(c)
	}), " ")
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}

// linkTarget finds the target of a relation in Link headers (RFC 8288), each of
// which can hold several links.
func linkTarget(headers []string, rel string) string {
	for _, header := range headers {
		for link := range strings.SplitSeq(header, ",") {
			target, params, _ := strings.Cut(link, ";")
			for param := range strings.SplitSeq(params, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
				if strings.EqualFold(name, "rel") && strings.Trim(value, `"`) == rel {
					return clean(strings.Trim(strings.TrimSpace(target), "<>"), 200)
				}
			}
		}
	}
	return ""
}
