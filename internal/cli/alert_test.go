package cli

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A counter closes a channel when so many lines of syncs are written.
type counter struct {
	bytes.Buffer
	left int
	done chan struct{}
}

func (c *counter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "up to") {
		if c.left--; c.left == 0 {
			close(c.done)
		}
	}
	return c.Buffer.Write(p)
}

// A receiver that does not answer keeps no sync from its work: it answers only
// when several have ended.
func TestDeadReceiverDelaysNoSync(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		syncs int
		run   func(context.Context, app, *config.Config, ledger.Store, *syncOptions) error
	}{
		"one": {1, func(ctx context.Context, a app, _ *config.Config, _ ledger.Store, _ *syncOptions) error {
			if code := a.run(ctx, []string{"sync"}); code != exitDone {
				return fmt.Errorf("exit code %d", code)
			}
			return nil
		}},
		"watch": {4, func(ctx context.Context, a app, c *config.Config, s ledger.Store, o *syncOptions) error {
			if err := a.syncForEver(ctx, c, s, c.Accounts, o); ctx.Err() == nil {
				return err
			}
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			server := venicetest.NewServer(t, venicetest.Config{NoLimits: true, Now: atNoon})
			server.Post(venicetest.Entry{Timestamp: noon.Add(-30 * time.Minute), SKU: "x", Amount: "-10", Currency: "USD"})
			out := &counter{left: test.syncs, done: make(chan struct{})}
			var told sync.WaitGroup
			told.Add(1)
			hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				select {
				case <-out.done:
					told.Done()
				case <-r.Context().Done():
					t.Error("the receiver was left before the syncs had ended")
				}
			}))
			defer hook.Close()
			b := newBudgeteer(t, server, "[budgets.team]\namount = '10'\ncurrency = 'USD'\nperiod = 'epoch'\nalerts = ['ops']\n"+
				"[alerts.ops]\ntype = 'webhook'\nurl = '"+hook.URL+"'\n")
			var stderr bytes.Buffer
			a := app{out: stream{Writer: out}, err: stream{Writer: &stderr}, env: func(name string) string { return b.env[name] }, now: atNoon}
			c, store, err := a.books()
			if err != nil {
				t.Fatal(err)
			}
			o := &syncOptions{parallel: 1, overlap: ledger.DefaultOverlap, watch: time.Millisecond,
				output: &choice{value: formatTable}, conn: &connection{timeout: time.Minute}}
			var running sync.WaitGroup
			running.Go(func() {
				if err := test.run(ctx, a, c, store, o); err != nil {
					t.Errorf("%v: %s", err, stderr.String())
				}
			})
			told.Wait()
			if name == "watch" {
				cancel()
			}
			running.Wait()
		})
	}
}

// newBudgeteer is a user of the server with a configuration.
func newBudgeteer(t *testing.T, server *venicetest.Server, toml string) *bookkeeper {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "config.toml")
	if err := os.WriteFile(file, []byte(toml), 0o600); err != nil {
		t.Fatal(err)
	}
	return &bookkeeper{map[string]string{
		config.EnvLedger: filepath.Join(folder, "ledger.duckdb"), config.EnvConfig: file,
		config.EnvKey: server.AdminKey, config.EnvBaseURL: server.BaseURL,
	}}
}
