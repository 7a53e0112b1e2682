package mcp_test

import (
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/mcp"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when tests take place.
var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// synced are the books of simulated accounts, home and work.
func synced(t *testing.T, entries int) *ledgertest.Memory {
	t.Helper()
	store := new(ledgertest.Memory)
	for seed, account := range []string{"home", "work"} {
		server := venicetest.NewServer(t, venicetest.Config{Seed: uint64(seed), Entries: entries, Days: 6, Now: atNoon, NoLimits: true})
		client, err := venice.NewClient(venice.WithAPIKey(server.AdminKey), venice.WithBaseURL(server.BaseURL))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.Sync(t.Context(), store, client.Billing, account, ledger.SyncOptions{Now: atNoon}); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// options are those of a server of some books, with budgets.
func options(books ledger.Books) mcp.Options {
	budgets := []mcp.Budget{
		{Budget: report.Budget{Name: "all", Amount: decimal.New(5, -1), Period: report.PerMonth}, Thresholds: []int{50, 100}, Alerts: []string{"ops"}},
		{Budget: report.Budget{Name: "diem", Accounts: []string{"work"}, Currency: venice.DIEM, Amount: decimal.New(1, -1), Period: report.PerEpoch}},
	}
	return mcp.Options{Books: books, Budgets: budgets, Accounts: books.Accounts, Now: atNoon, Version: "v1.2.3", Log: slog.New(slog.DiscardHandler)}
}

// connect is a client of a server of its own.
func connect(t *testing.T, o mcp.Options) *sdk.ClientSession {
	t.Helper()
	server, err := mcp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	here, there := sdk.NewInMemoryTransports()
	session, err := server.Connect(t.Context(), there, nil)
	if err != nil {
		t.Fatal(err)
	}
	client, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "v0"}, nil).Connect(t.Context(), here, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		_ = session.Wait() // how it ended is the client's matter
	})
	return client
}

// call asks a tool, with arguments in JSON.
func call(ctx context.Context, t *testing.T, client *sdk.ClientSession, tool, arguments string) *sdk.CallToolResult {
	t.Helper()
	result, err := client.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatalf("%s %s: %v", tool, arguments, err)
	}
	return result
}

// answer asks a tool that has an answer.
func answer[T any](t *testing.T, client *sdk.ClientSession, tool, arguments string) (structured T, text string) {
	t.Helper()
	result := call(t.Context(), t, client, tool, arguments)
	text = textOf(t, result)
	if result.IsError {
		t.Fatalf("%s %s: %s", tool, arguments, text)
	}
	if err := json.Unmarshal([]byte(spell(t, result.StructuredContent)), &structured); err != nil {
		t.Fatal(err)
	}
	return structured, text
}

func textOf(t *testing.T, result *sdk.CallToolResult) string {
	t.Helper()
	if len(result.Content) != 1 {
		t.Fatalf("%d contents, want one text", len(result.Content))
	}
	content, ok := result.Content[0].(*sdk.TextContent)
	if !ok {
		t.Fatalf("content is a %T", result.Content[0])
	}
	return content.Text
}

func spell(t *testing.T, v any) string {
	t.Helper()
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// golden compares a text with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
