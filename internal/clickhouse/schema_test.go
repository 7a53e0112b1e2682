package clickhouse

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// TestStatements compares what makes a ledger with what was read by a person.
func TestStatements(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{
		"one-server.sql": "clickhouse://me@host:9000/books",
		"cluster.sql":    "clickhouse://me@host:9000/books?cluster=my-cluster",
	} {
		p, err := parse(address, "")
		if err != nil {
			t.Fatal(err)
		}
		database, table := p.ofMeta()
		statements := []string{database, table}
		for _, m := range p.migrations() {
			statements = append(statements, m...)
		}
		got := strings.Join(statements, ";\n\n") + ";\n"
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// TestNamesInStatements has a database that is called what SQL would not expect.
func TestNamesInStatements(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"books": "`books`", "a`b": "`a``b`", `a\b`: "`a\\\\b`"} {
		if got := quoteName(name); got != want {
			t.Errorf("%s is quoted as %s, want %s", name, got, want)
		}
	}
}
