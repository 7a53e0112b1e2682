package alert

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
)

const key = "whsec-0123456789abcdef"

// macOf is HMAC-SHA256 as RFC 2104 writes it down.
func macOf(key, text string) string {
	block := make([]byte, 64)
	if len(key) > len(block) {
		sum := sha256.Sum256([]byte(key))
		copy(block, sum[:])
	} else {
		copy(block, key)
	}
	inner, outer := bytes.Clone(block), bytes.Clone(block)
	for i := range block {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	first := sha256.Sum256(append(inner, text...))
	second := sha256.Sum256(append(outer, first[:]...))
	return hex.EncodeToString(second[:])
}

func TestSignature(t *testing.T) {
	t.Parallel()
	// The second case of RFC 4231.
	if got := macOf("Jefe", "what do ya want for nothing?"); got != "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" {
		t.Fatalf("the test's own HMAC is %s", got)
	}
	for _, secret := range []string{key, strings.Repeat("long", 50)} {
		h := newHook(t)
		o := newOffice(t, webhook(h.URL)+"secret_env = 'OPS_SECRET'\n")
		o.env["OPS_SECRET"] = secret
		o.spend("55", noon)
		o.told(noon.Add(time.Minute))
		p := h.got()[0]
		want := "t=1781524860,v1=" + macOf(secret, "1781524860."+p.body) // 12:01:00 UTC
		if got := p.header.Get("Ducat-Signature"); got != want || p.header.Get("Content-Type") != "application/json" {
			t.Errorf("signature %s of %s, want %s; headers %v", got, p.body, want, p.header)
		}
	}
}

func TestSlack(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	o := newOffice(t, budget+"alerts = ['chat']\n[alerts.chat]\ntype = 'slack'\nurl_env = 'CHAT'\n")
	o.env["CHAT"] = h.URL
	o.spend("155", noon)
	o.told(noon.Add(time.Minute))
	var got map[string]string
	if err := json.Unmarshal([]byte(h.got()[0].body), &got); err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	if want := "Budget team is exceeded: 155 of 100 USD are spent (155 %) in the epoch"; !strings.HasPrefix(got["text"], want) {
		t.Errorf("%q, want %q", got["text"], want)
	}
	if h.got()[0].header.Get("Ducat-Signature") != "" {
		t.Error("signed without a secret")
	}
}

// What goes wrong with a webhook is said without its address, and tried again.
func TestWebhooksThatFail(t *testing.T) {
	t.Parallel()
	elsewhere := newHook(t)
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   string // "" is told
	}{
		"500": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "answered 500 Internal Server Error, expected 2xx"},
		"404": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, "answered 404 Not Found"},
		"304": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, "answered 304, a redirect"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "answered 307, a redirect, which is not followed"},
		"hangs up":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"204":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, ""},
		"megabytes": {func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 4<<20)) }, ""},
		"header":    {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }, "exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHook(t)
			h.answers(test.answer)
			o := newOffice(t, webhook(h.URL+"/"+key))
			o.spend("55", noon)
			outcomes, err := o.round(noon.Add(time.Minute))
			if err != nil || len(outcomes) != 1 {
				t.Fatalf("%v, %v", outcomes, err)
			}
			failed := outcomes[0].Err
			switch {
			case test.want == "" && failed != nil, test.want != "" && failed == nil:
				t.Errorf("%v, want %q", failed, test.want)
			case failed != nil && (!strings.Contains(failed.Error(), test.want) || strings.Contains(failed.Error(), key)):
				t.Errorf("%v, want %q and no address", failed, test.want)
			}
			if text, err := os.ReadFile(o.state()); err != nil || strings.Contains(string(text), key) {
				t.Errorf("%v; an address in %s", err, text)
			}
			if failed != nil && !outcomes[0].Again.Equal(noon.Add(2*time.Minute)) {
				t.Errorf("tried again at %s, want a minute later", outcomes[0].Again)
			}
		})
	}
	t.Cleanup(func() {
		if n := len(elsewhere.got()); n > 0 {
			t.Errorf("%d redirects were followed", n)
		}
	})
}

// Nothing is told to who cannot prove to be the receiver, or is not there.
func TestConnectionsThatFail(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was told") }))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	gone := httptest.NewServer(nil)
	gone.Close()
	for url, want := range map[string]string{untrusted.URL: "certificate", gone.URL: "connect"} {
		o := newOffice(t, webhook(url+"/"+key))
		o.spend("55", noon)
		outcomes, err := o.round(noon)
		if err != nil || len(outcomes) != 1 || outcomes[0].Err == nil {
			t.Errorf("%+v, %v; want a failure", outcomes, err)
			continue
		}
		if text := outcomes[0].Err.Error(); !strings.Contains(text, want) || strings.Contains(text, key) {
			t.Errorf("%s, want %q and no address", text, want)
		}
	}
}

// However a receiver hangs, it has ten seconds.
func TestWebhooksThatHang(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(net.Conn){
		"says nothing": func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"reads nothing": func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1))
			time.Sleep(time.Hour)
		},
		"says a byte a second": func(c net.Conn) {
			_, _ = http.ReadRequest(bufio.NewReader(c))
			for _, b := range []byte("HTTP/1.1 200 OK\r\nX-Slow: " + strings.Repeat("x", 1000)) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			var serving sync.WaitGroup
			defer serving.Wait()
			s := newSender(new(config.Config), nil, time.Now())
			s.client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				serving.Go(func() {
					defer theirs.Close()
					serve(theirs)
				})
				return ours, nil
			}
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), attempt)
			defer cancel()
			err := s.post(ctx, receiver(t, "url = 'http://localhost/"+key+"'"), "id", []byte("{}"))
			if err == nil || err.Error() != "no answer within 10s" || time.Since(began) != attempt {
				t.Errorf("%s: %v after %s", name, err, time.Since(began))
			}
		})
	}
}

// receiver is a webhook with that line in the configuration.
func receiver(t *testing.T, line string) config.Receiver {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte("[alerts.a]\ntype = 'webhook'\n"+line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(func(name string) string {
		return map[string]string{config.EnvConfig: file, config.EnvLedger: "x"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.Receivers[0]
}

// An interrupt ends an attempt, which then counts as none.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	o := newOffice(t, webhook(h.URL))
	o.spend("55", noon)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	h.answers(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if outcomes, err := o.roundIn(ctx, noon.Add(time.Minute)); err == nil || len(outcomes) != 0 {
		t.Errorf("%+v, %v; want no outcome", outcomes, err)
	}
	h.answers(nil)
	if got := o.told(noon.Add(time.Minute)); got != "ops 50" {
		t.Errorf("then told %q, want ops 50", got)
	}
}

// A program gets the alert on stdin and in variables, its arguments as they are,
// and no secret.
func TestCommand(t *testing.T) {
	// Not parallel: it sets variables of the process, which programs inherit.
	t.Setenv("VENICE_API_KEY", key+"1")
	t.Setenv("WORK_KEY", key+"2")
	t.Setenv("OPS_URL", key+"3")
	t.Setenv("OPS_SECRET", key+"4")
	t.Setenv("DUCAT_TEST_KEPT", "kept")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "got")
	o := newOffice(t, budget+"alerts = ['mail']\n[accounts.default]\nkey_env = 'WORK_KEY'\n"+
		"[alerts.mail]\ntype = 'command'\ncommand = ['"+self+"', 'receive', '"+file+"', '$HOME; echo \"*\"']\n"+
		"[alerts.ops]\ntype = 'webhook'\nurl_env = 'OPS_URL'\nsecret_env = 'OPS_SECRET'\n")
	o.spend("55", noon)
	if got := o.told(noon.Add(time.Minute)); got != "mail 50" {
		t.Fatalf("told %q", got)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	var alert Alert
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &alert); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"$HOME; echo \"*\"", "DUCAT_TEST_KEPT=kept", "DUCAT_ALERT_ID=" + alert.ID, "DUCAT_ALERT_BUDGET=team", "DUCAT_ALERT_THRESHOLD=50",
		"DUCAT_ALERT_EXCEEDED=false", "DUCAT_ALERT_SPENT=55", "DUCAT_ALERT_AMOUNT=100", "DUCAT_ALERT_CURRENCY=USD", "DUCAT_ALERT_SHARE=55",
		"DUCAT_ALERT_PERIOD=epoch", "DUCAT_ALERT_PERIOD_START=2026-06-15T00:00:00.000Z", "DUCAT_ALERT_PERIOD_END=2026-06-16T00:00:00.000Z",
		"DUCAT_ALERT_AS_OF=2026-06-15T12:00:01.000Z", "DUCAT_ALERT_COMPLETE=true", "DUCAT_ALERT_TEXT=" + alert.Text,
	} {
		if !strings.Contains("\n"+string(text), "\n"+want+"\n") {
			t.Errorf("no line %q in %s", want, text)
		}
	}
	if strings.Contains(string(text), key) {
		t.Errorf("a secret in %s", text)
	}
}

func TestCommandsThatFail(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := newSender(new(config.Config), nil, noon)
	for _, test := range []struct {
		command []string
		limit   time.Duration
		want    string
	}{
		{[]string{self, "receive", "fail"}, time.Hour, "the program failed: exit status 3"},
		{[]string{"./no-such-program"}, time.Hour, "the program failed: "},
		{[]string{self, "receive", "hang"}, time.Millisecond, "the program did not end within 10s, and was killed"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), test.limit)
		err := s.run(ctx, test.command, new(Alert), []byte("{}"))
		cancel()
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.command, err, test.want)
		}
	}
}

// Rings while a round is under way make one more, and the end waits for it.
func TestBell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		rounds, held := 0, make(chan struct{})
		b := NewBell(func(context.Context) {
			rounds++
			<-held
		})
		done := make(chan struct{})
		go func() {
			defer close(done)
			b.Run(ctx)
		}()
		b.Ring()
		synctest.Wait()
		for range 5 {
			b.Ring() // does not wait
		}
		held <- struct{}{}
		held <- struct{}{}
		synctest.Wait()
		if rounds != 2 {
			t.Errorf("%d rounds, want 2", rounds)
		}
		b.Ring()
		synctest.Wait()
		cancel()
		synctest.Wait()
		select {
		case <-done:
			t.Error("Run returned before its last round")
		default:
		}
		held <- struct{}{}
		<-done
	})
}
