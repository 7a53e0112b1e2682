// Package chdbtest gives tests a server of ClickHouse: the real engine, from the
// library libchdb.so, behind the native protocol that the driver speaks. Where
// the environment's DUCAT_TEST_CLICKHOUSE names a running server, as in
// clickhouse://user:password@host:9000, tests use that one.
//
// What differs from a server of ClickHouse:
//   - Whoever comes is let in.
//   - What a query sets, with SET or USE, ends with it; so do temporary tables.
//   - A query's log_comment and query_id are the server's own.
//   - An INSERT from the client happens when its last row has come, or not at all.
//   - Progress, profiles and logs are not sent; system.query_log and the like are
//     not kept.
//   - Statements that define things do without ON CLUSTER, Replicated and SYNC: the
//     library lacks what they ask for. There is a cluster all the same, one_shard,
//     for tables of the engine Distributed.
package chdbtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/gofrs/flock"
	"github.com/google/uuid"
)

// Server returns the address of a server for this test binary, as a DSN without
// a database. The server ends with the binary, however that ends.
func Server(t testing.TB) string {
	t.Helper()
	if named := os.Getenv("DUCAT_TEST_CLICKHOUSE"); named != "" {
		return named
	}
	server, err := own()
	switch {
	case errors.Is(err, errNoLibrary) && os.Getenv("CI") != "":
		t.Fatalf("%v, and CI needs it", err)
	case errors.Is(err, errNoLibrary):
		t.Skipf("NOT TESTED: %v", err)
	case err != nil:
		t.Fatalf("a server of ClickHouse for tests: %v", err)
	}
	return server.dsn
}

// Connect opens a connection to an address, for the caller to close.
func Connect(t testing.TB, address string) driver.Conn {
	t.Helper()
	conn, err := connect(address)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func connect(address string) (driver.Conn, error) {
	options, err := clickhouse.ParseDSN(address)
	if err != nil {
		return nil, err
	}
	return clickhouse.Open(options)
}

// Database returns the DSN of a new, empty database, which is dropped when the
// test ends.
func Database(t testing.TB) string {
	t.Helper()
	server := Server(t)
	dsn, err := url.Parse(server)
	if err != nil {
		t.Fatalf("the server's address: %v", err)
	}
	name := "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if err := execute(t.Context(), server, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("making a database for the test: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := execute(ctx, server, "DROP DATABASE "+name); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	dsn.Path = "/" + name
	return dsn.String()
}

// Cluster returns the name of a cluster of the server: of one shard, or the one that
// DUCAT_TEST_CLICKHOUSE_CLUSTER names of the server that DUCAT_TEST_CLICKHOUSE
// names.
func Cluster(t testing.TB) string {
	t.Helper()
	if os.Getenv("DUCAT_TEST_CLICKHOUSE") == "" {
		return "one_shard"
	}
	name := os.Getenv("DUCAT_TEST_CLICKHOUSE_CLUSTER")
	if name == "" {
		t.Skip("NOT TESTED: DUCAT_TEST_CLICKHOUSE_CLUSTER names no cluster of the server")
	}
	return name
}

func execute(ctx context.Context, dsn, statement string) error {
	conn, err := connect(dsn)
	if err != nil {
		return err
	}
	return errors.Join(conn.Exec(ctx, statement), conn.Close())
}

var errNoLibrary = errors.New("the engine of ClickHouse is not here: make clickhouse fetches it")

// A running server lives until its standard input ends: as long as this process,
// which keeps the other end.
type running struct {
	dsn   string
	stdin io.Closer
}

// own starts the one server of this process.
var own = sync.OnceValues(func() (running, error) {
	_, source, _, ok := runtime.Caller(0)
	if !ok {
		return running{}, errors.New("the source's folder is unknown")
	}
	modules := filepath.Join(filepath.Dir(source), "node_modules")
	lib := filepath.Join(modules, "@chdb", "lib-linux-x64-gnu", "libchdb.so")
	if _, err := os.Stat(lib); err != nil {
		return running{}, errNoLibrary
	}
	program, err := build(filepath.Dir(source), filepath.Join(modules, ".ducat"))
	if err != nil {
		return running{}, err
	}
	return launch(program, lib)
})

// build makes the program in the folder, where it stays: a second build finds
// nothing to do.
func build(source, folder string) (string, error) {
	if _, err := os.ReadDir(filepath.Join(source, "chdbserver")); err != nil { // so that go test knows what its results depend on
		return "", err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	lock := flock.New(filepath.Join(folder, "build.lock"))
	if err := lock.Lock(); err != nil {
		return "", err
	}
	program := filepath.Join(folder, "chdbserver")
	cmd := exec.Command("go", "build", "-o", program, "./chdbserver")
	cmd.Dir = source
	output, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", cmd, err, output)
	}
	return program, errors.Join(err, lock.Unlock())
}

// launch starts the program. It ends with this process, so nobody waits for it.
func launch(program, lib string) (running, error) {
	folder, err := os.MkdirTemp("", "ducat-clickhouse-")
	if err != nil {
		return running{}, err
	}
	cmd := exec.Command(program, "-lib", lib, "-path", folder)
	cmd.Env = append(os.Environ(), "TZ=UTC") // the zone of the engine
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return running{}, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return running{}, err
	}
	if err := cmd.Start(); err != nil {
		return running{}, err
	}
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return running{}, fmt.Errorf("%s did not start: %w", program, errors.Join(err, cmd.Wait()))
	}
	return running{dsn: "clickhouse://default@" + strings.TrimSpace(address), stdin: stdin}, nil
}
