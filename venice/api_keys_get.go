package venice

import (
	"context"
	"fmt"
	"regexp"
)

const (
	pathAPIKeys       = "api_keys"
	pathRateLimits    = pathAPIKeys + "/rate_limits"
	pathRateLimitsLog = pathRateLimits + "/log"
)

// List asks for the account's keys (GET /api_keys): those that have not expired,
// newest first, with their limits and what they spent. It costs one request.
//
// The fields are those of Venice's published schema; its documentation also says
// that they come in one answer, without pages.
//
// Errors: [ErrAuthentication] for a missing, wrong or non-admin key,
// [ErrTimeout], [ErrConnection], [ErrRateLimit], [ErrServer].
func (s *APIKeysService) List(ctx context.Context) (*APIKeyList, error) {
	var list APIKeyList
	resp, err := s.client.do(ctx, request{path: pathAPIKeys, decode: list.decode})
	if err != nil {
		return nil, err
	}
	list.Meta = resp.meta
	return &list, nil
}

// keyID is what an id may be made of, so that it stays one part of the path.
// Those seen are UUIDs.
var keyID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// Get asks for one key by its id (GET /api_keys/{id}). It costs one request.
//
// Errors: those of [APIKeysService.List], and [ErrInvalidRequest] for an id that
// cannot be one, unsent, and for one that Venice does not know, which it answers
// with 400.
func (s *APIKeysService) Get(ctx context.Context, id string) (*APIKey, error) {
	if !keyID.MatchString(id) {
		return nil, &ParamError{Param: "id", Value: fmt.Sprintf("%q", id), Allowed: "must be the ID of a key, as in a list of keys"}
	}
	var key APIKey
	resp, err := s.client.do(ctx, request{path: pathAPIKeys + "/" + id, decode: key.decode})
	if err != nil {
		return nil, err
	}
	key.Meta = resp.meta
	return &key, nil
}

// GetRateLimits asks what the client's key may do now, and what it can spend
// (GET /api_keys/rate_limits). Every valid key may ask, so it is what an
// INFERENCE key has in the place of [BillingService.GetBalance]. It costs one
// request.
//
// Venice's documentation differs on which balances it names, so be ready to miss
// any.
//
// Errors: [ErrAuthentication] for a missing or wrong key, [ErrTimeout],
// [ErrConnection], [ErrRateLimit], [ErrServer].
func (s *APIKeysService) GetRateLimits(ctx context.Context) (*RateLimits, error) {
	var limits RateLimits
	resp, err := s.client.do(ctx, request{path: pathRateLimits, decode: limits.decode})
	if err != nil {
		return nil, err
	}
	limits.Meta = resp.meta
	return &limits, nil
}

// GetRateLimitLog asks for the latest requests of the account that were refused
// for a limit (GET /api_keys/rate_limits/log). It costs one request.
//
// Errors: those of [APIKeysService.List].
func (s *APIKeysService) GetRateLimitLog(ctx context.Context) (*RateLimitLog, error) {
	var log RateLimitLog
	resp, err := s.client.do(ctx, request{path: pathRateLimitsLog, decode: log.decode})
	if err != nil {
		return nil, err
	}
	log.Meta = resp.meta
	return &log, nil
}
