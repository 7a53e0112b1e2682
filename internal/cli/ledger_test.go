package cli

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A copy in which one digit is another has all that the form can hold.
func TestLedgerCopyJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	b := newBookkeeper(t)
	path := filepath.Join(t.TempDir(), "copy.duckdb")
	from := b.env["DUCAT_LEDGER"]
	if got := b.run(t, "ledger", "copy", from, path); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	flipDigit(t, path)
	got := b.run(t, "ledger", "copy", from, path, "--verify", "-o", "json")
	if got.code != exitIncomplete {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	example := documented(t, string(text), "## `ducat ledger copy -o json`")
	if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, got.stdout)); diff != "" {
		t.Errorf("-documented +printed:\n%s", diff)
	}
	if got := b.run(t, "ledger", "copy", from, path); got.code != exitIncomplete {
		t.Errorf("a copy that is not like the books: exit code %d: %s", got.code, got.stdout)
	}
}

// flipDigit changes the last digit that can be kept of one amount, as a broken
// disk would.
func flipDigit(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	changed, err := db.ExecContext(t.Context(), "UPDATE ledger_entries SET amount = amount - 0.000000000000000000000001 WHERE rowid = (SELECT max(rowid) FROM ledger_entries)")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := changed.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d rows changed, %v", n, err)
	}
}

// An account that is not there is refused with a few of those that are, be they
// thousands.
func TestUnknownOfManyAccounts(t *testing.T) {
	t.Parallel()
	b := inFile.customer(t, nil)
	store := b.env.store(t)
	for n := range 40 {
		name := fmt.Sprintf("account-%02d", n)
		if _, err := store.Replace(t.Context(), name, []ledger.Reading{{Window: ledger.Window{Start: ledger.Beginning, End: noon}, ReadAt: noon}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range []string{"report --account nobody", "status --account nobody", "export --account nobody"} {
		got := b.run(t, strings.Fields(command)...)
		if got.code != exitUsage || len(got.stderr) > 300 || !strings.Contains(got.stderr, "there are account-00, account-01, account-02, account-03, account-04, 35 more") {
			t.Errorf("%s: exit code %d: %s", command, got.code, got.stderr)
		}
	}
}
