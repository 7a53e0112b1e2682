package cli

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/config"
)

// Books that a database wrote as Parquet, with what they cover, come back whole
// into a new ledger: the same entries, and the same gap.
func TestImportParquet(t *testing.T) {
	t.Parallel()
	b := newBookkeeper(t)
	path := filepath.Join(t.TempDir(), "books.parquet")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const statement = `{"window":{"start":"2026-06-01T00:00:00.000Z","end":"2026-06-15T09:00:00.000Z"},"complete":false,` +
		`"coverage":[{"account":"work","asOf":"2026-06-15T09:00:00.000Z","missing":[{"start":"2026-06-13T00:00:00.000Z","end":"2026-06-14T00:00:00.000Z"}]}]}`
	for _, query := range []string{
		"ATTACH '" + b.env[config.EnvLedger] + "' AS books (READ_ONLY)",
		`COPY (SELECT account, (timestamp::VARCHAR || '+00')::TIMESTAMPTZ AS timestamp, sku, price_per_unit_usd, units, amount, currency, notes,
			request_id, execution_ms, prompt_tokens, completion_tokens FROM books.entries WHERE account = 'work')
			TO '` + path + `' (FORMAT parquet, KV_METADATA {ducat: '` + statement + `'})`,
	} {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	fresh := inFile.customer(t, nil)
	if got := fresh.run(t, "import", path); got.code != exitDone || !strings.Contains(got.stdout, "work: 1 entry is new in the books, 0 there before.\n") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	for _, line := range []string{"--since 2026-06-01 --until 2026-06-15", "--since 2026-06-01 --until 2026-06-13"} {
		args := append([]string{"report", "--account", "work", "-o", "csv"}, strings.Fields(line)...)
		want, got := b.run(t, args...), fresh.run(t, args...)
		if want.stdout != got.stdout || want.code != got.code {
			t.Errorf("%s: exit code %d, expected %d:\n%s\nexpected\n%s", line, got.code, want.code, got.stdout, want.stdout)
		}
	}
	if again := fresh.run(t, "import", path); again.code != exitDone || !strings.Contains(again.stdout, "nothing changed") {
		t.Errorf("the second time: %s%s", again.stdout, again.stderr)
	}
}

// An import that leaves something out has all that the form can hold.
func TestImportJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	b := newBookkeeper(t)
	path := filepath.Join(t.TempDir(), "usage.csv")
	const file = "account,timestamp,sku,amount,currency\nwork,2026-06-12T10:00:00Z,x,-8.5,DIEM\n"
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	example := documented(t, string(text), "## `ducat import -o json`")
	got := b.run(t, "import", path, "--covers", "2026-06-11/2026-06-14", "-o", "json")
	if got.code != exitIncomplete {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, got.stdout)); diff != "" {
		t.Errorf("-documented +printed:\n%s", diff)
	}
}
