package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

const (
	roundLimit  = 1500 * time.Millisecond // under fire, a command that is not done by then is interrupted,
	endLimit    = 30 * time.Second        // and must have ended by then
	settleLimit = 30 * time.Second        // when the faults have gone
	settleTries = 10
	// nearReach is what every sync reads again, less the time that a run takes.
	nearReach = 50 * time.Minute
)

// A campaignRun plays one seed: a server, a ledger, and the real command.
type campaignRun struct {
	t      *testing.T
	plan   campaignPlan
	total  *campaignTally
	server *venicetest.Server
	url    string
	shelf  shelf
	spill  string // for temporary files

	mu      sync.Mutex
	asked   int         // requests of the round
	onAsked func(n int) // is told of each before it is answered
	story   []string    // what happened
	settled time.Time   // up to here the last sync brought the books
	far     bool        // a change was made where a sync does not look
}

func newCampaignRun(t *testing.T, kind storeKind, seed uint64, total *campaignTally) *campaignRun {
	r := &campaignRun{t: t, plan: newCampaignPlan(seed), total: total, shelf: kind.shelf(t), spill: t.TempDir()}
	var err error
	r.server, err = venicetest.New(venicetest.Config{
		Seed: seed, Ledger: r.plan.ledger(t, seed), Latency: r.plan.latency, NoLimits: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.request()
		r.server.ServeHTTP(w, q)
	}))
	t.Cleanup(func() {
		r.server.Close()
		listener.Close()
	})
	r.url = listener.URL + "/api/v1"
	t.Cleanup(func() {
		t.Logf("seed %d: %d entries of %d days:\n%s", seed, r.plan.entries, r.plan.days, strings.Join(r.story, "\n"))
		if t.Failed() {
			t.Logf("again: go test ./internal/cli -run TestCampaign -seed %d", seed)
		}
	})
	return r
}

// ledger is generated usage without what lies in the idle spells.
func (p campaignPlan) ledger(t *testing.T, seed uint64) []venicetest.Entry {
	t.Helper()
	now := time.Now()
	generator, err := venicetest.New(venicetest.Config{Seed: seed, Entries: p.entries, Days: p.days, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer generator.Close()
	return slices.DeleteFunc(generator.Entries(), func(e venicetest.Entry) bool {
		ago := int(now.Sub(e.Timestamp) / time.Hour)
		return slices.ContainsFunc(p.spells, func(s spell) bool { return s.from <= ago && ago < s.to })
	})
}

func (r *campaignRun) request() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.onAsked != nil {
		r.onAsked(r.asked)
	}
}

func (r *campaignRun) tell(format string, args ...any) {
	r.story = append(r.story, "  "+fmt.Sprintf(format, args...))
}

// play carries out a round.
func (r *campaignRun) play(round campaignRound) {
	r.t.Helper()
	r.setFaults(round.faults)
	if round.changesFar() {
		r.far = true
	}
	reached := make(chan struct{})
	r.mu.Lock()
	r.asked = 0
	r.onAsked = func(n int) {
		for _, c := range round.changes {
			if c.request == n {
				r.change(c)
			}
		}
		if round.kill != nil && n == round.kill.request {
			close(reached)
		}
	}
	r.onAsked(0)
	r.mu.Unlock()
	got := r.sync(roundLimit, reached, round.kill, round.args...)
	r.tell("%v, faults %v, changes %v -> %s", round.args, round.faults, round.changes, got)
	switch got.code {
	case exitDone, exitUnavailable:
	case exitInterrupted, -1:
		if !got.signalled {
			r.t.Errorf("ended as if it was interrupted: %s", got)
		}
	default:
		r.t.Errorf("unexpected end: %s", got)
	}
}

func (r *campaignRun) setFaults(faults []venicetest.Fault) {
	if r.plan.hangSmall {
		faults = append([]venicetest.Fault{{Kind: venicetest.FaultHangSmall, Route: "usage-history"}}, faults...)
	}
	r.server.SetFaults(faults...)
}

// A syncOutcome is how a command ended; code is -1 when it was killed.
type syncOutcome struct {
	outcome
	signalled bool
	took      time.Duration
}

func (o syncOutcome) String() string {
	_, message, _ := strings.Cut(o.stderr, `"message":`)
	message, _, _ = strings.Cut(message, `,"exitCode"`)
	return fmt.Sprintf("exit code %d after %s %s", o.code, o.took.Round(time.Millisecond), message)
}

// sync runs the command, and sends the signal of kill when its moment has come.
func (r *campaignRun) sync(most time.Duration, reached <-chan struct{}, kill *campaignKill, args ...string) syncOutcome {
	r.t.Helper()
	cmd := process(r.t, r.url, r.server.AdminKey, append([]string{"sync", "-o", "json", "--timeout", "300ms"}, args...)...)
	cmd.Env = append(append(cmd.Env, "TMPDIR="+r.spill), r.shelf.list()...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	r.total.syncs.Add(1)

	var result syncOutcome
	send := func(signal os.Signal) {
		result.signalled = true
		_ = cmd.Process.Signal(signal) // fails when it has just ended
		if signal == syscall.SIGKILL {
			r.total.kills.Add(1)
		} else {
			r.total.interrupts.Add(1)
		}
	}
	limit := time.NewTimer(most)
	defer limit.Stop()
	var moment <-chan time.Time
	for running := true; running; {
		select {
		case <-reached:
			reached, moment = nil, time.After(kill.delay)
		case <-moment:
			send(kill.signal)
			limit.Reset(endLimit)
		case <-limit.C:
			if result.signalled {
				send(syscall.SIGQUIT)
				r.t.Errorf("has not ended %s after an interrupt", endLimit)
				continue
			}
			send(os.Interrupt)
			limit.Reset(endLimit)
		case err := <-ended:
			result.code = exitCode(r.t, err)
			running = false
		}
	}
	result.stdout, result.stderr, result.took = stdout.String(), stderr.String(), time.Since(began)
	for _, text := range []string{result.stdout, result.stderr} {
		if fault := unclean(text); fault != "" || strings.Contains(text, r.server.AdminKey) {
			r.t.Errorf("%s, or the key, in the output: %s", fault, result)
		}
	}
	return result
}

// settle syncs until it succeeds, with --full where changes lie too far back for
// a sync to see.
func (r *campaignRun) settle() {
	r.t.Helper()
	if last := r.plan.rounds[len(r.plan.rounds)-1]; !r.plan.spent || !last.spends() {
		r.setFaults(nil)
	}
	r.mu.Lock()
	r.onAsked = nil
	r.mu.Unlock()
	r.syncUntilDone()
	if r.far {
		r.syncUntilDone("--full")
	}
}

func (r *campaignRun) syncUntilDone(args ...string) {
	r.t.Helper()
	began := time.Now()
	for range settleTries {
		got := r.sync(settleLimit, nil, nil, args...)
		r.tell("at the end: sync %v -> %s", args, got)
		if got.code == exitDone {
			var printed struct {
				Accounts []struct {
					Complete bool
					Horizon  time.Time
				}
			}
			if err := json.Unmarshal([]byte(got.stdout), &printed); err != nil || len(printed.Accounts) != 1 {
				r.t.Fatalf("%v in %s", err, got.stdout)
			}
			r.settled = printed.Accounts[0].Horizon
			if !printed.Accounts[0].Complete || r.settled.Before(began.Add(-time.Second)) {
				r.t.Errorf("done at %s with %s", began, got.stdout)
			}
			return
		}
		if got.code != exitUnavailable {
			break
		}
	}
	r.t.Fatalf("a sync does not come to its end:\n%s", strings.Join(r.story, "\n"))
}
