package clickhouse_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

// TestMain runs the tests, or what another process of a test does.
func TestMain(m *testing.M) {
	if first := os.Getenv("CLICKHOUSE_TEST_FIRST"); first != "" {
		os.Exit(play(os.Getenv("CLICKHOUSE_TEST_LEDGER"), first))
	}
	goleak.VerifyTestMain(m)
}

// play writes one version after another, from one number on in steps of 40, and
// says so, until it is killed or its input ends.
func play(address, first string) int {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	s, err := clickhouse.Open(address, "")
	n, failed := strconv.Atoi(first)
	for err = errors.Join(err, failed); err == nil; n += 40 {
		err = ledgertest.Put(context.Background(), s, ledgertest.Version(n))
		fmt.Println(n)
	}
	fmt.Fprintln(os.Stderr, "writer:", err)
	return 1
}

// A writer is a process that writes versions.
type writer struct {
	*exec.Cmd
	said *bufio.Reader
}

func startWriter(t *testing.T, address string, first int) writer {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), "CLICKHOUSE_TEST_LEDGER="+address, fmt.Sprint("CLICKHOUSE_TEST_FIRST=", first))
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return writer{cmd, bufio.NewReader(output)}
}

// wrote waits for the next version that the writer says it wrote.
func (w writer) wrote(t *testing.T) {
	t.Helper()
	if line, err := w.said.ReadString('\n'); err != nil {
		t.Fatalf("%q, %v", line, err)
	}
}

func (w writer) kill(t *testing.T) {
	t.Helper()
	if err := w.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = w.Wait() // it was killed
}

// TestKilledWriterLeavesAVersion reads while another process writes one version
// after another, and after it was killed in the midst of that.
func TestKilledWriterLeavesAVersion(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	s := open(t, address)
	seen := map[int]bool{}
	look := func() {
		t.Helper()
		n, err := ledgertest.VersionOf(t.Context(), s)
		if err != nil && !errors.Is(err, ledger.ErrNoLedger) {
			t.Fatalf("the books are not whole: %v", err)
		}
		seen[n] = true
	}
	for round := range 6 {
		w := startWriter(t, address, 100+round)
		if round > 0 { // the first dies while it makes the ledger
			w.wrote(t)
		}
		<-time.After(time.Duration(5+round*17) * time.Millisecond) // it is somewhere in its work now
		for range round % 3 {
			look()
		}
		w.kill(t)
		look()
	}
	if len(seen) < 3 {
		t.Errorf("only the versions %v were seen; the test tests nothing", seen)
	}
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(5)); err != nil {
		t.Fatal(err)
	}
	if n, err := ledgertest.VersionOf(t.Context(), s); n != 5 || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
}

// TestWritersOfOneAccount has processes put versions in the place of each other's.
func TestWritersOfOneAccount(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	var writers []writer
	for n := range 4 { // which make the ledger at once, too
		writers = append(writers, startWriter(t, address, 100+n))
	}
	s := open(t, address)
	for range 2 {
		for _, w := range writers {
			w.wrote(t)
			n, err := ledgertest.VersionOf(t.Context(), s)
			if err != nil || n == 0 {
				t.Errorf("version %d, %v", n, err)
			}
			sums, err := s.Sums(t.Context(), ledger.Query{})
			if err != nil || len(sums) != 1 {
				t.Fatalf("sums are %v, %v", sums, err)
			}
			counts, err := s.Requests(t.Context(), ledger.Query{})
			if err != nil || len(counts) != 1 {
				t.Fatalf("requests are %v, %v", counts, err)
			}
			known, err := s.Coverage(t.Context(), "default")
			if err != nil || len(known["default"]) != 1 {
				t.Fatalf("coverage is %v, %v", known, err)
			}
			for what, n := range map[string]int64{
				"entries": sums[0].Entries, "requests": counts[0].Requests,
				"coverage": int64(known["default"][0].ReadAt.Sub(ledgertest.Day.End) / time.Second),
			} {
				if n < 100 || n%40 >= 24 || n%40 < 20 {
					t.Errorf("%s are those of version %d, which nobody wrote", what, n)
				}
			}
		}
	}
	for _, w := range writers {
		w.kill(t)
	}
	last, err := ledgertest.VersionOf(t.Context(), s)
	if err != nil {
		t.Error(err)
	}
	run(t, address, "OPTIMIZE TABLE ledger_journal FINAL")
	if n, err := ledgertest.VersionOf(t.Context(), s); n != last || err != nil {
		t.Errorf("after merging, version %d is there instead of %d, %v", n, last, err)
	}
}
