package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// A served is the 'ducat serve' that runs beside a script, which has it in its
// values as servedKey.
type served struct {
	process *os.Process
	url     string
	log     *logbook   // its stderr
	end     chan error // gets what it ended with; nil if nothing is served
}

type servedKey struct{}

// startServe starts 'ducat serve -o json' on a free port; its first line is the stdout.
func startServe(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	if neg || s.end != nil {
		ts.Fatalf("usage: serve [flags], once at a time")
	}
	cmd := exec.Command("ducat", append([]string{"serve", "--listen", "127.0.0.1:0", "-o", "json"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "GORACE", "DUCAT_LEDGER", "DUCAT_CONFIG", envKey, envBaseURL} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	// A script may serve again: what waits for this process must not look into s.
	log, end := newLogbook(), make(chan error, 1)
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	go func() {
		end <- cmd.Wait()
		log.close()
	}()
	ts.Defer(func() {
		_ = cmd.Process.Kill() // nothing is left to kill, unless the script failed
		log.wait()
	})
	if err != nil {
		ts.Fatalf("no first line on stdout: %v: %s", err, log.text())
	}
	var first struct{ URL string }
	ts.Check(json.Unmarshal(line, &first))
	*s = served{cmd.Process, strings.TrimSuffix(first.URL, "/"), log, end}
	_, err = ts.Stdout().Write(line)
	ts.Check(err)
}

// ask wants a status for a path; arguments after these are lines of header.
func ask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: ask status path [header ...]")
	}
	request, err := http.NewRequest(http.MethodGet, ts.Value(servedKey{}).(*served).url+args[1], nil)
	ts.Check(err)
	for _, line := range args[2:] {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	ts.Check(err)
	text, err := io.ReadAll(response.Body)
	ts.Check(err)
	ts.Check(response.Body.Close())
	_, err = fmt.Fprintf(ts.Stdout(), "%s\n", text)
	ts.Check(err)
	if want, err := strconv.Atoi(args[0]); err != nil || response.StatusCode != want {
		ts.Fatalf("%s: %d, want %s", args[1], response.StatusCode, args[0])
	}
}

// awaitLog waits until the log of what is served has a text.
func awaitLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: awaitlog text")
	}
	if log := ts.Value(servedKey{}).(*served).log; !log.await(args[0]) {
		ts.Fatalf("it ended without %q: %s", args[0], log.text())
	}
}

// endServe ends what is served by SIGTERM and wants exit code 0; the log is the
// stderr, and must hold none of the texts that are given.
func endServe(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	if neg || s.end == nil {
		ts.Fatalf("usage: endserve [secret ...], while something is served")
	}
	ts.Check(s.process.Signal(syscall.SIGTERM))
	err := <-s.end
	s.end = nil
	text := s.log.text()
	_, _ = io.WriteString(ts.Stderr(), text)
	if err != nil {
		ts.Fatalf("%v: %s", err, text)
	}
	for _, secret := range append(args, ts.Getenv("ADMIN_KEY")) {
		if secret != "" && strings.Contains(text, secret) {
			ts.Fatalf("a secret is in the log: %s", text)
		}
	}
}

// A logbook is what a process writes.
type logbook struct {
	mu      sync.Mutex
	changed *sync.Cond
	written bytes.Buffer
	closed  bool
}

func newLogbook() *logbook {
	l := new(logbook)
	l.changed = sync.NewCond(&l.mu)
	return l
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed.Broadcast()
	return l.written.Write(b)
}

func (l *logbook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.String()
}

// close says that nothing comes any more.
func (l *logbook) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.changed.Broadcast()
}

// wait returns when nothing comes any more.
func (l *logbook) wait() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed {
		l.changed.Wait()
	}
}

// await returns when a text has come, or false if it never will.
func (l *logbook) await(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && !strings.Contains(l.written.String(), text) {
		l.changed.Wait()
	}
	return strings.Contains(l.written.String(), text)
}

// keepToken puts the token that was printed last into a variable.
func keepToken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: keeptoken variable")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}
