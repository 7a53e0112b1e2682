package venice

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// maxBody bounds an answer. A page of 1000 entries is about 400 KB.
const maxBody = 64 << 20

// A request is one question to Venice. All are GET.
type request struct {
	path   string // below the base URL
	query  url.Values
	accept string // media type; "" means JSON
	// decode takes the body of a successful answer, once for each attempt. Nil
	// where the caller takes the body as it is.
	decode func(body []byte) error
}

const (
	mediaJSON = "application/json"
	mediaCSV  = "text/csv"
)

// media is the type of answer asked for.
func (r request) media() string { return cmp.Or(r.accept, mediaJSON) }

// hasCursor says whether the request continues a walk.
func (r request) hasCursor() bool { return r.query.Has("cursor") }

// A response is an answer that arrived whole.
type response struct {
	status int
	header http.Header
	body   []byte
	meta   Meta
}

// An exchange sends a request and returns the answer. The handlers of the chain
// take one and return one.
type exchange func(context.Context, request) (*response, error)

// errTooLarge is an answer beyond maxBody.
var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)

// sender sends a request once, within the timeout. What it returns is an answer
// of any status, or the network's error.
func (s *settings) sender(base *url.URL) exchange {
	client := *s.http
	client.CheckRedirect = sameServer
	timeout, logger := s.timeout, s.logger
	// The key lives in closures only, so that no formatting of a struct shows it.
	header := func(accept string) http.Header {
		return http.Header{
			"Accept":        {accept},
			"Authorization": {"Bearer " + s.key},
			"User-Agent":    {s.userAgent},
		}
	}
	return func(ctx context.Context, r request) (*response, error) {
		attempt, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		req, err := http.NewRequestWithContext(attempt, http.MethodGet, resolve(base, r), nil)
		if err != nil {
			return nil, err
		}
		req.Header = header(r.media())
		begin := time.Now()
		resp, err := readWhole(client.Do(req))
		logExchange(ctx, logger, r, resp, err, time.Since(begin))
		return resp, err
	}
}

// resolve puts the request's path and query behind those of the base URL.
func resolve(base *url.URL, r request) string {
	u := base.JoinPath(r.path)
	query := u.Query()
	maps.Copy(query, r.query)
	u.RawQuery = query.Encode()
	return u.String()
}

// readWhole reads the body, so that a page is had whole or not at all.
func readWhole(resp *http.Response, err error) (*response, error) {
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if n := resp.ContentLength; 0 < n && n <= maxBody {
		body.Grow(int(n) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(io.LimitReader(resp.Body, maxBody+1)); err != nil {
		return nil, err
	}
	if body.Len() > maxBody {
		return nil, errTooLarge
	}
	return &response{
		status: resp.StatusCode,
		header: resp.Header,
		body:   body.Bytes(),
		meta:   readMeta(resp.Header, time.Now()),
	}, nil
}

// logExchange is an allow-list: only what is named here is ever logged.
func logExchange(ctx context.Context, logger *slog.Logger, r request, resp *response, err error, took time.Duration) {
	if !logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", http.MethodGet),
		slog.String("path", r.path),
		slog.Duration("took", took),
	}
	if err != nil {
		logger.LogAttrs(ctx, slog.LevelDebug, "venice: no answer", append(attrs, slog.String("error", networkText(err)))...)
		return
	}
	attrs = append(attrs,
		slog.Int("status", resp.status),
		slog.Int("bytes", len(resp.body)),
		slog.String("requestId", resp.meta.RequestID))
	if n := resp.meta.RateLimit.Remaining; n != nil {
		attrs = append(attrs, slog.Int("errorsLeft", *n))
	}
	logger.LogAttrs(ctx, slog.LevelDebug, "venice: answer", attrs...)
}

// networkText is the fault without the URL, whose query is nobody's business.
func networkText(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}
