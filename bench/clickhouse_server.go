//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A server of ClickHouse.
type server struct{ address string }

const engineFolder = "internal/clickhouse/chdbtest"

// onServer calls use with the server that DUCAT_TEST_CLICKHOUSE names, or with
// one that is started for it: that of the tests.
func (b bench) onServer(ctx context.Context, use func(server) error) (err error) {
	if named := os.Getenv("DUCAT_TEST_CLICKHOUSE"); named != "" {
		return use(server{named})
	}
	library := filepath.Join(engineFolder, "node_modules/@chdb/lib-linux-x64-gnu/libchdb.so")
	if _, err := os.Stat(library); err != nil {
		return fmt.Errorf("no server of ClickHouse: run 'make clickhouse', or name one in DUCAT_TEST_CLICKHOUSE: %w", err)
	}
	program, err := b.build(ctx, "./"+engineFolder+"/chdbserver")
	if err != nil {
		return err
	}
	data, err := os.MkdirTemp(b.folder, "clickhouse-")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program, "-lib", library, "-path", data)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stdin.Close(), cmd.Wait()) }()
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s: read the address: %w", cmd, err)
	}
	return use(server{"clickhouse://default@" + strings.TrimSpace(address)})
}

// serverBooks are a ledger on a server.
type serverBooks struct {
	server
	database string
	accounts int
	seed     seed
}

// address is that of the books.
func (b serverBooks) address() (string, error) {
	u, err := url.Parse(b.server.address)
	if err != nil {
		return "", errors.New("DUCAT_TEST_CLICKHOUSE is no address")
	}
	u.Path = "/" + b.database
	return u.String(), nil
}

func (b serverBooks) open() (*clickhouse.Store, error) {
	address, err := b.address()
	if err != nil {
		return nil, err
	}
	return clickhouse.Open(address, "")
}

// connect uses the driver as its documentation says.
func (b serverBooks) connect() (driver.Conn, error) {
	address, err := b.address()
	if err != nil {
		return nil, err
	}
	options, err := driver.ParseDSN(address)
	if err != nil {
		return nil, err
	}
	options.ReadTimeout = longest
	options.Compression = &driver.Compression{Method: driver.CompressionLZ4}
	return driver.Open(options)
}

// execute runs statements one after the other.
func (b serverBooks) execute(ctx context.Context, statements ...string) (err error) {
	conn, err := b.connect()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for _, statement := range statements {
		if err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(strings.Fields(statement), " "), err)
		}
	}
	return nil
}

func (b serverBooks) drop(ctx context.Context) error {
	return b.execute(ctx, "DROP DATABASE "+b.database)
}

// newBooks is a place for a ledger that is not there yet.
func (s server) newBooks(name string) serverBooks {
	return serverBooks{server: s, database: fmt.Sprintf("ducat_bench_%s_%d", name, os.Getpid())}
}

// A seed is what the simulator has, as Ducat reads it.
type seed struct {
	ledger.Reading
	end      time.Time // of its window
	requests int64
}

// newSeed reads so many entries.
func newSeed(ctx context.Context, entries int) (seed, error) {
	end, err := time.Parse(time.RFC3339, simulatedNow)
	if err != nil {
		return seed{}, err
	}
	simulated, err := venicetest.New(venicetest.Config{Seed: 1, Entries: entries, Days: 365, Now: func() time.Time { return end }})
	if err != nil {
		return seed{}, err
	}
	defer simulated.Close()
	client, err := venice.NewClient(venice.WithAPIKey(simulated.AdminKey), venice.WithHTTPClient(&http.Client{Transport: simulated.Transport()}))
	if err != nil {
		return seed{}, err
	}
	s := seed{Reading: ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: end}, ReadAt: end}, end: end}
	requests := map[string]bool{}
	for page, err := range client.Billing.UsageHistoryPages(ctx, venice.UsageHistoryParams{PageSize: pageEntries, EndTimestamp: end}) {
		if err != nil {
			return seed{}, err
		}
		s.Entries = append(s.Entries, page.Data...)
	}
	for _, e := range s.Entries {
		if e.InferenceDetails != nil {
			requests[e.InferenceDetails.RequestID] = true
		}
	}
	s.requests = int64(len(requests))
	if len(s.Entries) != entries {
		return seed{}, fmt.Errorf("the simulator has %d entries, want %d", len(s.Entries), entries)
	}
	return s, nil
}

// The first of a number of accounts is written as every ledger is. The server
// makes the others out of it, and more of each: entries a second apart, with
// requests and identities of their own.
const (
	firstAccount = "account-0"

	keepSeed         = "CREATE TABLE seed ENGINE = Memory AS SELECT * FROM ledger_journal"
	multiplyCoverage = `
INSERT INTO ledger_journal (account, timestamp, identity, version, recorded_at, change, window_starts, window_ends, windows_read_at)
SELECT concat('account-', toString(number)), timestamp, identity, version, now64(6), rand64(number), window_starts, window_ends, windows_read_at
FROM seed, numbers(1, %d) AS copies WHERE sign = 0`
	multiplyEntries = `
INSERT INTO ledger_journal (account, timestamp, identity, ordinal, added, sign, version, recorded_at,
	sku, model, meter, unit, price, units, amount, currency, notes, request_id, execution_ms, prompt_tokens, completion_tokens)
SELECT concat('account-', toString(number %% %d)), timestamp - toIntervalSecond(number), MD5(concat(identity, toString(number))), ordinal, added, sign, version, now64(6),
	sku, model, meter, unit, price, units, amount, currency, notes,
	concat('chatcmpl-', lower(hex(MD5(concat(request_id, toString(number)))))), execution_ms, prompt_tokens, completion_tokens
FROM seed, numbers(%d, %d) AS copies WHERE sign = 1`
	dropSeed = "DROP TABLE seed"
	settle   = "OPTIMIZE TABLE ledger_journal FINAL" // so that nobody measures beside its work

	atOnce = 1000 // copies
)

// manyBooks are ten million entries of so many accounts.
func (s server) manyBooks(ctx context.Context, accounts int) (b serverBooks, err error) {
	b = s.newBooks(fmt.Sprintf("of_%d", accounts))
	b.accounts = accounts
	if b.seed, err = newSeed(ctx, seedEntries); err != nil {
		return b, err
	}
	if _, err := b.replace(ctx, b.seed.Reading); err != nil {
		return b, err
	}
	statements := []string{keepSeed}
	if accounts > 1 {
		statements = append(statements, fmt.Sprintf(multiplyCoverage, accounts-1))
	}
	for from := 1; from < manyCopies; from += atOnce {
		statements = append(statements, fmt.Sprintf(multiplyEntries, accounts, from, min(atOnce, manyCopies-from)))
	}
	return b, b.execute(ctx, append(statements, dropSeed, settle)...)
}

// replace writes readings as a sync does, a change each.
func (b serverBooks) replace(ctx context.Context, readings ...ledger.Reading) (took time.Duration, err error) {
	store, err := b.open()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	began := time.Now()
	for _, r := range readings {
		if _, err := store.Replace(ctx, firstAccount, []ledger.Reading{r}); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}
