package mcp_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

// docs/mcp.md names every tool, argument and field of an answer, and no other tool.
func TestToolsAreAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/mcp.md")
	if err != nil {
		t.Fatal(err)
	}
	general, rest, _ := strings.Cut(string(text), "\n## `")
	sections := map[string]string{}
	for part := range strings.SplitSeq(rest, "\n## `") {
		name, section, _ := strings.Cut(part, "`")
		sections[name] = section
	}
	var names []string
	for tool, err := range connect(t, options(new(ledgertest.Memory))).Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, tool.Name)
		for _, schema := range []any{tool.InputSchema, tool.OutputSchema} {
			properties, _ := schema.(map[string]any)["properties"].(map[string]any)
			for property := range properties {
				if !strings.Contains(general+sections[tool.Name], "`"+property+"`") {
					t.Errorf("docs/mcp.md does not tell of %s of %s", property, tool.Name)
				}
			}
		}
	}
	slices.Sort(names)
	if documented := slices.Sorted(maps.Keys(sections)); !slices.Equal(names, documented) {
		t.Errorf("documented are %q, offered %q", documented, names)
	}
}
