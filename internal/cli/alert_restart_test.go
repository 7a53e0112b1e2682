package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

var alertRestarts = flag.Int("restarts", 8, "how often TestAlertsAcrossRestarts kills the command")

// A watchman is a household whose budget has a webhook. Its thresholds are each
// tenth of the amount, and it has hours until its period ends.
type watchman struct {
	household
	config string
	server *venicetest.Server

	mu     sync.Mutex
	asked  int                         // requests to Venice of this run
	posts  map[int][]map[string]string // what the webhook got, by threshold
	count  int                         // how many they are
	onWork func(what string, n int)    // is told of each request to Venice and each alert
}

func newWatchman(t *testing.T, kind storeKind) *watchman {
	t.Helper()
	server, err := venicetest.New(venicetest.Config{NoLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	w := &watchman{server: server, posts: map[int][]map[string]string{}, onWork: func(string, int) {}}
	api := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked++
		w.onWork("asked", w.asked)
		w.mu.Unlock()
		server.ServeHTTP(rw, r)
	}))
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var alert struct{ Threshold int }
		if err != nil || json.Unmarshal(body, &alert) != nil {
			return // killed while it sent
		}
		w.mu.Lock()
		w.posts[alert.Threshold] = append(w.posts[alert.Threshold], map[string]string{"id": r.Header.Get("Idempotency-Key"), "body": string(body)})
		w.count++
		w.onWork("told", 1)
		w.mu.Unlock()
		rw.WriteHeader(http.StatusNoContent)
		_ = http.NewResponseController(rw).Flush() // fails when it was killed
		w.mu.Lock()
		w.onWork("answered", 1)
		w.mu.Unlock()
	}))
	t.Cleanup(func() {
		server.Close()
		api.Close()
		hook.Close()
	})
	folder := t.TempDir()
	w.household = household{api.URL + "/api/v1", server.AdminKey, kind.shelf(t)}
	w.config = filepath.Join(folder, "config.toml")
	var tenths []string
	for n := 10; n <= 1000; n += 10 {
		tenths = append(tenths, fmt.Sprint(n))
	}
	if err := os.WriteFile(w.config, []byte("[budgets.team]\namount = '100'\ncurrency = 'USD'\nperiod = 'day'\ntz = '"+zoneAtNoon()+
		"'\nthresholds = ["+strings.Join(tenths, ", ")+"]\nalerts = ['ops']\n[alerts.ops]\ntype = 'webhook'\nurl = '"+hook.URL+"'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// zoneAtNoon is a zone where it is about noon now, so that no day ends soon.
func zoneAtNoon() string {
	switch ahead := 12 - time.Now().UTC().Hour(); {
	case ahead > 0:
		return fmt.Sprintf("Etc/GMT-%d", ahead) // ahead of UTC, as POSIX writes it
	case ahead < 0:
		return fmt.Sprintf("Etc/GMT+%d", -ahead)
	}
	return "UTC"
}

// spend posts a tenth of the budget.
func (w *watchman) spend() {
	w.server.Post(venicetest.Entry{Timestamp: time.Now().Add(-30 * time.Minute), SKU: "x", Amount: "-10", Currency: "USD"})
}

// sync runs the command, and kills it at the moment, of which stop says what and
// how many of it. It says whether it was killed.
func (w *watchman) sync(t *testing.T, stop string, n int, delay time.Duration) bool {
	t.Helper()
	reached := make(chan struct{})
	var once sync.Once
	w.mu.Lock()
	w.asked = 0
	w.onWork = func(what string, i int) {
		if what == stop && i == n {
			once.Do(func() { close(reached) })
		}
	}
	w.mu.Unlock()
	cmd := w.command(t, "sync")
	cmd.Env = append(cmd.Env, config.EnvConfig+"="+w.config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var moment <-chan time.Time
	for {
		select {
		case <-reached:
			reached, moment = nil, time.After(delay)
		case <-moment:
			_ = cmd.Process.Signal(syscall.SIGKILL) // fails when it has just ended
			moment = nil
		case err := <-ended:
			code := exitCode(t, err)
			if code != exitDone && code != -1 {
				t.Errorf("exit code %d", code)
			}
			return code == -1
		}
	}
}

// told is how many alerts of a threshold, and how many in all, have arrived.
func (w *watchman) told(threshold int) (of, all int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.posts[threshold]), w.count
}

// However often the command is killed, each threshold is told under one id.
//
//	go test ./internal/cli -run TestAlertsAcrossRestarts -restarts 50 -seed 3
func TestAlertsAcrossRestarts(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(max(1, *campaignSeed), 6))
	w := newWatchman(t, inFile)
	threshold, kills := 0, 0
	for range *alertRestarts {
		if of, _ := w.told(threshold); of > 0 || threshold == 0 {
			threshold += 10
			w.spend()
		}
		stop := []string{"asked", "told", "told", "answered"}[r.IntN(4)]
		n, delay := 1, time.Duration(r.IntN(3000))*time.Microsecond
		if stop == "asked" {
			n, delay = 1+r.IntN(3), time.Duration(r.IntN(60_000))*time.Microsecond
		}
		if w.sync(t, stop, n, delay) {
			kills++
		}
	}
	if w.sync(t, "", 0, 0) {
		t.Error("it was killed by nobody")
	}
	_, before := w.told(0)
	if w.sync(t, "", 0, 0); threshold < 10 {
		t.Fatal("nothing was spent")
	}
	if _, after := w.told(0); after != before {
		t.Errorf("%d alerts more by a sync that has nothing to tell", after-before)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := map[string]bool{}
	for n := 10; n <= threshold; n += 10 {
		posts := w.posts[n]
		if len(posts) == 0 {
			t.Errorf("%d %% was never told", n)
			continue
		}
		ids[posts[0]["id"]] = true
		for _, p := range posts {
			if p["id"] != posts[0]["id"] || p["body"] != posts[0]["body"] {
				t.Errorf("%d %% was told as %v and %v", n, posts[0], p)
			}
		}
	}
	if len(w.posts) != threshold/10 || len(ids) != len(w.posts) {
		t.Errorf("%d thresholds and %d ids were told, want %d", len(w.posts), len(ids), threshold/10)
	}
	t.Logf("%d restarts, %d of them killed at work; %d thresholds arrived in %d alerts", *alertRestarts, kills, len(w.posts), w.count)
}

// Processes that sync at the same time tell once.
func TestAlertOfTwoProcesses(t *testing.T) { onEveryStore(t, testAlertOfTwoProcesses) }

func testAlertOfTwoProcesses(t *testing.T, kind storeKind) {
	w := newWatchman(t, kind)
	w.spend()
	var syncs sync.WaitGroup
	for range 3 {
		syncs.Go(func() {
			cmd := w.command(t, "sync")
			cmd.Env = append(cmd.Env, config.EnvConfig+"="+w.config)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	syncs.Wait()
	if of, all := w.told(10); of != 1 || all != 1 {
		t.Errorf("%d alerts of 10 %%, %d in all; want one", of, all)
	}
}
