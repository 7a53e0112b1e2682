package metrics_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	gosync "sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/metrics"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
	"github.com/ducat-ledger/ducat/venice"
)

// everything are metrics with a value for each that there is.
func everything(t *testing.T) *metrics.Metrics {
	t.Helper()
	var store ledgertest.Memory
	simulated := account(t, 1, 500)
	m := metrics.New(metrics.Options{Books: &store, Now: clock, Version: "v1.2.3", Sync: func() syncing.State {
		return syncing.State{Every: time.Minute, Ended: now, Succeeded: now}
	}})
	sync(t, &store, simulated, "default", m.Transport(simulated.Transport()))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) {})
	m.Instrument(mux, mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	return m
}

func TestMetricsFollowPrometheusConventions(t *testing.T) {
	t.Parallel()
	problems, err := promlint.New(strings.NewReader(scrape(t, everything(t), everybody))).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("problems %v, error %v", problems, err)
	}
}

func TestWithoutViewerNothingIsShown(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	put(t, &store, "home", entry(time.Minute, "m-image-unit", "1", "-1", "USD"))
	w := httptest.NewRecorder()
	books(&store).Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "ducat_") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestViewerOfAnAccountSeesNothingOfOthers(t *testing.T) {
	t.Parallel()
	home, work := account(t, 1, 300), account(t, 2, 300)
	var both, alone ledgertest.Memory
	m := metrics.New(metrics.Options{Books: &both, Now: clock, Version: "v1.2.3", Series: 20, Sync: func() syncing.State {
		return syncing.State{Every: time.Minute, Rounds: 1}
	}})
	only := metrics.New(metrics.Options{Books: &alone, Now: clock, Version: "v1.2.3", Series: 20})
	sync(t, &both, home, "home", m.Transport(home.Transport()))
	sync(t, &both, work, "work", m.Transport(work.Transport()))
	sync(t, &alone, home, "home", home.Transport())
	homely := access.Viewer{Name: "grafana", Account: "home"}
	if diff := cmp.Diff(scrape(t, only, homely), scrape(t, m, homely)); diff != "" {
		t.Errorf("another account shows (-without +with):\n%s", diff)
	}
	if seen := scrape(t, m, homely); !strings.Contains(seen, `account="home"`) || strings.Contains(seen, `"work"`) {
		t.Errorf("want the account home and no other in:\n%s", seen)
	}
	if all := scrape(t, m, everybody); !strings.Contains(all, `account="home"`) || !strings.Contains(all, `account="work"`) {
		t.Error("a viewer of all accounts does not see both")
	}
	for name := range samples(t, scrape(t, m, access.Viewer{Account: "nobody"})) {
		if name != "ducat_books_up" && !strings.HasPrefix(name, "ducat_build_info{") {
			t.Errorf("a viewer of an account that is not there sees %s", name)
		}
	}
}

// observed are books whose questions are told of before they are answered.
type observed struct {
	ledger.Store
	asked func(question string) error
}

func (o observed) Version(ctx context.Context) (string, error) {
	if err := o.asked("version"); err != nil {
		return "", err
	}
	return o.Store.Version(ctx)
}

func (o observed) Accounts(ctx context.Context) ([]string, error) {
	if err := o.asked("accounts"); err != nil {
		return nil, err
	}
	return o.Store.Accounts(ctx)
}

func (o observed) Sums(ctx context.Context, q ledger.Query) ([]ledger.Sum, error) {
	if err := o.asked("sums"); err != nil {
		return nil, err
	}
	return o.Store.Sums(ctx, q)
}

func (o observed) Requests(ctx context.Context, q ledger.Query) ([]ledger.RequestCount, error) {
	if err := o.asked("requests"); err != nil {
		return nil, err
	}
	return o.Store.Requests(ctx, q)
}

func (o observed) Coverage(ctx context.Context, accounts ...string) (map[string]ledger.Coverage, error) {
	if err := o.asked("coverage"); err != nil {
		return nil, err
	}
	return o.Store.Coverage(ctx, accounts...)
}

func (o observed) Spans(ctx context.Context, accounts ...string) (map[string]ledger.Span, error) {
	if err := o.asked("spans"); err != nil {
		return nil, err
	}
	return o.Store.Spans(ctx, accounts...)
}

func (o observed) LastBalances(ctx context.Context, accounts ...string) (map[string]ledger.BalanceAt, error) {
	if err := o.asked("balance"); err != nil {
		return nil, err
	}
	return o.Store.LastBalances(ctx, accounts...)
}

// TestFailingBooksGiveNoHalfAnswer lets each question of a reading fail in turn.
func TestFailingBooksGiveNoHalfAnswer(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	put(t, &store, "home", entry(time.Minute, "m-image-unit", "1", "-1", "USD"))
	for fails := 0; ; fails++ {
		n := -1
		m := books(observed{&store, func(string) error {
			if n++; n == fails {
				return errors.New("disk on fire")
			}
			return nil
		}})
		first := onlyBooks(scrape(t, m, everybody))
		if n < fails { // every question has failed once
			if fails < 10 {
				t.Errorf("a reading asks %d questions only", fails)
			}
			return
		}
		if len(first) != 2 || first[0] != "ducat_books_up 0\n" || !strings.HasPrefix(first[1], "ducat_build_info{") {
			t.Errorf("question %d failed: %q", fails, first)
		}
		if diff := cmp.Diff(onlyBooks(scrape(t, books(&store), everybody)), onlyBooks(scrape(t, m, everybody))); diff != "" {
			t.Errorf("after question %d failed once (-want +got):\n%s", fails, diff)
		}
	}
}

func TestBooksAreReadOnceForAllScrapes(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	put(t, &store, "home", entry(time.Minute, "m-image-unit", "1", "-1", "USD"))
	var readings, reading atomic.Int64
	m := books(observed{&store, func(question string) error {
		switch question {
		case "accounts":
			readings.Add(1)
			if reading.Add(1) > 1 {
				t.Error("two readings at once")
			}
		case "balance": // near the end
			reading.Add(-1)
		}
		return nil
	}})
	together := func() {
		texts := make([]string, 16)
		var scrapes gosync.WaitGroup
		for i := range texts {
			scrapes.Go(func() { texts[i] = strings.Join(onlyBooks(scrape(t, m, everybody)), "") })
		}
		scrapes.Wait()
		if len(slices.Compact(texts)) != 1 {
			t.Error("scrapes of the same books differ")
		}
	}
	together()
	together()
	if n := readings.Load(); n != 1 {
		t.Errorf("the same books were read %d times", n)
	}
	put(t, &store, "home", entry(time.Minute, "m-image-unit", "1", "-2", "USD"))
	together()
	if n := readings.Load(); n != 2 {
		t.Errorf("books that changed once were read %d times", n)
	}
	want(t, samples(t, scrape(t, m, everybody)), map[string]float64{
		`ducat_spend_total{account="home",currency="USD",meter="image",model="m"}`: 2,
	})
}

// TestBooksThatChangeWhileRead has an entry come between the sums and the requests.
func TestBooksThatChangeWhileRead(t *testing.T) {
	t.Parallel()
	for _, changes := range []int{1, 2, 10} {
		var store ledgertest.Memory
		one := entry(time.Minute, "m-image-unit", "1", "-1", "USD")
		put(t, &store, "home", one)
		posted, accounts := 1, 0
		m := books(observed{&store, func(question string) error {
			if question == "accounts" {
				accounts++
			}
			if question == "coverage" && posted <= changes {
				posted++
				put(t, &store, "home", slices.Repeat([]venice.UsageEntry{one}, posted)...)
			}
			return nil
		}})
		all := samples(t, scrape(t, m, everybody))
		spend, recent := all[`ducat_spend_total{account="home",currency="USD",meter="image",model="m"}`],
			all[`ducat_recent_spend{account="home",currency="USD",window="1h"}`]
		if changes <= 2 && (spend != float64(1+changes) || recent != spend) {
			t.Errorf("%d changes: spend %v, of it in the last hour %v", changes, spend, recent)
		}
		if accounts != min(changes+1, 3) || all["ducat_books_up"] != 1 {
			t.Errorf("%d changes: %d readings, up %v", changes, accounts, all["ducat_books_up"])
		}
	}
}

// TestScrapeThatIsGivenUp lets a client leave while it waits for another's reading.
func TestScrapeThatIsGivenUp(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	put(t, &store, "home", entry(time.Minute, "m-image-unit", "1", "-1", "USD"))
	began, goOn := make(chan struct{}), make(chan struct{})
	var once gosync.Once
	m := books(observed{&store, func(question string) error {
		once.Do(func() {
			close(began)
			<-goOn
		})
		return nil
	}})
	first := make(chan string)
	go func() { first <- scrape(t, m, everybody) }()
	<-began
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	seenBy(everybody, m.Handler()).ServeHTTP(w, httptest.NewRequestWithContext(impatient, "GET", "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || samples(t, string(body))["ducat_books_up"] != 0 {
		t.Errorf("a scrape that did not wait: %s", body)
	}
	close(goOn)
	if up := samples(t, <-first)["ducat_books_up"]; up != 1 {
		t.Errorf("the scrape that waited says up %v", up)
	}
}
