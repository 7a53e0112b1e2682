package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// The headers that say what an answer knows.
const (
	headerAsOf     = "X-Ducat-As-Of"
	headerComplete = "X-Ducat-Complete"
)

// A scope is what a call asks for, once its parameters are read.
type scope struct {
	account  string
	asOf     time.Time // zero where nothing is known
	complete bool
	etag     string
}

// scope finds what is known of a window of an account. What else the answer
// depends on, apart from the query and the books, is named by more.
func (c *call) scope(ctx context.Context, account string, w ledger.Window, more ...any) (scope, error) {
	known, err := c.coverage.get(ctx, stateOf{c.version, account}, func(ctx context.Context) (ledger.Coverage, error) {
		covered, err := c.books.Coverage(ctx, account)
		return covered[account], err
	})
	if err != nil {
		return scope{}, err
	}
	s := scope{account: account, asOf: known.End(), complete: complete(known, w, c.now)}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %t %t %v", c.version, account, c.route, c.query.Encode(), c.csv, s.complete, more))
	// Weak: what stands between may compress the answer.
	s.etag = `W/"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	return s, nil
}

// complete says whether a window is in the books. One whose end is not past, or
// open, is asked for up to where the books end.
func complete(known ledger.Coverage, w ledger.Window, now time.Time) bool {
	if w.Start.Before(ledger.Beginning) {
		w.Start = ledger.Beginning
	}
	if w.End.IsZero() || !w.End.Before(now) {
		w.End = known.End()
	}
	return !w.Empty() && len(known.Missing(w)) == 0
}

// mark puts on an answer what it knows.
func (s scope) mark(a answer) answer {
	if !s.asOf.IsZero() {
		a = a.with(headerAsOf, string(export.AppendTime(nil, s.asOf)))
	}
	return a.with(headerComplete, strconv.FormatBool(s.complete)).with("ETag", s.etag)
}

// unchanged is the answer to a client that already has the one it would get, and
// false to others.
func (c *call) unchanged(s scope) (answer, bool) {
	for _, list := range c.matches {
		for tag := range strings.SplitSeq(list, ",") {
			if tag = strings.TrimSpace(tag); tag == s.etag || tag == "*" {
				return s.mark(answer{status: http.StatusNotModified, header: http.Header{}}), true
			}
		}
	}
	return answer{}, false
}
