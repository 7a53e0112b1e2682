package cli

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// Every form of JSON has exactly the fields that its example in docs/json.md has.
func TestJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	server := venicetest.NewServer(t, venicetest.Config{Entries: 400, Now: atNoon})
	for _, test := range []struct {
		heading, command string
	}{
		{"## `ducat balance -o json`", "balance -o json"},
		{"## An entry", "usage --limit 1 --sort asc -o ndjson"},
		{"## `ducat usage -o json`", "usage --page 99 -o json"},
		{"## `ducat usage --all -o json`", "usage --all --since 2030-01-01 -o json"},
		{"## `ducat analytics -o json`", "analytics --lookback 30d -o json"},
		{"## `ducat version -o json`", "version -o json"},
		{"## Errors", "usage --limit 501 -o json"},
	} {
		example := documented(t, string(text), test.heading)
		got := runDucat(t.Context(), server, strings.Fields(test.command)...)
		if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, got.stdout+got.stderr)); diff != "" {
			t.Errorf("%s (-documented +printed):\n%s", test.command, diff)
		}
	}
}

// A sync that fails after it met a correction has all that the form can hold.
func TestSyncJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	e := venicetest.Entry{Timestamp: noon.Add(-30 * time.Minute), SKU: "x", Amount: "-0.25", Currency: "DIEM"}
	server := venicetest.NewServer(t, venicetest.Config{Ledger: []venicetest.Entry{e}, Now: atNoon})
	b := inFile.customer(t, server)
	if got := b.run(t, "sync", "--since", "1d"); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	e.Amount = "-0.5"
	server.Correct(server.Entries()[0].Seq, e)
	// As many as make a part of what is older hopeless, after it was halved as often as it may be.
	server.SetFaults(venicetest.Fault{Kind: venicetest.Fault500, Route: "usage-history", Times: 14})
	got := b.run(t, "sync", "--parallel", "1", "--retries", "0", "-o", "json")
	if got.code != exitUnavailable {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	example := documented(t, string(text), "## `ducat sync -o json`")
	if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, got.stdout)); diff != "" {
		t.Errorf("-documented +printed:\n%s", diff)
	}
	if want := `"added":1,"removed":1,"addedAmount":{"DIEM":"-0.5"},"removedAmount":{"DIEM":"-0.25"}`; !strings.Contains(got.stdout, want) {
		t.Errorf("%s is not in %s", want, got.stdout)
	}
}

// A reconciliation that mends a day has all that the form can hold.
func TestReconcileJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	server := venicetest.NewServer(t, venicetest.Config{Entries: 300, Now: atNoon})
	b := inFile.customer(t, server)
	if got := b.run(t, "sync"); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	server.Post(venicetest.Entry{Timestamp: noon.AddDate(0, 0, -20), SKU: "late", Amount: "-2.5", Currency: "USD"})
	got := b.run(t, "reconcile", "--fix", "-o", "json")
	if got.code != exitDone {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	example := documented(t, string(text), "## `ducat reconcile -o json`")
	if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, got.stdout)); diff != "" {
		t.Errorf("-documented +printed:\n%s", diff)
	}
}

// The same of commands that ask Venice for the accounts that are configured.
func TestAccountsJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	b := inFile.customer(t, venicetest.NewServer(t, venicetest.Config{Entries: 400, Now: atNoon}))
	for heading, command := range map[string]string{
		"## `ducat keys -o json`":   "keys -o json",
		"## `ducat doctor -o json`": "doctor -o json",
	} {
		if diff := cmp.Diff(fieldsOf(t, documented(t, string(text), heading)), fieldsOf(t, b.run(t, strings.Fields(command)...).stdout)); diff != "" {
			t.Errorf("%s (-documented +printed):\n%s", command, diff)
		}
	}
}

// A status with a budget has all that the form can hold.
func TestStatusJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	b := newBookkeeper(t)
	b.env[config.EnvConfig] = filepath.Join(t.TempDir(), "config.toml")
	budget := "[budgets.team]\namount = \"1500\"\ncurrency = \"dollars\"\nperiod = \"month\"\naccounts = [\"home\"]\n"
	if err := os.WriteFile(b.env[config.EnvConfig], []byte(budget), 0o600); err != nil {
		t.Fatal(err)
	}
	got := b.run(t, "status", "--account", "home", "-o", "json")
	example := documented(t, string(text), "## `ducat status -o json`")
	if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, got.stdout)); diff != "" {
		t.Errorf("-documented +printed:\n%s", diff)
	}
	if want := `"spent": "1537.45000004",
      "percent": "102.4966",
      "exceeded": true`; !strings.Contains(got.stdout, want) {
		t.Errorf("%s is not in %s", want, got.stdout)
	}
}

// documented is the example below a heading of docs/json.md.
func documented(t *testing.T, text, heading string) string {
	t.Helper()
	_, section, ok := strings.Cut(text, heading)
	if !ok {
		t.Fatalf("no heading %s", heading)
	}
	_, section, _ = strings.Cut(section, "```json\n")
	example, _, _ := strings.Cut(section, "```")
	return example
}

// fieldsOf lists the fields of a JSON text, "a.b" for one inside another.
func fieldsOf(t *testing.T, text string) []string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	found := map[string]bool{}
	var walk func(prefix string, value any)
	walk = func(prefix string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name, field := range value {
				found[prefix+name] = true
				if name != "spend" { // its names are those of models and keys
					walk(prefix+name+".", field)
				}
			}
		case []any:
			for _, element := range value {
				walk(prefix, element)
			}
		}
	}
	walk("", value)
	return slices.Sorted(maps.Keys(found))
}

// The same of the commands that ask the books.
func TestBooksJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	b := newBookkeeper(t)
	for heading, args := range map[string][]string{
		"## `ducat report -o json`":   {"report", "--by", "day,model", "--since", "2026-06-12", "-o", "json"},
		"## `ducat forecast -o json`": {"forecast", "-o", "json"},
		"## `ducat compare -o json`":  {"compare", "2026-06-01/2026-06-12", "2026-06-12/", "-o", "json"},
		"## `ducat prices -o json`":   {"prices", "-o", "json"},
		"## `ducat sql -o json`":      {"sql", "-o", "json", "SELECT day, sum(spend)::VARCHAR AS spend FROM entries GROUP BY day"},
		"## `ducat accounts -o json`": {"accounts", "-o", "json"},
	} {
		_, section, _ := strings.Cut(string(text), heading)
		_, section, _ = strings.Cut(section, "```json\n")
		example, _, _ := strings.Cut(section, "```")
		if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, b.run(t, args...).stdout)); diff != "" {
			t.Errorf("%s (-documented +printed):\n%s", heading, diff)
		}
	}
}

// The same of budgets, one of which has all that the form can hold.
func TestBudgetJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	b := newBookkeeper(t)
	b.env[config.EnvConfig] = filepath.Join(t.TempDir(), "config.toml")
	toml := "[budgets.team]\namount = '100'\ncurrency = 'USD'\nperiod = 'month'\nkey = 'prodction'\naccounts = ['work']\n" +
		"[budgets.odd]\namount = '1'\ncurrency = 'dollars'\nperiod = 'week'\nmodels = ['glm-6']\nalerts = ['ops']\n" +
		"[alerts.ops]\ntype = 'webhook'\nurl_env = 'OPS_URL'\n"
	if err := os.WriteFile(b.env[config.EnvConfig], []byte(toml), 0o600); err != nil {
		t.Fatal(err)
	}
	got := b.run(t, "budget", "-o", "json")
	example := documented(t, string(text), "## `ducat budget -o json`")
	if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, got.stdout)); diff != "" {
		t.Errorf("-documented +printed:\n%s", diff)
	}
	if got.code != exitIncomplete || !strings.Contains(got.stderr, `"category":"incomplete"`) {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
}
