package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/alert"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A watched log closes a channel when some words are written.
type watchedLog struct {
	strings.Builder
	words string
	seen  chan struct{}
}

func (l *watchedLog) Write(p []byte) (int, error) {
	if strings.Contains(string(p), l.words) && !strings.Contains(l.String(), l.words) {
		close(l.seen)
	}
	return l.Builder.Write(p)
}

// After a round of serve, receivers are told; the page does not wait for them.
func TestServeTellsOfBudgets(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	server := venicetest.NewServer(t, venicetest.Config{NoLimits: true, Now: atNoon})
	server.Post(venicetest.Entry{Timestamp: noon.Add(-30 * time.Minute), SKU: "x", Amount: "-10", Currency: "USD"})
	called, page := make(chan struct{}), make(chan struct{})
	var once sync.Once
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(called) })
		select {
		case <-page:
		case <-r.Context().Done():
			t.Error("the receiver was left before the page was there")
		}
	}))
	defer hook.Close()
	b := newBudgeteer(t, inFile, server, "[budgets.team]\namount = '10'\ncurrency = 'USD'\nperiod = 'epoch'\nalerts = ['ops']\n"+
		"[alerts.ops]\ntype = 'webhook'\nurl = '"+hook.URL+"'\n")
	out, in := io.Pipe()
	log := &watchedLog{words: "alert told", seen: make(chan struct{})}
	a := app{out: stream{Writer: in}, err: stream{Writer: log}, env: func(name string) string { return b.env[name] }, now: atNoon}
	ended := make(chan int, 1)
	go func() {
		code := a.run(ctx, strings.Fields("serve --listen 127.0.0.1:0 --sync 1h -o json"))
		in.CloseWithError(errors.New(log.String()))
		ended <- code
	}()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var said servingJSON
	if err := errors.Join(err, json.Unmarshal(line, &said)); err != nil {
		t.Fatal(err)
	}
	<-called
	response, err := http.Get(said.URL)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || !strings.Contains(string(text), "Reached 50%, 80%, 100%") {
		t.Errorf("%v: the page does not have the budget: %s", err, text)
	}
	close(page)
	<-log.seen
	interrupt()
	if code := <-ended; code != exitDone {
		t.Errorf("exit code %d: %s", code, log)
	}
	for _, part := range []string{`"msg":"alert told"`, `"receiver":"ops"`, `"budget":"team"`, `"percent":100`} {
		if strings.Count(log.String(), part) != 1 {
			t.Errorf("%s is not once in the log:\n%s", part, log)
		}
	}
}

// A loop goes on while alerts are sent, and ends when they have ended, too.
func TestAlertsAreWaitedFor(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sending, rounds, ended := make(chan struct{}, 2), 0, false // a ring as the loop ends can make one more
	bell := alert.NewBell(func(ctx context.Context) {
		sending <- struct{}{}
		<-ctx.Done()
		ended = true
	})
	ringing(func(context.Context) {
		bell.Ring()
		<-sending
		for range 3 {
			rounds++
			bell.Ring()
		}
		cancel()
	}, bell)(ctx)
	if rounds != 3 || !ended {
		t.Errorf("%d rounds; the alerts ended: %t", rounds, ended)
	}
}
