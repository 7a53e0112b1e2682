package duckdb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

// TestMain runs the tests, or what another process of a test does.
func TestMain(m *testing.M) {
	if role := os.Getenv("DUCKDB_TEST_ROLE"); role != "" {
		os.Exit(play(role, os.Getenv("DUCKDB_TEST_LEDGER")))
	}
	goleak.VerifyTestMain(m)
}

// start is this test binary in a role, on a ledger. It is killed when the test
// ends.
func process(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), "DUCKDB_TEST_ROLE="+role, "DUCKDB_TEST_LEDGER="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

func open(t *testing.T, path string, o duckdb.Options) *duckdb.Store {
	t.Helper()
	return ledgertest.Opened(duckdb.Open(path, o))(t)
}

func file(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "folder", "ledger.db")
}

func TestConformance(t *testing.T) {
	t.Parallel()
	ledgertest.Test(t, func(t *testing.T) ledger.Store { return open(t, file(t), duckdb.Options{}) })
}

// play does what a role says, in a process of its own.
func play(role, path string) int {
	s, err := duckdb.Open(path, duckdb.Options{})
	if err == nil {
		err = map[string]func(context.Context, *duckdb.Store) error{
			"write":       playWriter,
			"hold":        playHolder,
			"nobody":      playNobody,
			"small files": playSmallFiles,
		}[role](context.Background(), s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, role+":", err)
		return 1
	}
	return 0
}

// playWriter writes one version after another, and says so, until it is killed.
func playWriter(ctx context.Context, s *duckdb.Store) error {
	for n := 1; ; n++ {
		if err := ledgertest.Put(ctx, s, ledgertest.Version(100+n%50*40)); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// playHolder keeps the ledger open for reading until its input ends, and says
// when it is open.
func playHolder(ctx context.Context, s *duckdb.Store) error {
	rows, err := s.ReadOnlySQL(ctx, "SELECT 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	fmt.Println("open")
	_, err = os.Stdin.Read(make([]byte, 1))
	if err != nil {
		return nil // the end of the input
	}
	return nil
}

// playNobody reads and fails to write in a folder that it may not write to.
func playNobody(ctx context.Context, s *duckdb.Store) error {
	if os.Getuid() == 0 {
		if err := syscall.Setgid(65534); err != nil {
			return err
		}
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	}
	if n, err := ledgertest.VersionOf(ctx, s); err != nil || n != 3 {
		return fmt.Errorf("version %d is read, want 3: %w", n, err)
	}
	err := ledgertest.Put(ctx, s, ledgertest.Version(4))
	if !errors.Is(err, os.ErrPermission) && (err == nil || !contains(err, "Permission denied")) {
		return fmt.Errorf("writing: error is %w", err)
	}
	elsewhere, err := duckdb.Open(filepath.Join(filepath.Dir(s.Path()), "new", "ledger.db"), duckdb.Options{})
	if err != nil {
		return err
	}
	if err := ledgertest.Put(ctx, elsewhere, ledgertest.Version(1)); !errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("making a ledger: error is %w", err)
	}
	return nil
}
