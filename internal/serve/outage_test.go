package serve_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/api"
	"github.com/ducat-ledger/ducat/internal/serve/dashboard"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// An outage is Venice, books that a loop keeps fresh, and what is shown of them,
// in a bubble of time.
type outage struct {
	*testing.T
	venice    *venicetest.Server
	loop      *syncing.Loop
	page, api http.Handler
}

// get asks one of the parts as somebody on this machine would.
func (o *outage) get(h http.Handler, address string) *httptest.ResponseRecorder {
	o.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	h.ServeHTTP(w, r.WithContext(access.With(r.Context(), access.Viewer{})))
	if w.Code != http.StatusOK {
		o.Errorf("%s: status %d: %.300s", address, w.Code, w.Body)
	}
	return w
}

// answers wants the page and each route, and gives the number of rows that the
// usage route has and the instant that it knows them to.
func (o *outage) answers() (total int, asOf string) {
	o.Helper()
	for _, address := range []string{
		"/api/v1/billing/balance", "/api/v1/billing/usage-history?pageSize=10", "/api/v1/billing/usage-analytics?lookback=7d",
	} {
		o.get(o.api, address)
	}
	answer := o.get(o.api, "/api/v1/billing/usage?limit=1")
	var usage struct{ Pagination struct{ Total int } }
	if err := json.Unmarshal(answer.Body.Bytes(), &usage); err != nil {
		o.Error(err)
	}
	return usage.Pagination.Total, answer.Header().Get("X-Ducat-As-Of")
}

// While Venice is down for an hour, pages and API answer as before and say how old
// they are. When it is back, the books catch up without a gap.
func TestServeThroughAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, err := venicetest.New(venicetest.Config{Entries: 500, Now: time.Now, NoLimits: true})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		client, err := venice.NewClient(venice.WithAPIKey(server.AdminKey), venice.WithBaseURL("http://127.0.0.1:1/api/v1"),
			venice.WithHTTPClient(&http.Client{Transport: server.Transport()}))
		if err != nil {
			t.Fatal(err)
		}
		store := new(ledgertest.Memory)
		loop, err := syncing.New(5*time.Minute, func(ctx context.Context) error {
			_, err := ledger.Sync(ctx, store, client.Billing, "default", ledger.SyncOptions{Now: time.Now})
			return err
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		o := &outage{t, server, loop,
			dashboard.New(dashboard.Options{Books: store, Now: time.Now, Sync: loop.State}),
			api.New(api.Options{Books: store, Now: time.Now})}
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			loop.Run(ctx)
		}()
		post := func() {
			server.Post(venicetest.Entry{Timestamp: time.Now(), SKU: "x", Amount: "-0.25", Currency: "USD"})
		}

		time.Sleep(time.Minute)
		if total, _ := o.answers(); total != 500 {
			t.Errorf("%d rows before the outage, want 500", total)
		}
		if state := loop.State(); state.Failure != "" || !strings.Contains(o.get(o.page, "/").Body.String(), "Complete") {
			t.Errorf("before the outage something is wrong: %+v", state)
		}

		server.SetFaults(venicetest.Fault{Kind: venicetest.Fault500})
		for range 12 { // an hour in which usage goes on
			post()
			time.Sleep(5 * time.Minute)
		}
		total, asOf := o.answers()
		known, err := time.Parse(time.RFC3339, asOf)
		if age := time.Since(known); err != nil || total != 500 || age < 55*time.Minute || age > 66*time.Minute {
			t.Errorf("after an hour: %d rows as of %s (%v, %v), want 500 of an hour ago", total, asOf, age, err)
		}
		state := loop.State()
		if state.Failure == "" || state.Failures < 5 {
			t.Errorf("the loop says %+v, want failures", state)
		}
		page := o.get(o.page, "/").Body.String()
		if !strings.Contains(page, "1 h ago") {
			t.Errorf("the page does not say how old the books are:\n%.1500s", page)
		}

		server.SetFaults()
		time.Sleep(11 * time.Minute)
		if total, _ := o.answers(); total != 512 {
			t.Errorf("%d rows after the outage, want all 512", total)
		}
		covered, err := store.Coverage(ctx, "default")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(1, len(covered["default"].Windows())); diff != "" {
			t.Errorf("there is a gap: %v", covered["default"].Windows())
		}
		if state := loop.State(); state.Failure != "" {
			t.Errorf("the loop still fails: %s", state.Failure)
		}
		end()
		<-ended
	})
}
