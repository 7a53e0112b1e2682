package cli

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// everyQuestion are commands that need the books.
var everyQuestion = []string{
	"report", "accounts", "export", "sql --schema", "status", "forecast", "prices", "compare 2026-05 2026-06", "reconcile", "sync",
	"import usage.csv", "serve --listen 127.0.0.1:0", "token add x --account nobody", "doctor",
}

// ask carries out a command line that must not tell a password.
func (b *bookkeeper) ask(t *testing.T, password, line string) outcome {
	t.Helper()
	got := b.run(t, strings.Fields(strings.Replace(line, "usage.csv", b.env["USAGE"], 1))...)
	if strings.Contains(got.stdout+got.stderr, password) {
		t.Errorf("%s: the password is in %s%s", line, got.stdout, got.stderr)
	}
	return got
}

// remote is a customer whose ledger is at an address.
func remote(t *testing.T, address string) *bookkeeper {
	t.Helper()
	b := inFile.customer(t, venicetest.NewServer(t, venicetest.Config{Entries: 10, Now: atNoon, NoLimits: true}))
	b.env[config.EnvLedger] = address
	b.env[config.EnvConfig] = filepath.Join(t.TempDir(), "config.toml")
	b.env["USAGE"] = filepath.Join(t.TempDir(), "usage.csv")
	for name, text := range map[string]string{
		b.env[config.EnvConfig]: "", b.env["USAGE"]: "timestamp,sku,amount,currency\n2026-06-12T10:00:00Z,x,-8.5,DIEM\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// A server that nobody runs is said to be out of reach, by all who need it, and a
// later attempt may help.
func TestLedgerOutOfReach(t *testing.T) {
	t.Parallel()
	const password = "s3cret"
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := nobody.Addr().String()
	if err := nobody.Close(); err != nil {
		t.Fatal(err)
	}
	b := remote(t, "clickhouse://ducat:"+password+"@"+host+"/books")
	for _, line := range everyQuestion {
		got := b.ask(t, password, line)
		if all := got.stdout + got.stderr; got.code != exitUnavailable || !strings.Contains(all, "cannot be reached") || !strings.Contains(all, host) {
			t.Errorf("%s: exit code %d, want %d: %s", line, got.code, exitUnavailable, all)
		}
	}
	if got := b.ask(t, password, "report -o json"); !strings.Contains(got.stderr, `"category":"unreachable"`) {
		t.Errorf("no category in %s", got.stderr)
	}
}

// An address that cannot be is refused before anything else, with what to do.
func TestLedgerAddressRefused(t *testing.T) {
	t.Parallel()
	const password = "s3cret"
	for address, want := range map[string]string{
		"postgres://ducat:" + password + "@db/books":                  "postgres://ducat@db/books: no such kind of server",
		"clickhouse://ducat:" + password + "@/books":                  "expected clickhouse://",
		"clickhouse://ducat:" + password + "@db:port/books":           "expected clickhouse://",
		"clickhouse://ducat:" + password + "%zz@db:9000/books":        "expected clickhouse://",
		"clickhouse://ducat:" + password + "@db/books?cluster=a%27b":  "cluster",
		"clickhouse://ducat:" + password + "@db/books?dial_timeout=x": "dial timeout",
	} {
		b := remote(t, address)
		for _, line := range everyQuestion {
			got := b.ask(t, password, line)
			code := exitUsage
			if line == "doctor" { // it fails for what it found
				code = exitFailed
			}
			if all := got.stdout + got.stderr; got.code != code || !strings.Contains(all, want) {
				t.Errorf("%s: %s: exit code %d, want %d and %q: %s", config.Place(address), line, got.code, code, want, all)
			}
		}
	}
}

// A gateway leads to a server until it is shut.
type gateway struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

// newGateway is one before the server of an address, with its address.
func newGateway(t *testing.T, address string) (*gateway, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{Listener: listener}
	target := u.Host
	var passages sync.WaitGroup
	passages.Go(func() {
		for {
			from, err := g.Accept()
			if err != nil {
				return // it is shut
			}
			to, err := net.Dial("tcp", target)
			if err != nil {
				t.Errorf("the server behind the gateway: %v", err)
				from.Close()
				return
			}
			g.mu.Lock()
			g.conns = append(g.conns, from, to)
			g.mu.Unlock()
			for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
				passages.Go(func() {
					_, _ = io.Copy(pair[0], pair[1]) // until either is closed
					pair[0].Close()
				})
			}
		}
	})
	t.Cleanup(func() {
		g.shut()
		passages.Wait()
	})
	u.Host = listener.Addr().String()
	return g, u.String()
}

func (g *gateway) shut() {
	g.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		c.Close()
	}
}

// While the server is away the status of before is shown, and marked.
func TestStatusOfServerAway(t *testing.T) {
	t.Parallel()
	b := onServer.customer(t, nil)
	g, address := newGateway(t, b.env[config.EnvLedger])
	b.env[config.EnvLedger] = address
	store := b.env.store(t)
	if err := keep(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	before := statusOfJSON(t, b.run(t, "status", "-o", "json"))
	if before.Outdated {
		t.Error("a status of the books is said to be outdated")
	}
	g.shut()
	after := statusOfJSON(t, b.run(t, "status", "-o", "json"))
	if !after.Outdated || fmt.Sprint(*after.DollarSpendMonth) != fmt.Sprint(*before.DollarSpendMonth) {
		t.Errorf("outdated is %t, the month %s, want that of before, %s", after.Outdated, *after.DollarSpendMonth, *before.DollarSpendMonth)
	}
	if got := b.run(t, "report"); got.code != exitUnavailable {
		t.Errorf("report: exit code %d: %s", got.code, got.stderr)
	}
}

// The doctor looks at the server and what is on it.
func TestDoctorOfAServer(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 20, Now: atNoon, NoLimits: true})
	b := onServer.customer(t, server)
	findings, code := examined(t, b)
	if code != exitDone {
		t.Errorf("without a ledger: exit code %d", code)
	}
	wantFinding(t, findings, "ledger", verdictWarning, "there is none yet at clickhouse://", "ducat sync")
	wantFinding(t, findings, "ledger server", verdictOK, "ClickHouse 2", "")
	wantFinding(t, findings, "ledger server's clock", verdictWarning, "behind the ledger's server", "set the clock that is wrong") // it is noon here
	wantFinding(t, findings, "ledger rights", verdictOK, "the user may read, write, and make tables", "")
	if _, looked := findings["disk"]; looked {
		t.Error("the disk of this machine was looked at")
	}
	if got := b.run(t, "sync"); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	findings, code = examined(t, b)
	if code != exitDone {
		t.Errorf("exit code %d", code)
	}
	wantFinding(t, findings, "ledger", verdictOK, b.ledgerName()+", version 1 of 1", "")
	wantFinding(t, findings, "ledger tables", verdictOK, " rows in ", "")
	wantFinding(t, findings, "default coverage", verdictOK, "without a gap", "")

	other := onServer.customer(t, server)
	conn := chdbtest.Connect(t, other.env[config.EnvLedger])
	defer conn.Close()
	if err := conn.Exec(t.Context(), "CREATE TABLE diary (day Date, text String) ENGINE = MergeTree ORDER BY day"); err != nil {
		t.Fatal(err)
	}
	findings, code = examined(t, other)
	wantFinding(t, findings, "ledger", verdictFailed, "not a ledger", "set DUCAT_LEDGER to another database")
	if code != exitFailed {
		t.Errorf("a database of something else: exit code %d", code)
	}
	if got := other.run(t, "sync"); got.code != exitFailed {
		t.Errorf("a sync into it: exit code %d: %s", got.code, got.stderr)
	}
	nobody := remote(t, "clickhouse://ducat:s3cret@127.0.0.1:1/books")
	findings, code = examined(t, nobody)
	wantFinding(t, findings, "ledger server", verdictFailed, "cannot be reached", "start the server")
	if code != exitUnavailable {
		t.Errorf("nobody answers: exit code %d", code)
	}
}

func TestDoctorOfRights(t *testing.T) {
	t.Parallel()
	grant := func(rights []string) string { return strings.Join(rights, "+") }
	for _, test := range []struct {
		missing string
		there   bool
		verdict judgement
		mend    string
	}{
		{"", false, verdictOK, ""},
		{"ALTER", false, verdictFailed, "ALTER"},
		{"CREATE ALTER", true, verdictOK, ""},
		{"INSERT ALTER", true, verdictWarning, "INSERT"},
		{"SELECT INSERT ALTER", true, verdictFailed, "SELECT+INSERT+ALTER"},
	} {
		f := judgeRights(strings.Fields(test.missing), test.there, grant)[0]
		if f.verdict != test.verdict || f.mend != test.mend {
			t.Errorf("without %q, a ledger is there: %t: %s, mend %q; want %s, %q", test.missing, test.there, f.verdict, f.mend, test.verdict, test.mend)
		}
	}
}
