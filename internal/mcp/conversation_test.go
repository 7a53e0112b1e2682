package mcp_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The tools and their schemas are a contract: docs/mcp.md.
func TestTools(t *testing.T) {
	t.Parallel()
	client := connect(t, options(synced(t, 10)))
	listed, err := client.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "tools.json", spell(t, listed.Tools))
	for _, tool := range listed.Tools {
		hints := tool.Annotations
		if hints == nil || !hints.ReadOnlyHint || *hints.DestructiveHint || *hints.OpenWorldHint {
			t.Errorf("%s: hints %+v, want those of a tool that only reads what is here", tool.Name, hints)
		}
		for _, field := range []string{"complete", "coverage", "mend"} {
			required, _ := tool.OutputSchema.(map[string]any)["required"].([]any)
			if !slices.Contains(required, any(field)) {
				t.Errorf("%s does not promise %s", tool.Name, field)
			}
		}
	}
	golden(t, "instructions.txt", client.InitializeResult().Instructions+"\n")
}

// questions is a conversation that meets all tools.
var questions = []struct{ tool, arguments string }{
	{"coverage", `{}`},
	{"balance", `{"accounts": ["work"]}`},
	{"totals", `{}`},
	{"totals", `{"since": "2026-06-12", "until": "2026-06-14", "zone": "America/New_York", "currencies": ["diem"], "accounts": ["home"]}`},
	{"breakdown", `{"by": ["model"], "top": 3, "since": "all"}`},
	{"breakdown", `{"by": ["day", "currency"], "since": "2026-06-13", "accounts": ["work"]}`},
	{"breakdown", `{"by": ["key"], "since": "2d"}`},
	{"entries", `{"limit": 2}`},
	{"entries", `{"limit": 2, "order": "oldest", "currencies": ["USD"], "since": "all"}`},
	{"forecast", `{}`},
	{"budgets", `{}`},
	{"prices", `{"models": ["claude-opus-4-8"]}`},
	{"compare", `{"a": "2026-06-13", "b": "2026-06-14", "by": "meter"}`},
	{"totals", `{"since": "2026-06-10", "until": "2026-07-10"}`},
	{"totals", `{"since": "yesterday"}`},
}

// A whole conversation, read by a person when its file was written. Another
// implementation of JSON schema finds each answer to be as promised.
func TestConversation(t *testing.T) {
	t.Parallel()
	client := connect(t, options(synced(t, 40)))
	promised := schemas(t, client)
	var all strings.Builder
	for _, q := range questions {
		result := call(t.Context(), t, client, q.tool, q.arguments)
		fmt.Fprintf(&all, "> %s %s\n\n%s\n", q.tool, q.arguments, textOf(t, result))
		if result.IsError {
			continue
		}
		fmt.Fprintf(&all, "%s\n", spell(t, result.StructuredContent))
		if err := promised[q.tool].Validate(result.StructuredContent); err != nil {
			t.Errorf("%s %s: %v", q.tool, q.arguments, err)
		}
	}
	golden(t, "conversation.txt", all.String())
}

// schemas are those of the answers, by tool.
func schemas(t *testing.T, client *sdk.ClientSession) map[string]*jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiled := map[string]*jsonschema.Schema{}
	for tool, err := range client.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		for place, schema := range map[string]any{"question/": tool.InputSchema, "answer/": tool.OutputSchema} {
			if err := compiler.AddResource(place+tool.Name, schema); err != nil {
				t.Fatal(err)
			}
			s, err := compiler.Compile(place + tool.Name)
			if err != nil {
				t.Fatalf("%s%s: %v", place, tool.Name, err)
			}
			if place == "answer/" {
				compiled[tool.Name] = s
			}
		}
	}
	return compiled
}

// The tools of a client that knows the protocol only as it was at first.
func TestOlderProtocol(t *testing.T) {
	t.Parallel()
	lines := serve(t, options(synced(t, 10)),
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"old","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"coverage"}}`)
	var first, second struct {
		Result struct {
			ProtocolVersion string
			ServerInfo      struct{ Name, Version string }
			IsError         bool
			Content         []struct{ Text string }
		}
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if r := first.Result; r.ProtocolVersion != "2024-11-05" || r.ServerInfo.Name != "ducat" || r.ServerInfo.Version != "v1.2.3" {
		t.Errorf("got %+v", r)
	}
	if err := json.Unmarshal([]byte(lines[1]), &second); err != nil {
		t.Fatal(err)
	}
	if r := second.Result; r.IsError || len(r.Content) != 1 || !strings.HasPrefix(r.Content[0].Text, "Complete as of 2026-06-15T12:00:00.000Z.\n") {
		t.Errorf("got %+v", r)
	}
}
