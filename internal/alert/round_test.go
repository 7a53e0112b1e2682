package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Each threshold is told once in a period, to each receiver, and the highest of
// several alone.
func TestOncePerThreshold(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	o := newOffice(t, budget+"alerts = ['ops', 'chat']\n"+
		"[alerts.ops]\ntype = 'webhook'\nurl = '"+h.URL+"/ops'\n[alerts.chat]\ntype = 'slack'\nurl = '"+h.URL+"/chat'\n")
	for i, step := range []struct {
		spend string
		after time.Duration
		want  string
	}{
		{"49.99999999999999999999", 0, ""},
		{"0.00000000000000000001", 0, "chat 50, ops 50"},
		{"0", 0, ""},
		{"29", time.Minute, ""},
		{"25", time.Hour, "chat 100, ops 100"}, // 80 with it
		{"1000", 2 * time.Hour, ""},
		{"79", 12 * time.Hour, "chat 50, ops 50"}, // the next epoch
		{"1", 13 * time.Hour, "chat 80, ops 80"},
		{"0", 14 * time.Hour, ""},
	} {
		at := noon.Add(step.after)
		o.spend(step.spend, at.Add(time.Duration(i)*time.Second))
		for range 2 {
			if got := o.told(at.Add(time.Minute)); got != step.want {
				t.Errorf("step %d: told %q, want %q", i, got, step.want)
			}
			step.want = "" // not again
		}
	}
	ids := map[string]int{}
	for _, p := range h.got() {
		if id := p.header.Get("Idempotency-Key"); id != "" {
			ids[id]++
		}
	}
	if len(ids) != 4 {
		t.Errorf("ids %v, want 4", ids)
	}
}

// What is posted late for a period that has just ended is told still, for two days.
func TestPeriodThatEnded(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	o := newOffice(t, webhook(h.URL))
	o.spend("1", noon)
	if got := o.told(noon.Add(time.Minute)); got != "" {
		t.Errorf("told %q", got)
	}
	midnight := noon.Add(12 * time.Hour)
	o.spend("60", midnight.Add(-time.Millisecond))
	o.spend("1", midnight.Add(time.Minute))
	if got := o.told(midnight.Add(2 * time.Minute)); got != "ops 50" {
		t.Errorf("after the end told %q, want ops 50", got)
	}
	if body := h.got()[0].body; !strings.Contains(body, `"end":"2026-06-16T00:00:00.000Z"`) || !strings.Contains(body, `"asOf":"2026-06-16T00:00:00.000Z","lag":120`) {
		t.Errorf("told %s, want the epoch that ended", body)
	}
	// Long after, all that can still come is told once, and the period forgotten.
	o.spend("30", midnight.Add(-time.Hour))
	o.spend("0", midnight.Add(60*time.Hour))
	if got := o.told(midnight.Add(60 * time.Hour)); got != "ops 80" {
		t.Errorf("60 hours later told %q, want ops 80", got)
	}
	o.spend("30", midnight.Add(-time.Hour))
	o.spend("0", midnight.Add(61*time.Hour))
	if got := o.told(midnight.Add(61 * time.Hour)); got != "" {
		t.Errorf("once it is forgotten told %q", got)
	}
	text, err := os.ReadFile(o.state())
	if err != nil || strings.Contains(string(text), "2026-06-15T00:00:00Z") {
		t.Errorf("%v; an old period in %s", err, text)
	}
}

// A period in which no round was made is told of, if the budget was known before.
func TestPeriodBetweenRounds(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	o := newOffice(t, webhook(h.URL))
	o.spend("90", noon.AddDate(0, 0, -1)) // before anybody asked
	o.spend("1", noon)
	if got := o.told(noon); got != "" {
		t.Errorf("told %q", got)
	}
	o.spend("85", noon.AddDate(0, 0, 1))
	o.spend("0", noon.AddDate(0, 0, 2))
	if got := o.told(noon.AddDate(0, 0, 2)); got != "ops 80" || !strings.Contains(h.got()[0].body, `"start":"2026-06-16T00:00:00.000Z"`) {
		t.Errorf("told %q, want the epoch of the day before: %v", got, h.got())
	}
	o.spend("85", noon.AddDate(0, 0, 3))
	o.spend("0", noon.AddDate(0, 0, 6))
	if got := o.told(noon.AddDate(0, 0, 6)); got != "" {
		t.Errorf("of what ended two days ago told %q", got)
	}
}

// A budget that is changed is another one: what it reaches is told.
func TestChangedBudget(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	o := newOffice(t, webhook(h.URL))
	o.spend("60", noon)
	first := o.told(noon.Add(time.Minute))
	o.configure(strings.Replace(webhook(h.URL), "'100'", "'70'", 1))
	second := o.told(noon.Add(2 * time.Minute))
	o.configure(webhook(h.URL) + "[budgets.team2]\namount = '1'\ncurrency = 'DIEM'\nperiod = 'week'\n")
	third := o.told(noon.Add(3 * time.Minute))
	if first != "ops 50" || second != "ops 80" || third != "ops 50" {
		t.Errorf("told %q, %q, %q; want ops 50, ops 80, ops 50", first, second, third)
	}
}

// A receiver that fails is asked again, later and later, with the same words, and
// keeps no other from being told.
func TestBackOff(t *testing.T) {
	t.Parallel()
	dead, alive := newHook(t), newHook(t)
	dead.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	o := newOffice(t, budget+"alerts = ['dead', 'alive']\n"+
		"[alerts.dead]\ntype = 'webhook'\nurl = '"+dead.URL+"'\n[alerts.alive]\ntype = 'webhook'\nurl = '"+alive.URL+"'\n")
	o.spend("55", noon)
	if got := o.told(noon.Add(time.Minute)); got != "alive 50, dead 50!" {
		t.Errorf("told %q", got)
	}
	o.spend("30", noon.Add(time.Second))
	var tries []string
	for minute := 2; minute <= 180; minute++ {
		switch got := o.told(noon.Add(time.Duration(minute) * time.Minute)); got {
		case "":
		case "alive 80, dead 50!":
			if minute != 2 {
				t.Errorf("alive is told of 80 %% in minute %d", minute)
			}
			fallthrough
		default:
			tries = append(tries, noon.Add(time.Duration(minute)*time.Minute).Format("15:04"))
		}
	}
	if want := []string{"12:02", "12:04", "12:08", "12:16", "12:32", "13:04", "14:04"}; !slices.Equal(tries, want) {
		t.Errorf("tried at %v, want %v", tries, want)
	}
	dead.answers(nil)
	if got := o.told(noon.Add(4 * time.Hour)); got != "dead 50, dead 80" {
		t.Errorf("told %q, want both in their order", got)
	}
	posts := dead.got()
	for _, p := range posts[:len(posts)-1] {
		if p.body != posts[0].body || p.header.Get("Idempotency-Key") != posts[0].header.Get("Idempotency-Key") {
			t.Errorf("%s and %s", p.body, posts[0].body)
		}
	}
	if alerts := alive.got(); len(alerts) != 2 || alerts[0].body != posts[0].body {
		t.Errorf("alive got %v", alerts)
	}
}

// A receiver that stays away is given up two days after the period, and that is said.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	h.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	o := newOffice(t, webhook(h.URL))
	o.spend("55", noon)
	o.told(noon.Add(time.Minute))
	outcomes, err := o.round(noon.Add(61 * time.Hour))
	if err != nil || len(outcomes) != 2 || outcomes[1].Err == nil || !strings.Contains(outcomes[1].Err.Error(), "given up") || outcomes[1].Alert.Threshold != 50 {
		t.Errorf("%+v, %v; want a last failure and that it is given up", outcomes, err)
	}
	if outcomes, err := o.round(noon.Add(62 * time.Hour)); err != nil || len(outcomes) > 0 {
		t.Errorf("%+v, %v after that", outcomes, err)
	}
}

// An alert of which nobody knows whether it arrived is sent again as it was.
func TestCutWhileSending(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	o := newOffice(t, webhook(h.URL))
	o.spend("55", noon)
	var during string
	h.answers(func(http.ResponseWriter, *http.Request) {
		text, err := os.ReadFile(o.state())
		if err != nil {
			t.Error(err)
		}
		during = string(text)
	})
	if got := o.told(noon.Add(time.Minute)); got != "ops 50" || !strings.Contains(during, `"status": "sending"`) {
		t.Fatalf("told %q; while it was: %s", got, during)
	}
	if err := os.WriteFile(o.state(), []byte(during), 0o600); err != nil {
		t.Fatal(err)
	}
	o.spend("1", noon.Add(time.Second))
	if got := o.told(noon.Add(time.Hour)); got != "ops 50" {
		t.Errorf("told %q", got)
	}
	if posts := h.got(); len(posts) != 2 || posts[0].body != posts[1].body {
		t.Errorf("%v, want the same twice", posts)
	}
}

// Rounds of several processes at the same time tell once.
func TestRoundsSideBySide(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	o := newOffice(t, webhook(h.URL))
	o.spend("100", noon)
	var rounds sync.WaitGroup
	for range 8 {
		rounds.Go(func() {
			if _, err := o.round(noon.Add(time.Minute)); err != nil {
				t.Error(err)
			}
		})
	}
	rounds.Wait()
	if posts := h.got(); len(posts) != 1 {
		t.Errorf("%d alerts, want 1", len(posts))
	}
}

// Without alerts, or without a ledger, nothing is done and no file is made.
func TestNothingToTell(t *testing.T) {
	t.Parallel()
	for name, toml := range map[string]string{"no budget": "", "no alerts": budget} {
		o := newOffice(t, toml)
		o.spend("200", noon)
		if got := o.told(noon.Add(time.Minute)); got != "" {
			t.Errorf("%s: told %q", name, got)
		}
		files, err := os.ReadDir(o.folder)
		if err != nil || len(files) != 1 {
			t.Errorf("%s: %v, %v, want the configuration alone", name, files, err)
		}
	}
	o := newOffice(t, webhook("http://localhost:1"))
	env := func(name string) string { return o.env[name] }
	c, err := config.Load(env)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := Round(t.Context(), noLedger{&o.store}, c, env, noon)
	files, _ := os.ReadDir(o.folder)
	if err != nil || len(outcomes) > 0 || len(files) != 1 {
		t.Errorf("without a ledger: %v, %v, files %v", outcomes, err, files)
	}
}

// noLedger are books before the first sync.
type noLedger struct{ ledger.Books }

func (noLedger) Accounts(context.Context) ([]string, error) {
	return nil, fmt.Errorf("%w here", ledger.ErrNoLedger)
}

// A budget that cannot be computed is said, and what has to be told is told still.
func TestBooksThatFail(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	h.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	o := newOffice(t, webhook(h.URL))
	o.spend("55", noon)
	o.told(noon)
	h.answers(nil)
	env := func(name string) string { return o.env[name] }
	c, err := config.Load(env)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := Round(t.Context(), noSums{&o.store}, c, env, noon.Add(time.Hour))
	if !errors.Is(err, ledger.ErrBusy) || !strings.Contains(err.Error(), "budget team") || len(outcomes) != 1 || outcomes[0].Err != nil {
		t.Errorf("%+v, %v; want that 50 %% is told, and the error", outcomes, err)
	}
}

// noSums are books that cannot be added up now.
type noSums struct{ ledger.Books }

func (noSums) Sums(context.Context, ledger.Query) ([]ledger.Sum, error) { return nil, ledger.ErrBusy }

// The alert says what the contract says.
func TestAlertJSON(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	o := newOffice(t, strings.Replace(webhook(h.URL), "period = 'epoch'", "period = 'month'\ntz = 'Europe/Berlin'", 1))
	o.spend("82.50000000000000000001", noon.Add(-4*time.Minute-time.Second))
	if _, err := o.store.Replace(t.Context(), "default", []ledger.Reading{{Window: ledger.Window{
		Start: noon.Add(-4 * time.Minute), End: noon.Add(-3 * time.Minute)}, ReadAt: noon}}); err != nil {
		t.Fatal(err)
	}
	o.told(noon)
	var got map[string]any
	if err := json.Unmarshal([]byte(h.got()[0].body), &got); err != nil {
		t.Fatal(err)
	}
	if id, _ := got["id"].(string); len(id) != 32 || id != h.got()[0].header.Get("Idempotency-Key") {
		t.Errorf("id %q", id)
	}
	delete(got, "id")
	want := map[string]any{
		"budget": "team", "threshold": 80.0, "exceeded": false, "spent": "82.50000000000000000001", "amount": "100",
		"currency": "USD", "share": "82.5", "unpriced": []any{}, "asOf": "2026-06-15T11:57:00.000Z", "lag": 180.0, "complete": true,
		"period": map[string]any{"name": "month", "zone": "Europe/Berlin", "start": "2026-05-31T22:00:00.000Z", "end": "2026-06-30T22:00:00.000Z"},
		"text": "Budget team has reached 80 %: 82.50000000000000000001 of 100 USD are spent (82.5 %) in the month from " +
			"2026-06-01 00:00 CEST to 2026-07-01 00:00 CEST. This comes after the fact: it is what the books knew up to " +
			"2026-06-15 13:57 CEST, 3m0s before 2026-06-15 14:00 CEST.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
