package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// process is the real command, ready to start, with nothing in its environment
// but what it asks for.
func process(t *testing.T, baseURL, key string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ducat", args...)
	cmd.Env = []string{envBaseURL + "=" + baseURL, envKey + "=" + key, "GORACE=" + noExitSleep}
	return cmd
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return -1
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		signal os.Signal
		args   []string
	}{
		{"plain", os.Interrupt, nil},
		{"legacy, quoted", syscall.SIGTERM, []string{"--legacy", "--csv", "quoted", "--now", "2026-06-15T12:00:00Z", "--latency", "1ms"}},
		{"with faults", os.Interrupt, []string{"--faults", "numbers-as-strings"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dump := filepath.Join(t.TempDir(), "truth.ndjson")
			server := exec.CommandContext(t.Context(), "ducat", append([]string{"simulate", "--seed", "7", "--entries", "600", "--dump", dump}, test.args...)...)
			server.Env = []string{"GORACE=" + noExitSleep}
			var stderr bytes.Buffer
			server.Stderr = &stderr
			stdout, err := server.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(stdout)
			line, err := lines.ReadBytes('\n')
			if err != nil {
				t.Fatal(err)
			}
			var first struct{ BaseURL, AdminKey, InferenceKey string }
			if err := json.Unmarshal(line, &first); err != nil {
				t.Fatal(err)
			}
			truth, err := os.Open(dump)
			if err != nil {
				t.Fatal(err)
			}
			defer truth.Close()
			want, err := readNDJSONRows(truth)
			if err != nil || len(want) != 600 {
				t.Fatalf("%d entries in the dump, %v", len(want), err)
			}

			text, err := process(t, first.BaseURL, first.AdminKey, "usage", "--all", "-o", "ndjson").Output()
			if err != nil {
				t.Error(err)
			}
			got, err := readNDJSONRows(bytes.NewReader(text))
			if err != nil {
				t.Error(err)
			}
			if strings.Join(sortedKeys(got), "\n") != strings.Join(sortedKeys(want), "\n") {
				t.Error("the entries are not those of the dump")
			}
			if code := exitCode(t, process(t, first.BaseURL, first.InferenceKey, "usage").Run()); code != exitKey {
				t.Errorf("exit code %d with the inference key, want %d", code, exitKey)
			}

			if err := server.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(lines)
			if err != nil || len(rest) > 0 {
				t.Errorf("%q, %v after the first line", rest, err)
			}
			if code := exitCode(t, server.Wait()); code != 0 || stderr.Len() > 0 {
				t.Errorf("exit code %d and %q on stderr, want 0 and nothing", code, stderr.String())
			}
		})
	}
}

// hangingServer answers so many requests of the usage history and then hangs.
// It says so on the channel.
func hangingServer(t *testing.T, entries, answers int) (server *venicetest.Server, url string, hanging <-chan struct{}) {
	t.Helper()
	server, err := venicetest.New(venicetest.Config{
		Entries: entries, Now: atNoon,
		Faults: []venicetest.Fault{{Kind: venicetest.FaultHang, Route: "usage-history", After: answers}},
	})
	if err != nil {
		t.Fatal(err)
	}
	reached := make(chan struct{})
	var asked atomic.Int64
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "usage-history") && asked.Add(1) == int64(answers)+1 {
			close(reached)
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.Close()
		listener.Close()
	})
	return server, listener.URL + "/api/v1", reached
}

func TestInterruptedWalkKeepsWholeLines(t *testing.T) {
	t.Parallel()
	server, url, hanging := hangingServer(t, 3500, 2)
	cmd := process(t, url, server.AdminKey, "usage", "--all", "-o", "ndjson")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-hanging
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	rows, err := readNDJSONRows(&stdout)
	if err != nil || len(rows) != 2000 {
		t.Errorf("%d entries, %v, want 2000", len(rows), err)
	}
	const message = `"message":"interrupted; 2000 entries were written, the last of `
	if !strings.Contains(stderr.String(), message) || strings.Contains(stderr.String(), server.AdminKey) {
		t.Errorf("stderr is %s", stderr.String())
	}
}

func TestClosedPipeEndsQuietly(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 5000, Now: atNoon})
	for _, format := range []string{"ndjson", "csv", "json", "table"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd := process(t, server.BaseURL, server.AdminKey, "usage", "--all", "-o", format)
			var stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = writer, &stderr
			if err := errors.Join(cmd.Start(), writer.Close()); err != nil {
				t.Fatal(err)
			}
			if _, err := bufio.NewReader(reader).ReadString('\n'); err != nil {
				t.Error(err)
			}
			if err := reader.Close(); err != nil {
				t.Error(err)
			}
			if code := exitCode(t, cmd.Wait()); code != 0 || stderr.Len() > 0 {
				t.Errorf("exit code %d, stderr %q", code, stderr.String())
			}
		})
	}
}
