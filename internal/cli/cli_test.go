package cli

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// TestMain lets the scripts, and tests that need a process, run the real command.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ducat": func() { os.Exit(Main()) }})
}

// noon is when tests take place.
var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// outcome is what a command line led to.
type outcome struct {
	stdout, stderr string
	code           int
}

// environmentOf is what a user of the server has in the environment.
func environmentOf(server *venicetest.Server) func(string) string {
	env := map[string]string{envKey: server.AdminKey, envBaseURL: server.BaseURL}
	return func(name string) string { return env[name] }
}

// runDucat carries out a command line in this process.
func runDucat(ctx context.Context, server *venicetest.Server, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	a := app{
		out: stream{Writer: &stdout},
		err: stream{Writer: &stderr},
		env: environmentOf(server),
		now: atNoon,
	}
	code := a.run(ctx, args)
	return outcome{stdout.String(), stderr.String(), code}
}
