package cli

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// On a terminal the demo ends by showing its books until it is interrupted.
func TestDemoServes(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 300, Now: atNoon})
	client, err := venice.NewClient(venice.WithAPIKey(server.AdminKey), venice.WithBaseURL(server.BaseURL))
	if err != nil {
		t.Fatal(err)
	}
	store, err := duckdb.Open(filepath.Join(t.TempDir(), "ledger.duckdb"), duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := ledger.Sync(t.Context(), store, client.Billing, config.Default, ledger.SyncOptions{Now: atNoon}); err != nil {
		t.Fatal(err)
	}
	reader, writer := io.Pipe()
	a := app{out: stream{Writer: writer, tty: true}, err: stream{Writer: io.Discard}, env: os.Getenv, now: atNoon}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ended := make(chan error, 1)
	go func() {
		err := a.demoServe(ctx, server, client, store)
		writer.Close()
		ended <- err
	}()
	var said strings.Builder
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)
	for piece := make([]byte, 1000); !address.MatchString(said.String()); {
		n, err := reader.Read(piece)
		said.Write(piece[:n])
		if err != nil {
			t.Fatalf("%v after %q: %v", err, said.String(), <-ended)
		}
	}
	response, err := http.Get(address.FindString(said.String()) + "api/v1/billing/usage?limit=1")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || !strings.Contains(string(text), `"total":30`) { // and one more, since it is used

		t.Errorf("%v, %s", err, text)
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// What 'serve' and 'token' print has the fields that docs/json.md says.
func TestServeJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	b := newBookkeeper(t)
	b.env[config.EnvConfig] = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(b.env[config.EnvConfig], nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ heading, command string }{
		{"## `ducat token add -o json`", "token add alice --expires 1d -o json"},
		{"## `ducat token list -o json`", "token list -o json"},
	} {
		got := b.run(t, strings.Fields(test.command)...)
		if diff := cmp.Diff(fieldsOf(t, documented(t, string(text), test.heading)), fieldsOf(t, got.stdout)); diff != "" {
			t.Errorf("%s (-documented +printed):\n%s%s", test.command, diff, got.stderr)
		}
	}
	// What it says first ends it.
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	stdout := &endsAtWrite{end: interrupt}
	a := app{out: stream{Writer: stdout}, err: stream{Writer: io.Discard}, env: func(name string) string { return b.env[name] }, now: atNoon}
	if code := a.run(ctx, strings.Fields("serve --listen 127.0.0.1:0 -o json")); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	if diff := cmp.Diff(fieldsOf(t, documented(t, string(text), "## `ducat serve -o json`")), fieldsOf(t, stdout.String())); diff != "" {
		t.Errorf("serve (-documented +printed):\n%s", diff)
	}
}

// An endsAtWrite is a text that ends something when it is written.
type endsAtWrite struct {
	strings.Builder
	end func()
}

func (e *endsAtWrite) Write(b []byte) (int, error) {
	e.end()
	return e.Builder.Write(b)
}
