package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A person who sends a walk to a file sees it count; nobody else does.
func TestProgress(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 60, Now: atNoon})
	for _, test := range []struct {
		name             string
		outTTY, errTTY   bool
		format, contains string
	}{
		{"to a file", false, true, "ndjson", "\r\x1b[K50 entries, "},
		{"csv to a file", false, true, "csv", "\r\x1b[K50 entries, "},
		{"to a terminal", true, true, "ndjson", ""},
		{"in a script", false, false, "ndjson", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			clock := noon
			a := app{
				out: stream{Writer: &stdout, tty: test.outTTY},
				err: stream{Writer: &stderr, tty: test.errTTY},
				env: environmentOf(server),
				now: func() time.Time { clock = clock.Add(20 * time.Millisecond); return clock },
			}
			if code := a.run(t.Context(), []string{"usage", "--all", "-o", test.format}); code != 0 {
				t.Fatalf("exit code %d: %s", code, stderr.String())
			}
			if strings.Count(stdout.String(), "\n") < 60 {
				t.Errorf("%d lines", strings.Count(stdout.String(), "\n"))
			}
			got := stderr.String()
			if test.contains == "" && got != "" {
				t.Errorf("stderr is %q", got)
			}
			if !strings.Contains(got, test.contains) || got != "" && !strings.HasSuffix(got, "\r\x1b[K") {
				t.Errorf("stderr is %q, want %q in it and the line cleared at the end", got, test.contains)
			}
		})
	}
}

// A person who waits for a retry is told why; a script is not.
func TestRetryNotice(t *testing.T) {
	t.Parallel()
	for _, tty := range []bool{true, false} {
		server := venicetest.NewServer(t, venicetest.Config{
			Entries: 5, Now: atNoon, NoLimits: true,
			Faults: []venicetest.Fault{{Kind: venicetest.Fault503, Times: 1}},
		})
		var stdout, stderr bytes.Buffer
		a := app{
			out: stream{Writer: &stdout},
			err: stream{Writer: &stderr, tty: tty},
			env: environmentOf(server),
			now: atNoon,
		}
		if code := a.run(t.Context(), []string{"balance"}); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr.String())
		}
		told := strings.Contains(stderr.String(), "trying again in ") && strings.Contains(stderr.String(), "503 server error")
		if told != tty {
			t.Errorf("terminal %v: stderr is %q", tty, stderr.String())
		}
	}
}
