package mcp_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/mcp"
)

// serve sends lines one by one to a server on streams, and gives the answers to
// those that have an id. Then the input ends, and so must the server.
func serve(t *testing.T, o mcp.Options, lines ...string) (answers []string) {
	t.Helper()
	input, toServer := io.Pipe()
	fromServer, output := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(mcp.Serve(t.Context(), o, input, output), output.Close()) }()
	replies := bufio.NewReader(fromServer)
	for _, line := range lines {
		if _, err := io.WriteString(toServer, line+"\n"); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(line, `"id"`) {
			continue
		}
		reply, err := replies.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, reply)
	}
	if err := toServer.Close(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(replies); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v after the last answer", rest, err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	return answers
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	input, toServer := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- mcp.Serve(ctx, options(new(ledgertest.Memory)), input, io.Discard) }()
	if _, err := io.WriteString(toServer, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := toServer.Close(); err != nil {
		t.Error(err)
	}
}

// slowBooks hang until the question is taken back.
type slowBooks struct {
	ledger.Books
	asked, left chan struct{}
}

func (b slowBooks) Sums(ctx context.Context, _ ledger.Query) ([]ledger.Sum, error) {
	close(b.asked)
	<-ctx.Done()
	close(b.left)
	return nil, ctx.Err()
}

// A question that is taken back is given up, and others are answered.
func TestCancelledCall(t *testing.T) {
	t.Parallel()
	slow := slowBooks{synced(t, 10), make(chan struct{}), make(chan struct{})}
	client := connect(t, options(slow))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := client.CallTool(ctx, &sdk.CallToolParams{Name: "totals"})
		done <- err
	}()
	<-slow.asked
	answer[any](t, client, "coverage", `{}`)
	cancel()
	<-slow.left
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the call ended with %v", err)
	}
	answer[any](t, client, "coverage", `{}`)
}

// Many questions at once have the answers that they have one by one.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	client := connect(t, options(synced(t, 40)))
	want := make([]string, len(questions))
	for i, q := range questions {
		want[i] = spell(t, call(t.Context(), t, client, q.tool, q.arguments))
	}
	var group sync.WaitGroup
	for range 3 {
		for i, q := range questions {
			group.Go(func() {
				result, err := client.CallTool(t.Context(), &sdk.CallToolParams{Name: q.tool, Arguments: rawJSON(q.arguments)})
				if err != nil {
					t.Error(err)
					return
				}
				if got := spell(t, result); got != want[i] {
					t.Errorf("%s %s: %s, want %s", q.tool, q.arguments, got, want[i])
				}
			})
		}
	}
	group.Wait()
}

// failing are books that cannot be read.
type failing struct {
	ledger.Books
	err error
}

func (f failing) Accounts(context.Context) ([]string, error) { return nil, f.err }

// Where there are no books, agents are told what to do.
func TestNoBooks(t *testing.T) {
	t.Parallel()
	arguments := map[string]string{"breakdown": `{"by": ["day"]}`, "compare": `{"a": "2026-05", "b": "2026-06"}`}
	none := connect(t, options(failing{err: errors.Join(ledger.ErrNoLedger, errors.New("run 'ducat sync'\x1b[2J"))}))
	empty := connect(t, options(new(ledgertest.Memory)))
	for tool, err := range none.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		asked := arguments[tool.Name]
		if asked == "" {
			asked = `{}`
		}
		result := call(t.Context(), t, none, tool.Name, asked)
		if text := textOf(t, result); !result.IsError || !strings.HasPrefix(text, "no ledger yet") ||
			!strings.Contains(text, "'ducat sync'") || strings.ContainsAny(text, "\x1b\n") {
			t.Errorf("%s: error %t, %q", tool.Name, result.IsError, text)
		}
		got, text := answer[struct {
			Complete *bool
			Coverage []any
			Mend     *string
		}](t, empty, tool.Name, asked)
		if got.Complete == nil || *got.Complete || got.Coverage == nil || got.Mend == nil || *got.Mend != "run 'ducat sync'" ||
			!strings.Contains(text, "INCOMPLETE: ") {
			t.Errorf("%s of empty books: %+v, %q", tool.Name, got, text)
		}
	}
}

// A message without an end does not fill the memory.
func TestEndlessMessage(t *testing.T) {
	t.Parallel()
	endless := io.MultiReader(strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"`), zeros{})
	ended := make(chan error, 1)
	go func() { ended <- mcp.Serve(t.Context(), options(new(ledgertest.Memory)), endless, io.Discard) }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("no error")
		}
	case <-time.After(time.Minute):
		t.Fatal("the server reads on and on")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestNoBudgets(t *testing.T) {
	t.Parallel()
	o := options(synced(t, 10))
	o.Budgets = nil
	got, text := answer[struct {
		Budgets  []any
		Exceeded *bool
		Complete bool
	}](t, connect(t, o), "budgets", `{}`)
	if got.Budgets == nil || len(got.Budgets) > 0 || got.Exceeded == nil || *got.Exceeded || !got.Complete || !strings.Contains(text, "'ducat budget --help'") {
		t.Errorf("got %+v, %q", got, text)
	}
}
