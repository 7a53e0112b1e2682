package alert

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

// TestMain lets the test binary be the program of a receiver.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "receive" {
		os.Exit(receive(os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

// receive writes what a program gets to a file: its arguments, its environment,
// its stdin.
func receive(args []string) int {
	switch args[0] {
	case "fail":
		return 3
	case "hang":
		time.Sleep(time.Hour)
	}
	body, err := io.ReadAll(os.Stdin)
	text := strings.Join(args[1:], "\n") + "\n" + strings.Join(os.Environ(), "\n") + "\n" + string(body)
	if err != nil || os.WriteFile(args[0], []byte(text), 0o600) != nil {
		return 1
	}
	return 0
}

// noon is when tests take place.
var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// An office is a ledger with a configuration.
type office struct {
	t      *testing.T
	folder string
	env    map[string]string
	store  ledgertest.Memory
	spent  []venice.UsageEntry
}

func newOffice(t *testing.T, toml string) *office {
	o := &office{t: t, folder: t.TempDir(), env: map[string]string{}}
	o.env[config.EnvLedger] = filepath.Join(o.folder, "ledger")
	o.env[config.EnvConfig] = filepath.Join(o.folder, "config.toml")
	o.configure(toml)
	return o
}

func (o *office) configure(toml string) {
	o.t.Helper()
	if err := os.WriteFile(o.env[config.EnvConfig], []byte(toml), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// spend keeps an entry, and has all read up to just behind it.
func (o *office) spend(amount string, at time.Time) {
	o.t.Helper()
	o.spent = append(o.spent, venice.UsageEntry{Timestamp: at, SKU: "x", Currency: venice.USD,
		Amount: decimal.RequireFromString(amount).Neg()})
	w := ledger.Window{Start: ledger.Beginning, End: at.Add(time.Second)}
	reading := ledger.Reading{Window: w, ReadAt: w.End}
	for _, e := range o.spent {
		if w.Contains(e.Timestamp) {
			reading.Entries = append(reading.Entries, e)
		}
	}
	if _, err := o.store.Replace(o.t.Context(), config.Default, []ledger.Reading{reading}); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) round(now time.Time) ([]Outcome, error) { return o.roundIn(o.t.Context(), now) }

func (o *office) roundIn(ctx context.Context, now time.Time) ([]Outcome, error) {
	env := func(name string) string { return o.env[name] }
	c, err := config.Load(env)
	if err != nil {
		o.t.Error(err)
		return nil, err
	}
	return Round(ctx, &o.store, c, env, now)
}

// told makes a round that has to go well, and returns "receiver threshold" for
// each alert, with "!" behind it where it failed.
func (o *office) told(now time.Time) string {
	o.t.Helper()
	outcomes, err := o.round(now)
	if err != nil {
		o.t.Error(err)
	}
	var texts []string
	for _, outcome := range outcomes {
		text := fmt.Sprint(outcome.Receiver, " ", outcome.Alert.Threshold)
		if outcome.Err != nil {
			text += "!"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

func (o *office) state() string { return o.env[config.EnvLedger] + ".alerts.json" }

// A post is what a webhook got.
type post struct {
	header http.Header
	body   string
}

// A hook is a webhook that remembers, and answers as told.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	posts  []post
	answer func(http.ResponseWriter, *http.Request)
}

func newHook(t *testing.T) *hook {
	h := new(hook)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost {
			t.Errorf("%s: %v", r.Method, err)
		}
		h.mu.Lock()
		h.posts = append(h.posts, post{r.Header, string(body)})
		answer := h.answer
		h.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) answers(answer func(http.ResponseWriter, *http.Request)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = answer
}

func (h *hook) got() []post {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.posts
}

// webhook configures a budget of 100 USD an epoch with a webhook as receiver.
func webhook(url string) string {
	return budget + "alerts = ['ops']\n[alerts.ops]\ntype = 'webhook'\nurl = '" + url + "'\n"
}

const budget = "[budgets.team]\namount = '100'\ncurrency = 'USD'\nperiod = 'epoch'\n"
