// Package api answers Venice's billing routes from the books: the same
// parameters, shapes, errors and CSV, so that a client of Venice's needs no more
// than another base URL. openapi.json describes it.
//
// What it adds to Venice: the parameter account, for books of several accounts;
// the headers X-Ducat-As-Of and X-Ducat-Complete; the page-numbered route, which
// Venice retired; and analytics of more than 90 days.
package api

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/serve/access"
)

// openAPI describes the routes.
//
//go:embed openapi.json
var openAPI []byte

// The routes.
const (
	billingRoot    = "/api/v1/billing/"
	routeUsage     = "usage"
	routeHistory   = "usage-history"
	routeAnalytics = "usage-analytics"
	routeBalance   = "balance"
	documentPath   = "/openapi.json"
)

// Options are what the routes need.
type Options struct {
	// Books are asked for everything.
	Books ledger.Books
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log is told of failures of the books; nil means nobody. Queries and tokens
	// are not logged.
	Log *slog.Logger
}

// New is a handler of the routes below /api/v1/billing/ and of /openapi.json. It
// answers GET and HEAD, and 403 to requests without an [access.Viewer].
//
// Cursors are authenticated with a key that each handler makes for itself: a
// walk does not go on after a restart, but begins again, as clients of Venice
// must be ready to do. So no secret has to be kept anywhere.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &handler{
		books:    o.Books,
		now:      o.Now,
		log:      o.Log,
		seal:     sealer{secret: make([]byte, 32)},
		accounts: newMemo[string, []string](2),
		coverage: newMemo[stateOf, ledger.Coverage](64),
		indexes:  newMemo[stateOf, *index](32),
		crowded:  newMemo[hourOf, *index](256),
		reports:  newMemo[reportKey, report](4),
	}
	rand.Read(h.seal.secret) // never fails
	return h
}

// A handler keeps what it computed from the books while their version is the
// same.
type handler struct {
	books ledger.Books
	now   func() time.Time
	log   *slog.Logger
	seal  sealer

	accounts *memo[string, []string] // by version
	coverage *memo[stateOf, ledger.Coverage]
	indexes  *memo[stateOf, *index]
	crowded  *memo[hourOf, *index]
	reports  *memo[reportKey, report]
}

// stateOf names an account in a version of the books.
type stateOf struct{ version, account string }

// A call is one request to a route.
type call struct {
	*handler
	route   string
	viewer  access.Viewer
	query   url.Values
	csv     bool
	matches []string // If-None-Match
	now     time.Time
	version string // of the books
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, err := h.answer(r)
	if err != nil {
		a = h.explain(r, err)
	}
	a.deliver(w, r)
}

// answer takes the first objection to a request in this order: nobody asks, no
// such route, the method, the query.
func (h *handler) answer(r *http.Request) (answer, error) {
	viewer, ok := access.Of(r.Context())
	if !ok {
		return answer{}, refuse(http.StatusForbidden, "Access denied: a token of this server is needed")
	}
	name, _ := strings.CutPrefix(r.URL.Path, billingRoot)
	route := map[string]func(*call, context.Context) (answer, error){
		routeUsage:     (*call).usage,
		routeHistory:   (*call).history,
		routeAnalytics: (*call).analytics,
		routeBalance:   (*call).balance,
	}[name]
	if route == nil && r.URL.Path != documentPath {
		return answer{}, refuse(http.StatusNotFound, "The route "+r.URL.Path+" does not exist")
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return answer{}, &refusal{failure(http.StatusMethodNotAllowed, "Method not allowed").with("Allow", "GET, HEAD")}
	}
	if route == nil {
		return newAnswer(http.StatusOK, mediaJSON, openAPI), nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "The query string is malformed")
	}
	c := &call{
		handler: h, route: name, viewer: viewer, query: query,
		csv: wantsCSV(r.Header["Accept"]), matches: r.Header["If-None-Match"], now: h.now().UTC(),
	}
	return c.steadily(r.Context(), route)
}

// attempts is how often a question is put to books that change meanwhile.
const attempts = 4

// steadily asks until the books were in one state from the beginning to the end:
// what an answer counts and what it shows must be of the same books.
func (c *call) steadily(ctx context.Context, ask func(*call, context.Context) (answer, error)) (answer, error) {
	for range attempts {
		before, err := c.books.Version(ctx)
		if err != nil {
			return answer{}, err
		}
		c.version = before
		a, err := ask(c, ctx)
		if errors.Is(err, errUnsteady) {
			continue
		}
		if err != nil {
			return answer{}, err
		}
		after, err := c.books.Version(ctx)
		if err != nil {
			return answer{}, err
		}
		if before == after {
			return a, nil
		}
	}
	return answer{}, errUnsteady
}
