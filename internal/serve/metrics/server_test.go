package metrics_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

func TestInstrument(t *testing.T) {
	t.Parallel()
	m := books(&ledgertest.Memory{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/entries/{id}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "lost" {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	guarded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r.WithContext(t.Context())) // a request of its own, as access makes it
	})
	server := m.Instrument(mux, guarded)
	for _, ask := range []struct{ method, path, token string }{
		{"GET", "/", "t"}, {"GET", "/", "t"}, {"GET", "/", ""}, {"HEAD", "/", "t"},
		{"GET", "/entries/1", "t"}, {"GET", "/entries/2", "t"}, {"GET", "/entries/lost", "t"}, {"POST", "/entries/3", "t"},
		{"BREW", "/entries/4", "t"}, {"STEEP", "/entries/5", "t"},
		{"GET", "/wp-admin.php", "t"}, {"GET", "/.env", "t"}, {"POST", "/", "t"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), ask.method, ask.path, nil)
		r.Header.Set("Authorization", ask.token)
		server.ServeHTTP(httptest.NewRecorder(), r)
	}
	all := samples(t, scrape(t, m, everybody))
	if diff := cmp.Diff(map[string]float64{
		`ducat_http_requests_total{code="200",method="get",route="/{$}"}`:              2,
		`ducat_http_requests_total{code="401",method="get",route="/{$}"}`:              1,
		`ducat_http_requests_total{code="200",method="head",route="/{$}"}`:             1,
		`ducat_http_requests_total{code="200",method="get",route="/entries/{id}"}`:     2,
		`ducat_http_requests_total{code="404",method="get",route="/entries/{id}"}`:     1,
		`ducat_http_requests_total{code="200",method="post",route="/entries/{id}"}`:    1,
		`ducat_http_requests_total{code="200",method="unknown",route="/entries/{id}"}`: 2,
		`ducat_http_requests_total{code="404",method="get",route="(none)"}`:            2,
		`ducat_http_requests_total{code="405",method="post",route="(none)"}`:           1,
	}, of(all, "ducat_http_requests_total")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want(t, all, map[string]float64{
		`ducat_http_request_duration_seconds_count{method="get",route="/{$}"}`:                     3,
		`ducat_http_request_duration_seconds_bucket{method="get",route="/entries/{id}",le="+Inf"}`: 3,
	})
}
