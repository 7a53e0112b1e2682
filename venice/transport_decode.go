package venice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
)

// decoding hands the body of a success to the request's decoder. A body that
// is cut off counts as a broken connection, and may be whole at the next try;
// one that is whole and makes no sense is the server's error.
func decoding(next exchange) exchange {
	return func(ctx context.Context, r request) (*response, error) {
		resp, err := next(ctx, r)
		if err != nil {
			return nil, err
		}
		if err := checkMedia(r, resp); err != nil {
			return nil, err
		}
		if r.decode == nil {
			return resp, nil
		}
		if err := r.decode(resp.body); err != nil {
			return nil, undecodable(r, resp, err)
		}
		return resp, nil
	}
}

func undecodable(r request, resp *response, err error) error {
	kind := ErrServer
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) {
		kind = ErrConnection
		err = fmt.Errorf("the answer is not whole JSON: %w", err)
	}
	e := newError(r, kind)
	e.StatusCode, e.RequestID, e.RateLimit = resp.status, resp.meta.RequestID, resp.meta.RateLimit
	e.Message, e.cause = clean(err.Error(), maxMessage), err
	return e
}

// checkMedia refuses an answer of another type than was asked for, such as a
// proxy's page.
func checkMedia(r request, resp *response) error {
	want := r.media()
	got, _, _ := mime.ParseMediaType(resp.header.Get("Content-Type"))
	if got == want || got == "" {
		return nil
	}
	e := newError(r, ErrServer)
	e.StatusCode, e.RequestID, e.RateLimit = resp.status, resp.meta.RequestID, resp.meta.RateLimit
	e.Message = fmt.Sprintf("the answer is %s, not %s", clean(got, 100), want)
	e.Body = resp.body[:min(len(resp.body), maxErrorBody)]
	e.advice = "check the base URL, and what stands between this program and Venice"
	return e
}
