package cli

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// examined is what a doctor found, by "account check" or "check".
func examined(t *testing.T, b *bookkeeper, args ...string) (findings map[string]findingJSON, code int) {
	t.Helper()
	got := b.run(t, append([]string{"doctor", "-o", "json"}, args...)...)
	var j doctorJSON
	if err := json.Unmarshal([]byte(got.stdout), &j); err != nil {
		t.Fatalf("%v in %s%s", err, got.stdout, got.stderr)
	}
	if j.ExitCode != got.code {
		t.Errorf("exit code %d, and %d in JSON", got.code, j.ExitCode)
	}
	findings = map[string]findingJSON{}
	for _, f := range j.Findings {
		name := f.Check
		if f.Account != nil {
			name = *f.Account + " " + name
		}
		findings[name] = f
	}
	for _, key := range []string{config.EnvKey, "KEY_HOME", "KEY_WORK"} {
		if secret := b.env[key]; secret != "" && strings.Contains(got.stdout+got.stderr, secret) {
			t.Errorf("the key %s in the output", key)
		}
	}
	return findings, got.code
}

func wantFinding(t *testing.T, findings map[string]findingJSON, name string, v judgement, found, mend string) {
	t.Helper()
	f, ok := findings[name]
	got := ""
	if f.Mend != nil {
		got = *f.Mend
	}
	if !ok || f.Verdict != v || !strings.Contains(f.Found, found) || got != mend && !(mend != "" && strings.HasPrefix(got, mend)) {
		t.Errorf("%s: %s %q, mend %q; want %s %q, mend %q", name, f.Verdict, f.Found, got, v, found, mend)
	}
}

func TestDoctorFindsWhatTheBooksLack(t *testing.T) { onEveryStore(t, testDoctorFindsWhatTheBooksLack) }

func testDoctorFindsWhatTheBooksLack(t *testing.T, kind storeKind) {
	b := kind.bookkeeper(t)
	server := venicetest.NewServer(t, venicetest.Config{Seed: 3, Entries: 100, Now: atNoon})
	file := filepath.Join(t.TempDir(), "config.toml")
	text := "[accounts.home]\nkey_env = 'KEY_HOME'\n[accounts.work]\nkey_env = 'KEY_WORK'\n[accounts.new]\nkey_env = 'KEY_NEW'\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b.env[config.EnvConfig], b.env[config.EnvBaseURL] = file, server.BaseURL
	b.env["KEY_HOME"], b.env["KEY_WORK"] = server.AdminKey, server.AdminKey

	findings, code := examined(t, b, "--account", "work", "--account", "home")
	if code != exitIncomplete {
		t.Errorf("exit code %d, want %d", code, exitIncomplete)
	}
	wantFinding(t, findings, "work coverage", verdictFailed, "1 window is lacking: 2026-06-13", "ducat sync --since 2026-06-13 --account work")
	wantFinding(t, findings, "work age of the books", verdictOK, "2026-06-15 09:00 UTC, 3 h ago", "")
	wantFinding(t, findings, "work balance", verdictWarning, "none", "ducat sync --account work")
	wantFinding(t, findings, "work retention", verdictOK, "Venice tells entries from 2026-05-", "")
	wantFinding(t, findings, "home coverage", verdictOK, "without a gap from the beginning", "")
	wantFinding(t, findings, "home overlap", verdictOK, "", "")
	wantFinding(t, findings, "configuration", verdictOK, "3 accounts", "")

	// Without a key the books are looked at all the same, and the key is the worst.
	findings, code = examined(t, b)
	if code != exitKey {
		t.Errorf("exit code %d, want %d", code, exitKey)
	}
	wantFinding(t, findings, "new key", verdictFailed, "set KEY_NEW", "export KEY_NEW=...")
	wantFinding(t, findings, "new route billing/usage", verdictOK, "retired (410)", "")
	wantFinding(t, findings, "new coverage", verdictWarning, "nothing of the account yet", "ducat sync --account new")
	wantFinding(t, findings, "work coverage", verdictFailed, "2026-06-13", "ducat sync --since 2026-06-13")
	if got := b.run(t, "doctor", "--account", "nobody"); got.code != exitUsage {
		t.Errorf("an unknown account: exit code %d", got.code)
	}
}

// Two days later the same books are old, and what was read early was not read
// again.
func TestDoctorFindsThatTheBooksAreOld(t *testing.T) {
	onEveryStore(t, testDoctorFindsThatTheBooksAreOld)
}

func testDoctorFindsThatTheBooksAreOld(t *testing.T, kind storeKind) {
	start := noon.AddDate(0, 0, -2)
	server := venicetest.NewServer(t, venicetest.Config{Seed: 4, Entries: 50, Now: func() time.Time { return start }})
	b := kind.customer(t, server)
	if got := b.run(t, "sync"); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	server.Advance(48 * time.Hour)
	findings, code := examined(t, b)
	if code != exitDone {
		t.Errorf("exit code %d", code)
	}
	wantFinding(t, findings, "default age of the books", verdictWarning, "they end at 2026-06-13 12:00 UTC, 2 days ago", "ducat sync")
	wantFinding(t, findings, "default overlap", verdictWarning, "to 2026-06-13 12:00 UTC was read less than 48 hours after it happened", "ducat sync")
	wantFinding(t, findings, "default balance", verdictWarning, "2 days ago", "ducat sync")
	wantFinding(t, findings, "default coverage", verdictOK, "without a gap", "")
}

func TestDoctorUnderFaults(t *testing.T) {
	t.Parallel()
	for faults, test := range map[string]struct {
		code   int
		failed []string
		found  string
	}{
		"numbers-as-strings,extra-keys":       {exitDone, nil, ""},
		"hang-small-range":                    {exitDone, nil, ""},
		"500/balance":                         {exitUnavailable, []string{"route billing/balance"}, "GET /billing/balance: 500"},
		"429/usage-history":                   {exitUnavailable, []string{"route billing/usage-history"}, "429"},
		"html/usage-analytics":                {exitUnavailable, []string{"route billing/usage-analytics"}, "503"},
		"redirect/api_keys":                   {exitUnavailable, []string{"route api_keys"}, "redirects"},
		"truncated-json/api_keys/rate_limits": {exitUnavailable, []string{"route api_keys/rate_limits"}, "not whole JSON"},
		"timestamp-object/usage-history":      {exitUnavailable, []string{"route billing/usage-history"}, "timestamp"},
		"502/usage,504/balance":               {exitUnavailable, []string{"route billing/balance", "route billing/usage"}, "50"},
	} {
		t.Run(faults, func(t *testing.T) {
			t.Parallel()
			parsed, err := venicetest.ParseFaults(faults)
			if err != nil {
				t.Fatal(err)
			}
			server := venicetest.NewServer(t, venicetest.Config{Seed: 5, Entries: 20, Now: atNoon, Faults: parsed})
			findings, code := examined(t, inFile.customer(t, server))
			var failed []string
			for _, f := range findings {
				if f.Verdict != verdictFailed {
					continue
				}
				failed = append(failed, f.Check)
				if !strings.Contains(f.Found, test.found) || f.Mend == nil {
					t.Errorf("%s: %q, mend %v; want %q", f.Check, f.Found, f.Mend, test.found)
				}
			}
			slices.Sort(failed)
			if code != test.code || !slices.Equal(failed, test.failed) {
				t.Errorf("exit code %d and failed %q, want %d and %q", code, failed, test.code, test.failed)
			}
		})
	}
}

func TestDoctorOfKeys(t *testing.T) {
	t.Parallel()
	keys := []venicetest.Key{{ID: "root", Type: "ADMIN", ExpiresAt: noon.AddDate(0, 0, 3)}, {ID: "user", ExpiresAt: noon.AddDate(0, 0, 300)}}
	server := venicetest.NewServer(t, venicetest.Config{Keys: keys, Now: atNoon, Ledger: []venicetest.Entry{
		{Timestamp: noon.Add(-time.Hour), SKU: "x", Amount: "-1", Currency: "USD"},
	}})
	b := inFile.customer(t, server)
	findings, code := examined(t, b)
	if code != exitDone {
		t.Errorf("exit code %d", code)
	}
	wantFinding(t, findings, "default key expiry", verdictWarning, "expires at 2026-06-18 12:00 UTC", "export VENICE_API_KEY=...")
	wantFinding(t, findings, "default error budget", verdictOK, "50 refused requests", "")

	for range 44 {
		refused(t, server)
	}
	findings, _ = examined(t, b)
	wantFinding(t, findings, "default error budget", verdictWarning, "6 more refused requests", "wait half a minute")

	b.env[config.EnvKey] = server.InferenceKey
	findings, code = examined(t, b)
	wantFinding(t, findings, "default key kind", verdictFailed, "INFERENCE", "export VENICE_API_KEY=...")
	wantFinding(t, findings, "default key expiry", verdictOK, "2027-04-11", "")
	if _, asked := findings["default retention"]; asked || code != exitKey {
		t.Errorf("exit code %d, retention is told: %t", code, asked)
	}

	b.env[config.EnvKey] = server.RevokedKey
	findings, code = examined(t, b)
	wantFinding(t, findings, "default key kind", verdictFailed, "refused", "export VENICE_API_KEY=...")
	if code != exitKey {
		t.Errorf("a revoked key: exit code %d", code)
	}
}

// refused sends a request that counts against the error budget.
func refused(t *testing.T, server *venicetest.Server) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.BaseURL+"/billing/balance?no=such", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+server.AdminKey)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusBadRequest {
		t.Fatalf("status %d, %v", resp.StatusCode, err)
	}
}

func TestDoctorOfTheClock(t *testing.T) {
	t.Parallel()
	for ahead, test := range map[time.Duration]struct {
		verdict judgement
		found   string
		code    int
	}{
		time.Second:       {verdictOK, "agrees", exitDone},
		-time.Second:      {verdictOK, "agrees", exitDone},
		time.Minute:       {verdictWarning, "behind Venice", exitDone},
		-time.Minute:      {verdictWarning, "ahead of Venice", exitDone},
		time.Hour:         {verdictFailed, "behind Venice", exitFailed},
		-90 * time.Minute: {verdictFailed, "ahead of Venice", exitFailed},
	} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			server := venicetest.NewServer(t, venicetest.Config{Seed: 6, Entries: 20, Now: func() time.Time { return noon.Add(ahead) }})
			findings, code := examined(t, inFile.customer(t, server))
			mend := "set the clock"
			if test.verdict == verdictOK {
				mend = ""
			}
			wantFinding(t, findings, "default clock", test.verdict, test.found, mend)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
		})
	}
}

// hold keeps the ledger of a user open for writing, until release is called.
func hold(t *testing.T, b *bookkeeper) (release func() error) {
	t.Helper()
	holder, err := sql.Open("duckdb", b.env[config.EnvLedger])
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return holder.Close
}

// doctorProcess is the real command on the ledger of a user, ready to start.
func doctorProcess(t *testing.T, b *bookkeeper, args ...string) *exec.Cmd {
	t.Helper()
	server := venicetest.NewServer(t, venicetest.Config{Seed: 7, Entries: 20})
	doctor := process(t, server.BaseURL, server.AdminKey, append([]string{"doctor"}, args...)...)
	doctor.Env = append(doctor.Env, config.EnvLedger+"="+b.env[config.EnvLedger])
	return doctor
}

// A ledger that another process keeps to itself is said to be in use, and by whom.
func TestDoctorOfABusyLedger(t *testing.T) {
	t.Parallel()
	b := newBookkeeper(t)
	release := hold(t, b)
	out, err := doctorProcess(t, b).Output()
	code := exitCode(t, err)
	if err := release(); err != nil {
		t.Error(err)
	}
	if want := fmt.Sprintf("(process %d)", os.Getpid()); code != exitFailed || !strings.Contains(string(out), "failed   ledger ") || !strings.Contains(string(out), want) {
		t.Errorf("exit code %d, and no %q in\n%s", code, want, out)
	}
}

// Findings are printed as they come: here the ledger is given back only when the
// first line was read.
func TestDoctorPrintsAsItGoes(t *testing.T) {
	t.Parallel()
	b := newBookkeeper(t)
	release := hold(t, b)
	doctor := doctorProcess(t, b, "--timeout", "1m")
	out, err := doctor.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := doctor.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(line, "ok       ducat") {
		t.Errorf("the first line is %q, %v", line, err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
	rest, err := io.ReadAll(lines)
	if code := exitCode(t, errors.Join(err, doctor.Wait())); code != exitDone || !strings.Contains(string(rest), "\nok       ledger ") {
		t.Errorf("exit code %d, and the ledger is not well in\n%s", code, rest)
	}
}
