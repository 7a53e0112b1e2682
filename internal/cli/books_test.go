package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// The figures are those of the entries that keep wrote, added up by hand.
func TestReportCommand(t *testing.T) { onEveryStore(t, testReportCommand) }

func testReportCommand(t *testing.T, kind storeKind) {
	b := kind.bookkeeper(t)
	for _, test := range []struct {
		line string
		code int
		want []string // lines of CSV
	}{
		{"--account home --by model --since 2026-06-09", 0, []string{
			"kimi-k2-7-code,USD,1,1234.5,0,120500000",
			"zai-org-glm-5-1,DIEM,3,301.75000004,0,301234794",
			"wan-2.5-preview-text-to-video,BUNDLED_CREDITS,1,1.2,0,0",
			"credit-purchase,USD,1,0,1000,0",
			"flux-2-pro,STARDUST,1,0.12,0,0",
		}},
		{"--account home --by meter --since all --currency diem", 0, []string{
			"input,DIEM,2,301.75,0,301234567",
			"output,DIEM,1,0.00000004,0,227",
		}},
		{"--account home --by model --since 2026-06-09 --top 1", 0, []string{
			"kimi-k2-7-code,USD,1,1234.5,0,120500000",
			"(other),DIEM,3,301.75000004,0,301234794",
			"(other),BUNDLED_CREDITS,1,1.2,0,0",
			"(other),USD,1,0,1000,0",
			"(other),STARDUST,1,0.12,0,0",
		}},
		// 23:30 UTC is the next day in Berlin.
		{"--account home --since 2026-06-14 --until 2026-06-16 --tz Europe/Berlin", 0, []string{
			"2026-06-14,,0,0,0,0",
			"2026-06-15,DIEM,1,300.25,0,300000000",
			"2026-06-15,STARDUST,1,0.12,0,0",
		}},
		// The midnights of New York are at 04:00 UTC.
		{"--account home --since 2026-06-12 --until 2026-06-13 --tz America/New_York --by hour,model --model flux-2-pro,kimi-k2-7-code", 0,
			append(zeroHours("2026-06-12T0%d:00:00-04:00", 0, 3), append([]string{
				"2026-06-12T04:00:00-04:00,kimi-k2-7-code,USD,1,1234.5,0,120500000"},
				append(zeroHours("2026-06-12T0%d:00:00-04:00", 5, 9), append(zeroHours("2026-06-12T1%d:00:00-04:00", 0, 9),
					zeroHours("2026-06-12T2%d:00:00-04:00", 0, 3)...)...)...)...)},
		{"--account home --since 36h --by account", 0, []string{"home,DIEM,1,300.25,0,300000000", "home,STARDUST,1,0.12,0,0"}},
		{"--account work --since 2026-06-12 --by week", 5, []string{"2026-06-08,USD,1,8,0,2000000", "2026-06-15,,0,0,0,0"}},
		{"--account work --since 2026-06-10 --until 2026-06-12", 0, []string{"2026-06-10,,0,0,0,0", "2026-06-11,,0,0,0,0"}},
		{"--since 2026-06-12 --by currency", 5, []string{"USD,USD,2,1242.5,0,122500000", "DIEM,DIEM,1,300.25,0,300000000",
			"BUNDLED_CREDITS,BUNDLED_CREDITS,1,1.2,0,0", "STARDUST,STARDUST,1,0.12,0,0"}},
		{"--by day,key --account home --since 2026-06-12 --until 2026-06-14", 0, []string{
			"2026-06-12,production,DIEM,,1.5,0,", "2026-06-12,production,USD,,1234.5,0,", "2026-06-12,Web App,DIEM,,0.25,0,",
			"2026-06-13,production,USD,,1.2,0,"}},
	} {
		got := b.run(t, append([]string{"report", "-o", "csv"}, strings.Fields(test.line)...)...)
		lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
		if diff := cmp.Diff(test.want, lines[1:]); diff != "" || got.code != test.code {
			t.Errorf("%s: exit code %d, want %d (-want +got):\n%s%s", test.line, got.code, test.code, diff, got.stderr)
		}
		if said := strings.Contains(got.stderr, "the answer is incomplete: "); said != (test.code == 5) {
			t.Errorf("%s: stderr is %q", test.line, got.stderr)
		}
	}
}

// zeroHours are lines of hours without entries.
func zeroHours(format string, first, last int) []string {
	var lines []string
	for hour := first; hour <= last; hour++ {
		lines = append(lines, strings.Replace(format, "%d", string(rune('0'+hour)), 1)+",,,0,0,0,0")
	}
	return lines
}

// What a store answers is what the store in memory does.
func TestReportStores(t *testing.T) { onEveryStore(t, testReportStores) }

func testReportStores(t *testing.T, kind storeKind) {
	b := kind.bookkeeper(t)
	memory := keptInMemory(t)
	for _, by := range []string{"day", "hour,model", "sku,month", "week,currency", "meter,account", "day,key"} {
		args := strings.Fields("report --account home,work --since 2026-06-09 -o json --by " + by)
		got := b.run(t, args...)

		var stdout bytes.Buffer
		o := &reportOptions{since: "2026-06-09", tz: "UTC"}
		if err := o.by.Set(by); err != nil {
			t.Fatal(err)
		}
		q, err := o.question(noon, func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		q.Accounts = []string{"home", "work"}
		want := askMemory(t, memory, q)
		if err := writeJSON(&stdout, "  ", export.NewReport(want)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(stdout.String(), got.stdout); diff != "" {
			t.Errorf("by %s (-memory +%s):\n%s", by, kind.name, diff)
		}
	}
}

func TestReportRefuses(t *testing.T) {
	t.Parallel()
	b := newBookkeeper(t)
	for line, want := range map[string]string{
		"--by colour":                     "must be one or two of day, hour",
		"--by day,hour":                   "both periods of time",
		"--by model,model":                "asked for twice",
		"--by day,model,sku":              "at most 2",
		"--by key --tz Europe/Berlin":     "by key knows UTC days only",
		"--by key,model":                  "entries carry no key",
		"--since yesterday":               `invalid --since "yesterday"`,
		"--until 2026-13-01":              `invalid --until "2026-13-01"`,
		"--tz Mars/Olympus":               `invalid --tz "Mars/Olympus"`,
		"--tz Local":                      `invalid --tz "Local"`,
		"--since 2026-06-10 --until 10d":  "ends before it begins",
		"--since 2027-01-01":              "begins in the future",
		"--account nobody":                `invalid --account "nobody": neither configured nor in the books; there are home, work`,
		"--top 0":                         "1 or more",
		"2026-06-01":                      "takes flags only",
		"--by hour --since 2010-01-01":    "choose a later start",
		"--currency USD --by key":         "takes no filter but accounts",
		"--by hour --tz local --since 3d": "",
	} {
		b.env["TZ"] = "Asia/Kathmandu"
		got := b.run(t, append([]string{"report"}, strings.Fields(line)...)...)
		if want == "" {
			if !strings.Contains(got.stdout, "HOUR (Asia/Kathmandu)") {
				t.Errorf("%s: %s %s", line, got.stdout, got.stderr)
			}
			continue
		}
		if got.code != 2 || !strings.Contains(got.stderr, want) || got.stdout != "" {
			t.Errorf("%s: exit code %d, %q and %q, want 2 and %q", line, got.code, got.stdout, got.stderr, want)
		}
	}
}

// Without a ledger there is nothing to say yet, and a command to run.
func TestNoLedger(t *testing.T) { onEveryStore(t, testNoLedger) }

func testNoLedger(t *testing.T, kind storeKind) {
	b := kind.customer(t, nil)
	for _, line := range []string{"report", "sql --schema"} {
		got := b.run(t, strings.Fields(line)...)
		if got.code != 5 || !strings.Contains(got.stderr, "ducat sync") || got.stdout != "" {
			t.Errorf("%s: exit code %d and %q, want 5 and the command to run", line, got.code, got.stderr)
		}
	}
	got := b.run(t, "accounts", "-o", "json")
	if got.code != 0 || !strings.Contains(got.stdout, `"account": "default"`) || !strings.Contains(got.stdout, `"lastSync": null`) {
		t.Errorf("accounts: exit code %d, %s%s", got.code, got.stdout, got.stderr)
	}
	if _, err := b.env.store(t).Version(t.Context()); !errors.Is(err, ledger.ErrNoLedger) {
		t.Errorf("reading made a ledger: %v", err)
	}
}

func TestAccountsCommand(t *testing.T) { onEveryStore(t, testAccountsCommand) }

func testAccountsCommand(t *testing.T, kind storeKind) {
	b := kind.bookkeeper(t)
	const secret = "VENICE-ADMIN-KEY-secret"
	folder := t.TempDir()
	b.env[config.EnvConfig] = filepath.Join(folder, "config.toml")
	b.env["HOME_KEY"] = secret
	for name, text := range map[string]string{
		"config.toml": "[accounts.home]\nkey_env = 'HOME_KEY'\n[accounts.new]\nkey_file = './new.key'\nlabel = 'The new one'\n",
		"new.key":     secret + "\n",
	} {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, 0o644); err != nil { // whatever the umask is
			t.Fatal(err)
		}
	}
	got := b.run(t, "accounts", "-o", "json")
	if !strings.Contains(got.stderr, "chmod 600") {
		t.Errorf("stderr is %q, want a warning", got.stderr)
	}
	table := b.run(t, "accounts")
	if all := got.stdout + got.stderr + table.stdout + table.stderr; strings.Contains(all, secret) {
		t.Errorf("a key in %s", all)
	}
	named := strings.NewReplacer(folder, "FOLDER", b.ledgerName(), "LEDGER")
	golden(t, "accounts", named.Replace(table.stdout))
	var j accountsJSON
	if err := json.Unmarshal([]byte(got.stdout), &j); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range j.Accounts {
		names = append(names, a.Account)
	}
	if !slices.Equal(names, []string{"home", "new", "work"}) {
		t.Errorf("accounts %q", names)
	}
	// An account that was never read keeps the answer of all from being complete.
	if got := b.run(t, "report", "--since", "2026-06-14"); got.code != 5 || !strings.Contains(got.stderr, "new lacks") {
		t.Errorf("report: exit code %d, %q", got.code, got.stderr)
	}
	b.env[config.EnvConfig] = filepath.Join(folder, "new.key")
	if got := b.run(t, "report"); got.code != 2 || strings.Contains(got.stderr, secret) {
		t.Errorf("a file that is no configuration: exit code %d, %q", got.code, got.stderr)
	}
}

// On a terminal the last line of the table has said what is missing.
func TestIncompleteIsToldOnce(t *testing.T) {
	t.Parallel()
	b := newBookkeeper(t)
	for _, tty := range []bool{true, false} {
		var stdout, stderr bytes.Buffer
		a := app{
			out: stream{Writer: &stdout, tty: tty, width: 80},
			err: stream{Writer: &stderr, tty: tty, width: 80},
			env: func(name string) string { return b.env[name] },
			now: atNoon,
		}
		code := a.run(t.Context(), strings.Fields("report --account work --since 2026-06-12"))
		const remedy = "ducat sync --since 2026-06-13"
		if code != 5 || !strings.Contains(stdout.String(), remedy) || strings.Contains(stderr.String(), remedy) == tty {
			t.Errorf("terminal %t: exit code %d, stdout %s, stderr %s", tty, code, stdout.String(), stderr.String())
		}
	}
}

func TestAgo(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{-time.Second: "just now", 59 * time.Second: "just now", 3*time.Minute + 59*time.Second: "3 min ago",
		47 * time.Hour: "47 h ago", 49 * time.Hour: "2 days ago"} {
		if got := ago(d); got != want {
			t.Errorf("ago(%s) is %q, want %q", d, got, want)
		}
	}
}
