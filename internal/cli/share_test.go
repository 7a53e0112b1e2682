package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// What other workers did is said, and is not done again where it is fresh.
func TestSyncSaysWhatOthersDid(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 30, Now: atNoon})
	folder := t.TempDir()
	file := filepath.Join(folder, "config.toml")
	toml := "[accounts.c]\nkey_env = 'KEY'\n[accounts.a]\nkey_env = 'KEY'\n[accounts.b]\nkey_env = 'KEY'\n"
	if err := os.WriteFile(file, []byte(toml), 0o600); err != nil {
		t.Fatal(err)
	}
	store := new(ledgertest.Memory)
	now := time.Now()
	theirs := ledger.Lease{Account: "b", Number: 1, Holder: "host:1:X", Since: now.Add(-time.Minute), Synced: now.Add(-time.Minute)}
	if err := store.PutLease(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	a := app{out: stream{Writer: &stdout}, err: stream{Writer: &stderr, tty: true}, now: atNoon, env: func(name string) string {
		return map[string]string{config.EnvLedger: filepath.Join(folder, "ledger.duckdb"), config.EnvConfig: file,
			"KEY": server.AdminKey, config.EnvBaseURL: server.BaseURL}[name]
	}}
	c, err := a.config()
	if err != nil {
		t.Fatal(err)
	}
	o := &syncOptions{parallel: 1, overlap: ledger.DefaultOverlap, watch: 5 * time.Minute,
		output: &choice{value: formatTable}, conn: &connection{timeout: time.Minute}}
	sync := func() string {
		stdout.Reset()
		if err := a.syncOnce(t.Context(), c, store, c.Accounts, o); err != nil {
			t.Fatal(err)
		}
		return stdout.String()
	}
	lines := strings.SplitAfter(sync(), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "a: up to") || !strings.HasPrefix(lines[1], "c: up to") || lines[2] != "Other workers did 1 account: b.\n" {
		t.Errorf("%q", lines)
	}
	o.output.value = formatJSON
	if got, want := sync(), `{"accounts":[],"others":["a","b","c"]}`+"\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}

	// A sync that is no round of a watch takes nobody's word for what is fresh,
	// but waits for who is at it.
	o.watch = 0
	ended := theirs
	theirs.Number, theirs.Since, theirs.Until = 2, time.Now(), time.Now().Add(time.Hour)
	ended.Number, ended.Since, ended.Synced = 3, time.Now().Add(time.Minute), time.Now().Add(time.Minute)
	if err := store.PutLease(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	a.err.Writer = writerFunc(func(text []byte) (int, error) {
		if strings.Contains(string(text), "waiting for other workers, who sync b (by host:1:X)") {
			return len(text), store.PutLease(context.WithoutCancel(t.Context()), ended)
		}
		return stderr.Write(text)
	})
	var round struct {
		Accounts []struct{ Account string }
		Others   []string
	}
	if err := json.Unmarshal([]byte(sync()), &round); err != nil || len(round.Accounts) != 2 || !slices.Equal(round.Others, []string{"b"}) {
		t.Errorf("%+v, %v", round, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(text []byte) (int, error) { return f(text) }
