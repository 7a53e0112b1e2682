package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

const sharingWorkers = 4

// A platform has many accounts at Venice, one ledger, and several workers, each
// of which asks for the accounts at addresses of its own.
type platform struct {
	servers []*venicetest.Server
	url     string
	shelf   []string // what all workers have in the environment
	// gate is passed by each request, and may hold it up.
	gate func(r *http.Request, worker, account int)

	mu      sync.Mutex
	readers [][]int // of each account, the workers that began a sync
}

func newPlatform(t *testing.T, accounts int) *platform {
	t.Helper()
	p := &platform{
		shelf:   []string{config.EnvLedger + "=" + chdbtest.Database(t), "XDG_DATA_HOME=" + t.TempDir(), "GORACE=" + noExitSleep},
		readers: make([][]int, accounts),
	}
	for i := range accounts {
		server, err := venicetest.New(venicetest.Config{Seed: uint64(i), Entries: 5 + i%21})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		p.servers = append(p.servers, server)
		p.shelf = append(p.shelf, fmt.Sprintf("KEY_%d=%s", i, server.AdminKey))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/{worker}/{account}/{rest...}", func(w http.ResponseWriter, r *http.Request) {
		var worker, account int
		if _, err := fmt.Sscan(r.PathValue("worker")+" "+r.PathValue("account"), &worker, &account); err != nil {
			t.Error(err)
		}
		if strings.HasSuffix(r.URL.Path, "/balance") { // which a sync asks for once, and first
			p.mu.Lock()
			p.readers[account] = append(p.readers[account], worker)
			p.mu.Unlock()
		}
		if p.gate(r, worker, account); r.Context().Err() != nil {
			return
		}
		r.URL.Path = "/" + r.PathValue("rest")
		p.servers[account].ServeHTTP(w, r)
	})
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	p.url = front.URL
	return p
}

// read are the workers that read each account.
func (p *platform) read() [][]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.readers
}

// accountName is the name of an account, in their order.
func accountName(account int) string { return fmt.Sprintf("account-%03d", account) }

// A sharer is one of the workers, as a process.
type sharer struct {
	*exec.Cmd
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// start starts a worker that makes a round and then waits for long.
func (p *platform) start(t *testing.T, worker int) *sharer {
	t.Helper()
	var toml strings.Builder
	for i := range p.servers {
		fmt.Fprintf(&toml, "[accounts.%s]\nkey_env = 'KEY_%d'\nbase_url = '%s/%d/%d/api/v1'\n", accountName(i), i, p.url, worker, i)
	}
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte(toml.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &sharer{Cmd: exec.CommandContext(t.Context(), "ducat", "sync", "--watch", "1h", "--timeout", "5m", "-o", "json")}
	s.Env = append(slices.Clone(p.shelf), config.EnvConfig+"="+file)
	s.Stderr = &s.stderr
	stdout, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.stdout = bufio.NewReader(stdout)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// round is what a worker says that it and others did. Then it is interrupted.
func (s *sharer) round(t *testing.T) (own, others []string) {
	t.Helper()
	line, err := s.stdout.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, s.stderr.String())
	}
	var round struct {
		Accounts []struct {
			Account  string
			Complete bool
			Warnings []string
		}
		Others []string
	}
	if err := json.Unmarshal(line, &round); err != nil {
		t.Fatal(err)
	}
	for _, a := range round.Accounts {
		if !a.Complete || len(a.Warnings) > 0 {
			t.Errorf("%+v", a)
		}
		own = append(own, a.Account)
	}
	if err := s.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, s.Wait()); code != exitInterrupted || strings.Count(s.stderr.String(), "\n") != 1 {
		t.Errorf("exit code %d: %s", code, s.stderr.String())
	}
	return own, round.Others
}

// checkRounds lets each worker end its round, and wants them to have done all
// accounts but those that are excepted, each once.
func (p *platform) checkRounds(t *testing.T, workers []*sharer, excepted []string) {
	t.Helper()
	all := make([]string, len(p.servers))
	for i := range all {
		all[i] = accountName(i)
	}
	done := slices.Clone(excepted)
	for i, w := range workers {
		own, others := w.round(t)
		if len(own) == 0 {
			t.Errorf("worker %d did nothing", i)
		}
		done = append(done, own...)
		if together := slices.Sorted(slices.Values(slices.Concat(own, others))); !slices.Equal(together, all) {
			t.Errorf("worker %d knows of %d accounts that it did and %d of others, want all once", i, len(own), len(others))
		}
	}
	if slices.Sort(done); !slices.Equal(done, all) {
		t.Errorf("the workers did %d accounts, want each once: %v", len(done), done)
	}
}

// checkBooks exports the books and compares them with what each server has.
func (p *platform) checkBooks(t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ducat", "export", "--format", "ndjson")
	cmd.Env = p.shelf
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	exported := map[string][]byte{}
	for line := range bytes.Lines(text) {
		var of struct{ Account string }
		if err := json.Unmarshal(line, &of); err != nil {
			t.Fatal(err)
		}
		exported[of.Account] = append(exported[of.Account], line...)
	}
	if len(exported) != len(p.servers) {
		t.Errorf("the books have %d accounts", len(exported))
	}
	for i, server := range p.servers {
		rows, err := readNDJSONRows(bytes.NewReader(exported[accountName(i)]))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(sortedKeys(rows), sortedKeys(truth(t, server))) {
			t.Errorf("%s: the books are not what Venice has", accountName(i))
		}
	}
}

// Four workers that start together read each account once.
func TestWorkersShareAccounts(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, 24)
	var mu sync.Mutex
	arrived := map[int]bool{}
	all := make(chan struct{})
	p.gate = func(r *http.Request, worker, _ int) { // nobody is too late to do anything
		mu.Lock()
		if !arrived[worker] {
			arrived[worker] = true
			if len(arrived) == sharingWorkers {
				close(all)
			}
		}
		mu.Unlock()
		select {
		case <-all:
		case <-r.Context().Done():
		}
	}
	var workers []*sharer
	for i := range sharingWorkers {
		workers = append(workers, p.start(t, i))
	}
	p.checkRounds(t, workers, nil)
	for account, readers := range p.read() {
		if len(readers) != 1 {
			t.Errorf("%s was read by the workers %v", accountName(account), readers)
		}
	}
	p.checkBooks(t)
}

// A worker is killed in the middle of an account. Others take it over.
func TestKilledWorkerIsReplaced(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, 200)
	var mu sync.Mutex
	var once sync.Once
	var begun []int // by the worker that will be killed
	reached, killed := make(chan struct{}), make(chan struct{})
	p.gate = func(r *http.Request, worker, account int) {
		wait := killed
		if worker == 0 {
			if !strings.HasSuffix(r.URL.Path, "/usage-history") {
				return
			}
			mu.Lock()
			if !slices.Contains(begun, account) {
				begun = append(begun, account)
			}
			third := len(begun) == 3
			mu.Unlock()
			if !third {
				return
			}
			once.Do(func() { close(reached) })
			wait = nil
		}
		select {
		case <-wait:
		case <-r.Context().Done():
		}
	}
	doomed := p.start(t, 0)
	var workers []*sharer
	for i := 1; i < sharingWorkers; i++ {
		workers = append(workers, p.start(t, i))
	}
	<-reached
	if err := doomed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := doomed.Wait(); err == nil || doomed.stderr.Len() > 0 {
		t.Errorf("the killed worker ended with %v: %s", err, doomed.stderr.String())
	}
	close(killed)
	p.checkRounds(t, workers, []string{accountName(begun[0]), accountName(begun[1])})
	for account, readers := range p.read() {
		if account == begun[2] {
			if len(readers) != 2 || readers[0] != 0 || readers[1] == 0 {
				t.Errorf("%s, where the worker was killed, was read by the workers %v", accountName(account), readers)
			}
		} else if len(readers) != 1 {
			t.Errorf("%s was read by the workers %v", accountName(account), readers)
		}
	}
	p.checkBooks(t)
}
