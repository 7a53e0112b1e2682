package metrics_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/metrics"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

// A prometheus is one that runs, with the files of deploy/prometheus.
type prometheus struct {
	url   string
	ended <-chan struct{}
}

// startPrometheus runs one that scrapes target, with the example's configuration.
func startPrometheus(t *testing.T, target, token string) prometheus {
	t.Helper()
	program, dir := tool(t, "prometheus"), t.TempDir()
	config := file(t, "deploy", "prometheus", "prometheus.yml")
	for old, with := range map[string]string{"127.0.0.1:8080": target, "scrape_interval: 30s": "scrape_interval: 1s"} {
		if !strings.Contains(config, old) {
			t.Fatalf("the example does not say %q", old)
		}
		config = strings.Replace(config, old, with, 1)
	}
	for name, text := range map[string]string{"prometheus.yml": config, "ducat.token": token,
		"ducat.rules.yml": file(t, "deploy", "prometheus", "ducat.rules.yml")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address=127.0.0.1:0", "--log.format=logfmt")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, ended := make(chan string, 1), make(chan struct{})
	var log strings.Builder // to be read when ended
	go func() {
		defer close(ended)
		listening := regexp.MustCompile(`msg="Listening on".* address=(\S+)`)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			log.WriteString(lines.Text() + "\n")
			if found := listening.FindStringSubmatch(lines.Text()); found != nil {
				address <- found[1]
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		_ = cmd.Wait() // killed
	})
	select {
	case at := <-address:
		return prometheus{"http://" + at, ended}
	case <-ended:
		t.Fatalf("prometheus ended:\n%s", &log)
	}
	return prometheus{}
}

// get asks the API for data.
func (p prometheus) get(t *testing.T, path string, query url.Values, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", p.url+path+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer := struct{ Data any }{into}
	if err := json.Unmarshal(body, &answer); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: status %d, %v: %s", path, query, resp.StatusCode, err, body)
	}
}

// query is the value of each series that an expression gives at an instant, named
// by the values of some labels, with spaces between.
func (p prometheus) query(t *testing.T, at time.Time, expr string, labels ...string) map[string]float64 {
	t.Helper()
	var data struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
	p.get(t, "/api/v1/query", url.Values{"query": {expr}, "time": {at.UTC().Format(time.RFC3339Nano)}}, &data)
	found := map[string]float64{}
	for _, r := range data.Result {
		var name []string
		for _, l := range labels {
			name = append(name, r.Metric[l])
		}
		value, err := strconv.ParseFloat(r.Value[1].(string), 64)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.Join(name, " ")] = value
	}
	return found
}

// afterScrape is an instant shortly after a good scrape. On a busy machine some
// run out of time, which ends the series for whoever asks later.
func (p prometheus) afterScrape(t *testing.T, scraped <-chan time.Time) time.Time {
	t.Helper()
	var last time.Time
	for {
		select {
		case next := <-scraped: // so Prometheus has kept the one before
			if !last.IsZero() {
				at := last.Add(10 * time.Millisecond) // it moves its times a little
				if p.query(t, at, `up{job="ducat"}`)[""] == 1 {
					return at
				}
			}
			last = next
		case <-p.ended:
			t.Fatal("Prometheus ended before a good scrape")
		}
	}
}

func TestPrometheusHasTheSameSums(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	simulated := account(t, 1, 3000)
	m := metrics.New(metrics.Options{Books: &store, Now: clock, Version: "v1.2.3", Sync: func() syncing.State {
		return syncing.State{Every: 5 * time.Minute, Rounds: 3, Ended: now, Succeeded: now}
	}})
	sync(t, &store, simulated, "home", m.Transport(simulated.Transport()))

	mux, scraped := http.NewServeMux(), make(chan time.Time, 1)
	mux.Handle("GET /metrics", seenBy(everybody, m.Handler()))
	server := httptest.NewServer(m.Instrument(mux, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer duc_secret" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			t.Errorf("a scrape without the token: %q", r.Header.Get("Authorization"))
			return
		}
		mux.ServeHTTP(w, r)
		select { // not every scrape need be known of
		case scraped <- time.Now():
		default:
		}
	})))
	defer server.Close()
	p := startPrometheus(t, strings.TrimPrefix(server.URL, "http://"), "duc_secret")
	at := p.afterScrape(t, scraped)

	truth := oracle{}
	truth.account("home", simulated.Entries())
	labels := regexp.MustCompile(`"([^"]*)"`)
	kept := map[string]map[string]float64{}
	for _, metric := range usageMetrics {
		kept[metric] = p.query(t, at, metric, "account", "currency", "meter", "model")
	}
	sums := map[string]float64{}
	for series, exact := range truth {
		metric, _, _ := strings.Cut(series, "{")
		values := []string{"", "", "", ""}
		for i, found := range labels.FindAllStringSubmatch(series, -1) {
			values[i] = found[1]
		}
		if metric == "ducat_model_requests_total" {
			values = []string{values[0], "", "", values[1]}
		}
		nearest, _ := exact.Float64()
		if got, ok := kept[metric][strings.Join(values, " ")]; !ok || got != nearest {
			t.Errorf("Prometheus has %s of %s, want %v", shown(got, ok), series, nearest)
		}
		delete(kept[metric], strings.Join(values, " "))
		if metric == "ducat_spend_total" {
			sums[values[1]] += nearest
		}
	}
	for metric, rest := range kept {
		if len(rest) > 0 {
			t.Errorf("Prometheus has more of %s: %v", metric, rest)
		}
	}
	for currency, got := range p.query(t, at, "sum by (currency) (ducat_spend_total)", "currency") {
		if math.Abs(got-sums[currency]) > 1e-9*math.Abs(got) { // it adds floats up in its own order
			t.Errorf("Prometheus adds up %v %s, want %v", got, currency, sums[currency])
		}
		delete(sums, currency)
	}
	if len(sums) > 0 {
		t.Errorf("Prometheus has no sums of %v", sums)
	}
	p.takes(t, at)
}

// takes checks what is to be asked of Prometheus: it parses every expression,
// and each names only what is shown.
func (p prometheus) takes(t *testing.T, at time.Time) {
	t.Helper()
	known := labelsOf(t)
	var rules struct {
		Groups []struct {
			Rules []struct{ Name, Query, Health string }
		}
	}
	p.get(t, "/api/v1/rules", nil, &rules)
	count := 0
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			count++
			onlyKnown(t, rule.Name, rule.Query, known)
			p.query(t, at, rule.Query)
		}
	}
	if alerts := strings.Count(file(t, "deploy", "prometheus", "ducat.rules.yml"), "- alert:"); count != alerts || count == 0 {
		t.Errorf("Prometheus loaded %d of %d alerts", count, alerts)
	}
	variables := strings.NewReplacer("$__rate_interval", "2m", "$__interval", "1m", "$account", ".+", "$currency", "USD")
	for _, panel := range dashboard(t).Panels {
		for _, target := range panel.Targets {
			p.query(t, at, variables.Replace(target.Expr))
		}
	}
}
