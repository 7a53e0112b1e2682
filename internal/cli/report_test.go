package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/ducat-ledger/ducat/venice"
)

func TestReport(t *testing.T) {
	t.Parallel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	cut := &cutError{
		err:     fmt.Errorf("GET /x: %w", venice.ErrTimeout),
		order:   venice.Descending,
		written: written{Entries: 2, Last: new("2026-01-31T12:00:00.000Z")},
	}
	for _, test := range []struct {
		name   string
		ctx    context.Context
		err    error
		code   int
		stderr string
	}{
		{"closed pipe", t.Context(), fmt.Errorf("write: %w", syscall.EPIPE), 0, ""},
		{"parameter", t.Context(), &venice.ParamError{Param: "Limit", Value: "501", Allowed: "must be 1 to 500"}, 2,
			"ducat: invalid --limit 501: must be 1 to 500\n"},
		{"two faults", t.Context(), errors.Join(errors.New("one"), errors.New("two")), 1, "ducat: one; two\n"},
		{"escape sequence", t.Context(), errors.New("a\x1b[2Jb"), 1, "ducat: a\uFFFD[2Jb\n"},
		{"cut", t.Context(), cut, 4, "ducat: GET /x: timed out; 2 entries were written, the last of 2026-01-31T12:00:00.000Z; the earlier ones are missing\n"},
		{"interrupted", gone, fmt.Errorf("GET /x: %w", context.Canceled), 130, "ducat: interrupted\n"},
		{"cut by interrupt", gone, cut, 130, "ducat: interrupted; 2 entries were written, the last of 2026-01-31T12:00:00.000Z; the earlier ones are missing\n"},
	} {
		var stderr bytes.Buffer
		a := app{err: stream{Writer: &stderr}}
		if code := a.report(test.ctx, test.err, false); code != test.code || stderr.String() != test.stderr {
			t.Errorf("%s: exit code %d and %q, want %d and %q", test.name, code, stderr.String(), test.code, test.stderr)
		}
	}
}

func TestReportJSON(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	a := app{err: stream{Writer: &stderr}}
	err := &venice.ParamError{Param: "Limit", Value: "501", Allowed: "must be 1 to 500"}
	if code := a.report(t.Context(), err, true); code != 2 {
		t.Errorf("exit code %d", code)
	}
	const want = `{"error":{"message":"invalid --limit 501: must be 1 to 500","exitCode":2,"category":"usage",` +
		`"status":null,"requestId":null,"param":"--limit","written":null}}` + "\n"
	if stderr.String() != want {
		t.Errorf("got %s\nwant %s", stderr.String(), want)
	}
}

func TestWantsJSON(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"balance":                        false,
		"balance -o json":                true,
		"usage --bad -o ndjson":          true,
		"usage -ojson":                   true,
		"usage -o=json --bad":            true,
		"usage --output json":            true,
		"usage --output=ndjson":          true,
		"usage -o csv":                   false,
		"usage -o":                       false,
		"usage --output jsonn":           false,
		"simulate --dump x --addr :json": false,
	} {
		if got := wantsJSON(strings.Fields(line)); got != want {
			t.Errorf("%s: %t", line, got)
		}
	}
}

// Help that nobody reads to its end is no failure, and one that cannot be written is.
func TestHelpIsWritten(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"", "--help", "report --help", "help report", "ledger", "--version", "completion bash"} {
		for _, test := range []struct {
			err    error
			code   int
			stderr string
		}{
			{&os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, exitDone, ""},
			{&os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}, exitFailed, "ducat: write /dev/stdout: no space left on device\n"},
		} {
			var stderr strings.Builder
			failing := writerFunc(func([]byte) (int, error) { return 0, test.err })
			a := app{out: stream{Writer: failing}, err: stream{Writer: &stderr}, env: func(string) string { return "" }, now: atNoon}
			if code := a.run(t.Context(), strings.Fields(args)); code != test.code || stderr.String() != test.stderr {
				t.Errorf("%q after %v: exit code %d and %q, want %d and %q", args, test.err, code, stderr.String(), test.code, test.stderr)
			}
		}
	}
}
