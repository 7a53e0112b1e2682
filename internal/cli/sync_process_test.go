package cli

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A household is a ledger, and the real command in the hands of its user.
type household struct {
	url, key string
	shelf
}

func (h household) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := process(t, h.url, h.key, args...)
	cmd.Env = append(cmd.Env, h.list()...)
	return cmd
}

// run carries out a command, and may be called in any goroutine.
func (h household) run(t *testing.T, args ...string) outcome {
	t.Helper()
	cmd := h.command(t, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Errorf("ducat %s: %v", args[0], err)
		return outcome{code: -1}
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// must carries out a command that has to succeed.
func (h household) must(t *testing.T, args ...string) string {
	t.Helper()
	got := h.run(t, args...)
	if got.code != exitDone {
		t.Errorf("ducat %s: exit code %d: %s", args[0], got.code, got.stderr)
	}
	return got.stdout
}

// keys are those of the entries in the books.
func (h household) keys(t *testing.T) []string {
	t.Helper()
	rows, err := readCSVRows(strings.NewReader(h.must(t, "sql", "-o", "csv", booksQuery)))
	if err != nil {
		t.Fatal(err)
	}
	return sortedKeys(rows)
}

// An interrupted sync keeps what it read, and the next one goes on from there.
// Meanwhile the books can be asked.
func TestInterruptedSync(t *testing.T) { onEveryStore(t, testInterruptedSync) }

func testInterruptedSync(t *testing.T, kind storeKind) {
	server, url, hanging := hangingServer(t, 3500, 2)
	h := household{url, server.AdminKey, kind.shelf(t)}
	cmd := h.command(t, "sync", "--parallel", "1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-hanging
	// The ledger is made while the first pages are read.
	for tries := 0; h.run(t, "sql", "SELECT count(*) FROM entries").code == exitIncomplete && tries < 100; tries++ {
	}
	h.must(t, "sql", "SELECT count(*) FROM entries")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != exitInterrupted || stderr.String() != "ducat: interrupted\n" {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
	kept := len(h.keys(t))
	if kept < 1900 || kept > 2000 {
		t.Errorf("%d entries were kept of the 2000 read:\n%s", kept, stdout.String())
	}

	server.SetFaults()
	var printed struct{ Accounts []struct{ Fresh int } }
	if err := json.Unmarshal([]byte(h.must(t, "sync", "-o", "json")), &printed); err != nil || len(printed.Accounts) != 1 {
		t.Fatalf("%v, %+v", err, printed)
	}
	if fresh := printed.Accounts[0].Fresh; fresh != 3500-kept {
		t.Errorf("%d entries were new to the books, want %d", fresh, 3500-kept)
	}
	if !slices.Equal(h.keys(t), sortedKeys(truth(t, server))) {
		t.Error("the books are not what Venice has")
	}
}

// While one process keeps the books up to date, others ask them and Venice.
func TestWatch(t *testing.T) { onEveryStore(t, testWatch) }

func testWatch(t *testing.T, kind storeKind) {
	server := venicetest.NewServer(t, venicetest.Config{Entries: 300, Now: atNoon})
	h := kind.household(t, server)
	watch := h.command(t, "sync", "--watch", minWatch.String())
	var stderr bytes.Buffer
	watch.Stderr = &stderr
	stdout, err := watch.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	wait := func(text string) {
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("the watch ended without %q: %s", text, stderr.String())
	}
	wait("300 of them new")
	for _, args := range [][]string{
		{"report", "--since", "all"}, {"sql", "SELECT * FROM coverage"}, {"accounts"}, {"usage"}, {"balance"}, {"sync"},
	} {
		if h.must(t, args...) == "" {
			t.Errorf("ducat %s says nothing", args[0])
		}
	}
	server.Post(venicetest.Entry{Timestamp: noon.Add(-30 * time.Minute), SKU: "late", Amount: "-0.25", Currency: "USD"})
	wait("1 added (-0.25 USD)")
	if err := watch.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if lines.Scan() {
		t.Errorf("after the interrupt: %s", lines.Text())
	}
	if code := exitCode(t, watch.Wait()); code != exitInterrupted || stderr.String() != "ducat: interrupted\n" {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

// A process that does not let go of the ledger is named, to readers and writers.
func TestLedgerInUse(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 10, Now: atNoon})
	h := inFile.household(t, server)
	h.must(t, "sync")
	db, err := sql.Open("duckdb", h.shelf[config.EnvLedger])
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var commands sync.WaitGroup
	for _, args := range [][]string{{"sync", "-o", "json"}, {"report", "-o", "json"}} {
		commands.Go(func() {
			got := h.run(t, args...)
			want := fmt.Sprintf("(process %d) has had it open for 10s; try again when that is done", os.Getpid())
			if got.code != exitFailed || !strings.Contains(got.stderr, want) || !strings.Contains(got.stderr, `"category":"busy"`) {
				t.Errorf("ducat %s: exit code %d, %s", args[0], got.code, got.stderr)
			}
		})
	}
	commands.Wait()
}

// Who reads while another process syncs finds the books as they were before a
// window was replaced, or as they are after it.
func TestReadersBesideSync(t *testing.T) { onEveryStore(t, testReadersBesideSync) }

func testReadersBesideSync(t *testing.T, kind storeKind) {
	const entries = 900 // one page, so one window
	amounts := [...]string{"-1.000000001", "-3"}
	var ledger []venicetest.Entry
	for i := range entries {
		ledger = append(ledger, venicetest.Entry{
			Timestamp: noon.Add(-50*time.Minute + time.Duration(i)*time.Second),
			SKU:       "x", Amount: amounts[0], Currency: "DIEM",
		})
	}
	server := venicetest.NewServer(t, venicetest.Config{Ledger: ledger, Now: atNoon})
	h := kind.household(t, server)
	h.must(t, "sync")

	done := make(chan struct{})
	var readers sync.WaitGroup
	for name, read := range map[string]func(*testing.T, household) string{"report": spendOfReport, "sql": spendOfSQL} {
		readers.Go(func() {
			for n := 0; ; n++ {
				if spend := read(t, h); spend != "900.0000009" && spend != "2700" {
					t.Errorf("ducat %s, reading %d: a spend of %q, want that before or after a sync", name, n, spend)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for round := range 6 {
		for _, e := range server.Entries() {
			e.Amount = amounts[(round+1)%2]
			server.Correct(e.Seq, e)
		}
		h.must(t, "sync")
	}
	close(done)
	readers.Wait()
	if spend := spendOfReport(t, h); spend != "900.0000009" {
		t.Errorf("at the end the spend is %q", spend)
	}
}

// spendOfReport is the spend of the only day of the books.
func spendOfReport(t *testing.T, h household) string {
	t.Helper()
	var report struct {
		Rows []struct {
			Currencies []struct{ Spend string }
		}
	}
	text := h.must(t, "report", "--since", "2026-06-15", "--by", "day", "-o", "json")
	if err := json.Unmarshal([]byte(text), &report); err != nil || len(report.Rows) != 1 || len(report.Rows[0].Currencies) != 1 {
		t.Errorf("%v in %s", err, text)
		return ""
	}
	return report.Rows[0].Currencies[0].Spend
}

// spendOfSQL is what the query of the same adds up.
func spendOfSQL(t *testing.T, h household) string {
	t.Helper()
	var row struct{ Spend string }
	text := h.must(t, "sql", "-o", "ndjson", "SELECT sum(spend) AS spend FROM entries")
	if err := json.Unmarshal([]byte(text), &row); err != nil {
		t.Errorf("%v in %s", err, text)
	}
	return row.Spend
}
