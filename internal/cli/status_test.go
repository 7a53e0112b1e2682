package cli

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/status"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// goldenStanding is one with all that there is to tell.
func goldenStanding() standing {
	return standing{
		Account: status.Account{
			AsOf: noon.Add(-3 * time.Hour), BalanceAt: noon.Add(-3 * time.Hour), Allocation: dec("100"),
			DIEM: decimal.NewNullDecimal(dec("27.0000004")), USD: decimal.NewNullDecimal(dec("12345.5")),
			Today: decimal.NewNullDecimal(dec("0.00000004")), Month: decimal.NewNullDecimal(dec("1500.25")),
			Unpriced: []venice.Currency{"STAR\x1bDUST"},
		},
		budgets: []status.Budget{
			{Name: "team", Amount: dec("3"), Spent: dec("2"), Share: dec("66.6666")},
			{Name: "diem", Amount: dec("100"), Spent: dec("173"), Share: dec("173"), Exceeded: true},
		},
		now: noon, stale: time.Hour, outdated: true,
	}
}

func TestStatusLine(t *testing.T) {
	t.Parallel()
	calm := standing{Account: status.Account{AsOf: noon, BalanceAt: noon, Complete: true, Hour: decimal.NewNullDecimal(dec("1"))}, now: noon, stale: time.Hour}
	yesterday := goldenStanding()
	yesterday.now = noon.Add(13 * time.Hour)
	for name, test := range map[string]struct{ got, want string }{
		"all": {goldenStanding().line(pipe), "DIEM 27 (73.0% used) | USD 12,345.5 | today ~$<0.000001 | month ~$1,500.25 | burn - | " +
			"over budget: diem 173% | without STAR\ufffdDUST | stale: 3 h ago | old: books not at hand | incomplete"},
		"calm":       {calm.line(pipe), "DIEM - | USD - | today - | month - | burn ~$1/h"},
		"next epoch": {yesterday.line(pipe)[:len("DIEM - | USD ")], "DIEM - | USD "},
		"nothing":    {standing{}.line(pipe), "DIEM - | USD - | today - | month - | burn - | stale: never read | incomplete"},
	} {
		if test.got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, test.got, test.want)
		}
	}
	if line := goldenStanding().line(terminal); !strings.Contains(line, "\x1b[") || strings.Contains(goldenStanding().line(plainTTY), "\x1b") {
		t.Errorf("colours are not where they may be: %q", line)
	}
}

func TestStatusFormat(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"{diem}":     "27",
		"{epoch}":    "73.0%",
		"{usd}":      "12,345.5",
		"{today}":    "<0.000001",
		"{month}":    "1,500.25",
		"{burn}":     "-",
		"{age}":      "3 h ago",
		"{budgets}":  "diem 173%",
		"{marks}":    "over budget: diem 173%, without STAR\ufffdDUST, stale: 3 h ago, old: books not at hand, incomplete",
		"plain":      "plain",
		"{{{diem}}}": "{27}",
		"a{usd}b}}":  "a12,345.5b}",
		"é {usd} é":  "é 12,345.5 é",
	} {
		parts, err := parseFormat(format)
		if err != nil {
			t.Errorf("%q: %v", format, err)
			continue
		}
		if got := fill(parts, goldenStanding()); got != want {
			t.Errorf("%q becomes %q, want %q", format, got, want)
		}
	}
	for _, format := range []string{"{", "}", "{}", "{nosuch}", "{diem", "{diem}}", "{ diem }", "{{diem}"} {
		if parts, err := parseFormat(format); err == nil {
			t.Errorf("%q is taken for %+v", format, parts)
		}
	}
}

// statusOfJSON reads what 'status -o json' printed.
func statusOfJSON(t *testing.T, got outcome) (s statusJSON) {
	t.Helper()
	if err := json.Unmarshal([]byte(got.stdout), &s); err != nil || got.code != exitDone {
		t.Fatalf("%v, exit code %d: %s%s", err, got.code, got.stdout, got.stderr)
	}
	return s
}

// The status says what the report does of the same time.
func TestStatusEqualsReport(t *testing.T) { onEveryStore(t, testStatusEqualsReport) }

func testStatusEqualsReport(t *testing.T, kind storeKind) {
	server := venicetest.NewServer(t, venicetest.Config{Entries: 3000, Now: atNoon})
	b := kind.customer(t, server)
	if got := b.run(t, "sync"); got.code != exitDone || got.stderr != "" {
		t.Fatal(got.stderr)
	}
	s := statusOfJSON(t, b.run(t, "status", "-o", "json"))
	for since, got := range map[string]*string{
		"2026-06-15": s.DollarSpendToday, "2026-06-01": s.DollarSpendMonth, "1h": s.DollarSpendHour,
	} {
		var report struct{ Totals struct{ DollarSpend string } }
		text := b.run(t, "report", "--since", since, "-o", "json").stdout
		if err := json.Unmarshal([]byte(text), &report); err != nil {
			t.Fatal(err)
		}
		if got == nil || *got != report.Totals.DollarSpend {
			t.Errorf("since %s the report has %s: %s", since, report.Totals.DollarSpend, b.run(t, "status", "-o", "json").stdout)
		}
	}
	var balance balanceJSON
	if err := json.Unmarshal([]byte(b.run(t, "balance", "-o", "json").stdout), &balance); err != nil {
		t.Fatal(err)
	}
	if *s.Balances.DIEM != *balance.Balances.DIEM || *s.DIEMEpochUsed != *balance.DIEMEpochUsed || !s.Complete || s.Stale {
		t.Errorf("%+v, want the balance %+v", s, balance)
	}
}

// The answer comes from what is kept while that is of these books, this day and
// these settings, and else from the books.
func TestStatusIsKept(t *testing.T) { onEveryStore(t, testStatusIsKept) }

func testStatusIsKept(t *testing.T, kind storeKind) {
	b := kind.bookkeeper(t)
	cache := status.Beside(b.env.config(t).Beside)
	month := func(args ...string) string {
		t.Helper()
		s := statusOfJSON(t, b.run(t, append([]string{"status", "-o", "json", "--account", "home"}, args...)...))
		return *s.DollarSpendMonth
	}
	const real, kept = "1537.45000004", "99"
	if got := month(); got != real {
		t.Fatalf("the month is %s, want %s", got, real)
	}
	// forge puts something into the cache that the books do not say.
	forge := func() {
		t.Helper()
		k := cache.Load()
		if k == nil {
			t.Fatal("nothing is kept")
		}
		for i := range k.Status.Accounts {
			k.Status.Accounts[i].Month = decimal.NewNullDecimal(dec(kept))
		}
		if err := cache.Save(k); err != nil {
			t.Fatal(err)
		}
	}
	forge()
	if got := month(); got != kept {
		t.Errorf("the month is %s: the books were asked although they did not change", got)
	}
	for name, change := range map[string]func() error{
		"other books": func() error { return b.env.store(t).SaveBalance(t.Context(), "work", ledger.BalanceAt{At: noon}) },
		"damaged":     func() error { return os.Truncate(cache.Path, 100) },
		"gone":        func() error { return os.Remove(cache.Path) },
		"other settings": func() error {
			b.env[config.EnvConfig] = filepath.Join(t.TempDir(), "config.toml")
			return os.WriteFile(b.env[config.EnvConfig], []byte("[budgets.b]\namount = \"1\"\ncurrency = \"USD\"\nperiod = \"month\"\n"), 0o600)
		},
	} {
		forge()
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if got := month(); got != real {
			t.Errorf("%s: the month is %s, want %s", name, got, real)
		}
	}
	if got := b.run(t, "status", "--account", "home"); !strings.Contains(got.stdout, "| over budget: b 124250%") {
		t.Errorf("no mark of the budget in %s", got.stdout)
	}
	if got := b.run(t, "status", "--account", "nobody"); got.code != exitUsage || !strings.Contains(got.stderr, "there are home, work") {
		t.Errorf("exit code %d, %s", got.code, got.stderr)
	}
}

// Where the cache cannot be written, only a warning says so.
func TestStatusCannotBeKept(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 20, Now: atNoon})
	b := inFile.customer(t, server)
	if err := os.MkdirAll(status.Beside(b.env[config.EnvLedger]).Path, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"sync", "status"} {
		got := b.run(t, command)
		if got.code != exitDone || got.stdout == "" || !strings.HasPrefix(got.stderr, "warning: ") || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("ducat %s: exit code %d, %q on stderr", command, got.code, got.stderr)
		}
	}
}

// While another process keeps the books to itself, the answer before is shown,
// and marked.
func TestStatusOfBooksInUse(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 300, Now: atNoon})
	h := inFile.household(t, server)
	h.must(t, "sync")
	before := h.must(t, "status", "--format", "{month} {usd}")
	db, err := sql.Open("duckdb", h.shelf[config.EnvLedger])
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE other (n INTEGER)"); err != nil {
		t.Fatal(err)
	}
	got := h.must(t, "status", "--format", "{month} {usd}\n{marks}")
	if !strings.HasPrefix(got, before) || !strings.Contains(got, "old: books not at hand") {
		t.Errorf("%q, want %q and a mark", got, before)
	}
	var s statusJSON
	if err := json.Unmarshal([]byte(h.must(t, "status", "-o", "json")), &s); err != nil || !s.Outdated {
		t.Errorf("%v, outdated is %t", err, s.Outdated)
	}
}

// TestStatusOfManyIsNotKept has one account more than a status is kept of.
func TestStatusOfManyIsNotKept(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]bool{mostKept: true, mostKept + 1: false} {
		c := &config.Config{Beside: filepath.Join(t.TempDir(), "ledger")}
		for i := range n {
			c.Accounts = append(c.Accounts, config.Account{Name: fmt.Sprint("account ", i)})
		}
		a := app{err: stream{Writer: t.Output()}, now: func() time.Time { return noon }}
		a.keepStatus(t.Context(), c, &ledgertest.Memory{})
		if kept := status.Beside(c.Beside).Load(); (kept != nil) != want {
			t.Errorf("%d accounts: kept is %v", n, kept)
		}
	}
}
