package duckdb_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }

// TestKilledWriterLeavesAVersion reads while another process writes one version
// after another, and after it was killed in the midst of that.
func TestKilledWriterLeavesAVersion(t *testing.T) {
	t.Parallel()
	path := file(t)
	s := open(t, path, duckdb.Options{Wait: time.Minute})
	seen := map[int]bool{}
	for round := range 8 {
		writer := process(t, "write", path)
		output, err := writer.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		if round > 0 { // the first dies while it makes the ledger
			if line, err := bufio.NewReader(output).ReadString('\n'); err != nil {
				t.Fatalf("%q, %v", line, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(5+round*11)*time.Millisecond)
		<-ctx.Done() // it is somewhere in its work now
		cancel()
		for range round % 3 {
			if n, err := ledgertest.VersionOf(t.Context(), s); err != nil && !errors.Is(err, ledger.ErrNoLedger) {
				t.Errorf("reading while another writes: %v", err)
			} else {
				seen[n] = true
			}
		}
		if err := writer.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = writer.Wait() // it was killed
		n, err := ledgertest.VersionOf(t.Context(), s)
		if err != nil && !errors.Is(err, ledger.ErrNoLedger) {
			t.Fatalf("round %d: the ledger is not whole: %v", round, err)
		}
		seen[n] = true
		known, err := s.Coverage(t.Context(), "default")
		coverage := known["default"]
		if err == nil && (len(coverage) != 1 || !coverage[0].ReadAt.Equal(ledgertest.Version(n).ReadAt)) {
			t.Fatalf("round %d: version %d has the coverage %v", round, n, coverage)
		}
	}
	if len(seen) < 3 {
		t.Errorf("only the versions %v were seen; the test tests nothing", seen)
	}
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(5)); err != nil {
		t.Fatal(err)
	}
}

func TestBusyLedgerNamesItsHolder(t *testing.T) {
	t.Parallel()
	path := file(t)
	s := open(t, path, duckdb.Options{Wait: 50 * time.Millisecond})
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(1)); err != nil {
		t.Fatal(err)
	}
	holder := process(t, "hold", path)
	input, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(output).ReadString('\n'); line != "open\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if n, err := ledgertest.VersionOf(t.Context(), s); n != 1 || err != nil {
		t.Errorf("reading next to a reader: version %d, %v", n, err)
	}
	err = ledgertest.Put(t.Context(), s, ledgertest.Version(2))
	if !errors.Is(err, ledger.ErrBusy) || !contains(err, fmt.Sprintf("process %d", holder.Process.Pid)) || !contains(err, path) {
		t.Errorf("error is %v, which does not name process %d", err, holder.Process.Pid)
	}

	patient := open(t, path, duckdb.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := ledgertest.Put(ctx, patient, ledgertest.Version(2)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want the context's", err)
	}
	done := make(chan error)
	go func() { done <- ledgertest.Put(t.Context(), patient, ledgertest.Version(3)) }()
	if err := input.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("writing when the other is done: %v", err)
	}
	if err := holder.Wait(); err != nil {
		t.Error(err)
	}
}

// TestStoresOfOneProcess has two stores of one file write and read at once.
func TestStoresOfOneProcess(t *testing.T) {
	t.Parallel()
	path := file(t)
	done := make(chan error)
	for n := range 2 {
		s := open(t, path, duckdb.Options{})
		go func() {
			for i := range 5 {
				if err := ledgertest.Put(t.Context(), s, ledgertest.Version(1+n*5+i)); err != nil {
					done <- err
					return
				}
				if _, err := ledgertest.VersionOf(t.Context(), s); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestReadersLetAWriterIn keeps a ledger open from several goroutines, without
// a moment between them, while another process wants to write.
func TestReadersLetAWriterIn(t *testing.T) {
	t.Parallel()
	path := file(t)
	s := open(t, path, duckdb.Options{})
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(1)); err != nil {
		t.Fatal(err)
	}
	writer := process(t, "write", path)
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Wait() }()
	defer func() { _ = writer.Process.Kill() }()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	changed := make(chan error)
	for range 3 {
		go func() {
			for {
				n, err := ledgertest.VersionOf(ctx, s)
				if err != nil || n != 1 {
					changed <- err
					return
				}
			}
		}()
	}
	for range 3 {
		if err := <-changed; err != nil {
			t.Error(err)
		}
	}
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	path := file(t)
	s := open(t, path, duckdb.Options{})
	modes := map[string]fs.FileMode{}
	look := func() {
		_ = filepath.WalkDir(filepath.Dir(path), func(name string, entry fs.DirEntry, err error) error {
			if info, statErr := os.Lstat(name); err == nil && statErr == nil {
				modes[strings.Replace(filepath.Base(name), filepath.Base(path), "ledger", 1)] = info.Mode()
			}
			return nil // files come and go
		})
	}
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		for n := range 12 {
			if err := ledgertest.Put(t.Context(), s, ledgertest.Version(n*100)); err != nil {
				t.Error(err)
			}
		}
	}()
	for busy := true; busy; {
		select {
		case <-writing:
			busy = false
		default:
		}
		look()
	}
	for name, mode := range modes {
		if mode.Perm()&0o077 != 0 {
			t.Errorf("%s has mode %s", name, mode)
		}
	}
	for _, name := range []string{"ledger", "ledger.wal", "folder"} {
		if modes[name] == 0 {
			t.Errorf("%s was not seen; seen are %v", name, modes)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}

func TestFolderThatIsReadOnly(t *testing.T) {
	t.Parallel()
	// The test's folder is open only to its owner, who may be root.
	folder, err := os.MkdirTemp("", "ducat-read-only-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "ledger.db")
	s := open(t, path, duckdb.Options{})
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(3)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(path, 0o444), os.Chmod(folder, 0o555)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
	if err := process(t, "nobody", path).Run(); err != nil {
		t.Error(err)
	}
	if n, err := ledgertest.VersionOf(t.Context(), s); n != 3 || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
}

// playSmallFiles writes versions that grow until the file may not: the limit on
// a file's size stands for a full disk, which a test cannot make everywhere.
func playSmallFiles(ctx context.Context, s *duckdb.Store) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := ledgertest.Put(ctx, s, ledgertest.Version(1000)); err != nil {
		return err
	}
	limit := syscall.Rlimit{Cur: 3 << 20, Max: 3 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	for n := 1000; n < 1<<20; n *= 2 {
		err := ledgertest.Put(ctx, s, ledgertest.Version(2*n))
		if err == nil {
			continue
		}
		if !contains(err, "no space for ledger") {
			return fmt.Errorf("version %d: error is %w", 2*n, err)
		}
		if found, err := ledgertest.VersionOf(ctx, s); found != n || err != nil {
			return fmt.Errorf("version %d is left, want %d: %w", found, n, err)
		}
		return ledgertest.Put(ctx, s, ledgertest.Version(10)) // smaller, and there is room for it
	}
	return errors.New("the file never grew too large")
}

func TestDiskThatIsFull(t *testing.T) {
	t.Parallel()
	path := file(t)
	if err := process(t, "small files", path).Run(); err != nil {
		t.Error(err)
	}
	if n, err := ledgertest.VersionOf(t.Context(), open(t, path, duckdb.Options{})); n != 10 || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
}
