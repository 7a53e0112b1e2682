package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// newAgentsBooks are the synced books of a simulated account, with a budget and
// without a key.
func newAgentsBooks(t *testing.T, kind storeKind) *bookkeeper {
	t.Helper()
	text := "[budgets.team]\namount = '0.5'\ncurrency = 'DIEM'\nperiod = 'month'\nthresholds = [50]\n"
	server := venicetest.NewServer(t, venicetest.Config{Seed: 5, Entries: 600, Days: 40, Now: atNoon, NoLimits: true})
	b := newBudgeteer(t, kind, server, text)
	if got := b.run(t, "sync"); got.code != exitDone {
		t.Fatalf("sync: exit code %d: %s", got.code, got.stderr)
	}
	delete(b.env, envKey)
	b.env[envBaseURL] = neverAsked(t)
	return b
}

// neverAsked is the address of a Venice that nobody should ask.
func neverAsked(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("Venice was asked for %s", r.URL)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/api/v1"
}

// agent is a client of 'ducat mcp', which runs in this process, at noon.
func (b *bookkeeper) agent(t *testing.T) *sdk.ClientSession {
	t.Helper()
	input, toServer := io.Pipe()
	fromServer, output := io.Pipe()
	var stderr strings.Builder
	a := app{
		in: input, out: stream{Writer: output}, err: stream{Writer: &stderr},
		env: func(name string) string { return b.env[name] },
		now: atNoon,
	}
	ended := make(chan int, 1)
	go func() {
		ended <- a.run(context.WithoutCancel(t.Context()), []string{"mcp"})
		output.Close()
	}()
	session, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "v0"}, nil).
		Connect(t.Context(), &sdk.IOTransport{Reader: fromServer, Writer: toServer}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(session.Close(), toServer.Close()); err != nil {
			t.Error(err)
		}
		if code := <-ended; code != exitDone || stderr.Len() > 0 {
			t.Errorf("exit code %d and %q on stderr, want 0 and nothing", code, stderr.String())
		}
	})
	return session
}

// structured is the answer of a tool.
func structured(t *testing.T, session *sdk.ClientSession, tool, arguments string) map[string]any {
	t.Helper()
	result, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatal(err)
	}
	answer, ok := result.StructuredContent.(map[string]any)
	if !ok || result.IsError {
		t.Fatalf("%s %s: %v %v", tool, arguments, result.StructuredContent, result.Content[0].(*sdk.TextContent).Text)
	}
	return answer
}

// Every figure that an agent is told is that of the command.
func TestAgentsSeeWhatCommandsPrint(t *testing.T) { onEveryStore(t, testAgentsSeeWhatCommandsPrint) }

func testAgentsSeeWhatCommandsPrint(t *testing.T, kind storeKind) {
	b := newAgentsBooks(t, kind)
	session := b.agent(t)
	for _, test := range []struct {
		tool, arguments, command string
		without                  []string // what the command does not have
	}{
		{"totals", `{}`, "report --by model", nil},
		{"totals", `{"since": "all"}`, "report --since all", nil},
		{"totals", `{"since": "2026-05-20", "until": "12h", "zone": "Asia/Kathmandu", "currencies": ["diem", "USD"], "accounts": ["default"]}`,
			"report --since 2026-05-20 --until 12h --tz Asia/Kathmandu --currency DIEM,USD", nil},
		{"breakdown", `{"by": ["day", "model"], "top": 3}`, "report --by day,model --top 3", []string{"truncated", "rowsOmitted"}},
		{"breakdown", `{"by": ["meter"], "since": "7d"}`, "report --by meter --since 7d", []string{"truncated", "rowsOmitted"}},
		{"breakdown", `{"by": ["key"], "since": "7d"}`, "report --by key --since 7d", []string{"truncated", "rowsOmitted"}},
		{"breakdown", `{"by": ["hour"], "since": "2026-06-12", "until": "2026-06-14", "zone": "America/New_York"}`,
			"report --by hour --since 2026-06-12 --until 2026-06-14 --tz America/New_York", []string{"truncated", "rowsOmitted"}},
		{"forecast", `{"zone": "Europe/Berlin"}`, "forecast --tz Europe/Berlin", []string{"runOutOmitted"}},
		{"budgets", `{}`, "budget", []string{"coverage"}},
		{"prices", `{}`, "prices", []string{"truncated", "skusOmitted"}},
		{"prices", `{"changed": true, "since": "20d"}`, "prices --changed --since 20d", []string{"truncated", "skusOmitted"}},
		{"compare", `{"a": "2026-05", "b": "2026-06"}`, "compare 2026-05 2026-06", []string{"truncated", "rowsOmitted"}},
		{"compare", `{"a": "14d/7d", "b": "7d/", "by": "sku", "currencies": ["DIEM"]}`, "compare 14d/7d 7d/ --by sku --currency DIEM", []string{"truncated", "rowsOmitted"}},
	} {
		told := structured(t, session, test.tool, test.arguments)
		var printed map[string]any
		got := b.run(t, append(strings.Fields(test.command), "-o", "json")...)
		if err := json.Unmarshal([]byte(got.stdout), &printed); err != nil {
			t.Fatalf("%s: %v: %s", test.command, err, got.stderr)
		}
		for _, field := range append(test.without, "mend", "missingOmitted", "accountsOmitted") {
			if _, there := told[field]; !there {
				t.Errorf("%s has no %s", test.tool, field)
			}
			delete(told, field)
		}
		skus, _ := told["skus"].([]any)
		for _, sku := range skus {
			delete(sku.(map[string]any), "stepsOmitted")
		}
		for field := range printed {
			if _, there := told[field]; !there {
				delete(printed, field)
			}
		}
		if diff := cmp.Diff(printed, told); diff != "" {
			t.Errorf("%s %s (-printed +told):\n%s", test.tool, test.arguments, diff)
		}
	}

	var printed struct{ Data []any }
	got := b.run(t, "export", "--format", "json", "--since", "2026-06-10")
	if err := json.Unmarshal([]byte(got.stdout), &printed); err != nil {
		t.Fatal(err)
	}
	told := structured(t, session, "entries", `{"since": "2026-06-10", "order": "oldest", "limit": 200}`)
	if diff := cmp.Diff(printed.Data, told["entries"]); diff != "" || len(printed.Data) == 0 {
		t.Errorf("entries (-exported +told):\n%s", diff)
	}
}

// The balance is what Venice said when the books were synced.
func TestAgentsSeeTheBalance(t *testing.T) { onEveryStore(t, testAgentsSeeTheBalance) }

func testAgentsSeeTheBalance(t *testing.T, kind storeKind) {
	server := venicetest.NewServer(t, venicetest.Config{Seed: 5, Entries: 50, Now: atNoon, NoLimits: true})
	b := kind.customer(t, server)
	if got := b.run(t, "sync"); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	var printed map[string]any
	if err := json.Unmarshal([]byte(b.run(t, "balance", "-o", "json").stdout), &printed); err != nil {
		t.Fatal(err)
	}
	delete(printed, "source") // they tell of what Venice answers to other keys
	delete(printed, "otherBalances")
	told := structured(t, b.agent(t), "balance", `{}`)["accounts"].([]any)
	if diff := cmp.Diff(printed, told[0].(map[string]any)["balance"]); diff != "" {
		t.Errorf("-printed +told:\n%s", diff)
	}
}

// The command as agents start it: it ends with its input, or a signal, and says
// nothing but the protocol.
func TestMCPProcess(t *testing.T) {
	t.Parallel()
	b := newBookkeeper(t)
	start := func() (*exec.Cmd, *strings.Builder) {
		cmd := process(t, neverAsked(t), "", "mcp")
		cmd.Env = append(cmd.Env, config.EnvLedger+"="+b.env[config.EnvLedger])
		stderr := new(strings.Builder)
		cmd.Stderr = stderr
		return cmd, stderr
	}

	cmd, stderr := start()
	session, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "v0"}, nil).
		Connect(t.Context(), &sdk.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	told := structured(t, session, "totals", `{"since": "2026-06-09", "until": "2026-06-13", "accounts": ["home"]}`)
	var printed map[string]any
	if err := json.Unmarshal([]byte(b.run(t, strings.Fields("report --account home --since 2026-06-09 --until 2026-06-13 -o json")...).stdout), &printed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(printed["totals"], told["totals"]); diff != "" {
		t.Errorf("-printed +told:\n%s", diff)
	}
	told = structured(t, session, "breakdown", `{"by": ["day"], "since": "2026-06-12", "until": "2026-06-15", "accounts": ["work"]}`)
	if told["complete"] != false || told["mend"] != "run 'ducat sync --since 2026-06-13'" {
		t.Errorf("complete %v, mend %v", told["complete"], told["mend"])
	}
	if err := session.Close(); err != nil { // it closes stdin and waits for the process
		t.Error(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != exitDone || stderr.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}

	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd, stderr := start()
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		const ping = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`
		if _, err := io.WriteString(stdin, ping+"\n"); err != nil {
			t.Fatal(err)
		}
		lines := json.NewDecoder(stdout)
		var reply struct{ ID int }
		if err := lines.Decode(&reply); err != nil || reply.ID != 1 {
			t.Fatalf("%v, %+v", err, reply)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := lines.Decode(&reply); !errors.Is(err, io.EOF) {
			t.Errorf("%v: more on stdout, %v", signal, err)
		}
		if code := exitCode(t, cmd.Wait()); code != exitDone || stderr.Len() > 0 {
			t.Errorf("%v: exit code %d, stderr %q", signal, code, stderr)
		}
	}
}
