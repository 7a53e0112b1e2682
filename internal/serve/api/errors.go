package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A refusal is an error with the answer that it calls for.
type refusal struct{ answer answer }

func (r *refusal) Error() string { return http.StatusText(r.answer.status) }

func refuse(status int, message string) error { return &refusal{failure(status, message)} }

var (
	errUnsteady = errors.New("the books change too quickly")
	errEmpty    = errors.New("the books are empty")
)

// later is how many seconds a client should wait for books that cannot answer now.
const later = "5"

// explain is the answer to a request that failed. What the books say of
// themselves, such as where they are, is for the log only.
func (h *handler) explain(r *http.Request, err error) answer {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused.answer
	}
	unavailable := func(message string) answer {
		return failure(http.StatusServiceUnavailable, message).with("Retry-After", later)
	}
	if r.Context().Err() == nil {
		h.log.ErrorContext(r.Context(), "the books did not answer", "path", r.URL.Path, "error", err)
	}
	switch {
	case errors.Is(err, ledger.ErrNoLedger), errors.Is(err, errEmpty):
		return unavailable("The books are empty: nothing has been synced yet. Run 'ducat sync', or wait for the first sync to end")
	case errors.Is(err, ledger.ErrBusy), errors.Is(err, errUnsteady):
		return unavailable("The books are being written: try again in a few seconds")
	case errors.Is(err, ledger.ErrUnreachable):
		return unavailable("The books are out of reach: try again in a few seconds")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return failure(http.StatusGatewayTimeout, "The request timed out: ask for a shorter range")
	case errors.Is(err, ledger.ErrNotLedger), errors.Is(err, ledger.ErrNewer):
		return unavailable("The books cannot be opened by this server: its operator finds the reason in its log")
	}
	return failure(http.StatusInternalServerError, "The books could not answer: the operator of this server finds the reason in its log")
}

// issue is one finding of a check, in the form in which Venice's validator, Zod,
// reports it.
type issue struct {
	Code       string   `json:"code"`
	Expected   string   `json:"expected,omitempty"`
	Received   string   `json:"received,omitempty"`
	Validation string   `json:"validation,omitempty"`
	Options    []string `json:"options,omitempty"`
	Keys       []string `json:"keys,omitempty"`
	Minimum    *int     `json:"minimum,omitempty"`
	Maximum    *int     `json:"maximum,omitempty"`
	Type       string   `json:"type,omitempty"`
	Inclusive  *bool    `json:"inclusive,omitempty"`
	Exact      *bool    `json:"exact,omitempty"`
	Path       []string `json:"path"`
	Message    string   `json:"message"`
}

// invalid is Venice's DetailedError: the findings as a list, and their messages as
// a tree by parameter.
func invalid(issues []issue) error {
	type messages struct {
		Errors []string `json:"_errors"`
	}
	details := map[string]any{}
	root, fields := []string{}, map[string][]string{}
	for _, i := range issues {
		if len(i.Path) == 0 {
			root = append(root, i.Message)
		} else {
			fields[i.Path[0]] = append(fields[i.Path[0]], i.Message)
		}
	}
	for name, found := range fields {
		details[name] = messages{found}
	}
	details["_errors"] = root
	return &refusal{jsonAnswer(http.StatusBadRequest, struct {
		Error   string         `json:"error"`
		Details map[string]any `json:"details"`
		Issues  []issue        `json:"issues"`
	}{"Invalid request parameters", details, issues})}
}
