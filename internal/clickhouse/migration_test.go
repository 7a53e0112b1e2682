package clickhouse_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

// text asks a database for one text.
func text(t *testing.T, address, query string) (answer string) {
	t.Helper()
	conn := chdbtest.Connect(t, address)
	defer conn.Close()
	if err := conn.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

const tablesAndRows = "SELECT toString(arraySort(groupArray((name, total_rows)))) FROM system.tables WHERE database = currentDatabase()"

// TestLedgerMadeByMany has eight stores make the ledger at once, each for an
// account of its own.
func TestLedgerMadeByMany(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	var makers sync.WaitGroup
	for n := range 8 {
		s := open(t, address)
		makers.Go(func() {
			if _, err := s.Replace(t.Context(), fmt.Sprint(n), []ledger.Reading{ledgertest.Version(n)}); err != nil {
				t.Errorf("store %d: %v", n, err)
			}
		})
	}
	makers.Wait()
	sums, err := open(t, address).Sums(t.Context(), ledger.Query{By: []ledger.Dimension{ledger.ByAccount}})
	if err != nil || len(sums) != 7 {
		t.Errorf("7 accounts have entries; sums are %v, %v", sums, err)
	}
	for _, s := range sums {
		if fmt.Sprint(s.Entries) != s.Group[0] {
			t.Errorf("account %s has %d entries", s.Group[0], s.Entries)
		}
	}
}

// TestLedgerBegunAndLeft breaks the connection at each statement that makes the
// ledger, before and after it happens; another goes on.
func TestLedgerBegunAndLeft(t *testing.T) {
	t.Parallel()
	statements := []string{"CREATE DATABASE", "ledger_meta (version", "ledger_journal (", "ledger_api_keys (", ".coverage AS", "INSERT INTO ledger_meta"}
	for _, words := range statements {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			address := chdbtest.Database(t)
			h := holding(words)
			h.broken = true
			close(h.letGo)
			left := open(t, through(t, address, h.fate))
			if err := ledgertest.Put(t.Context(), left, ledgertest.Version(3)); err == nil {
				t.Error("the connection broke, and there is no error")
			}
			if !isClosed(h.held) {
				t.Fatal("no such statement came")
			}
			s := open(t, address)
			if _, err := s.Sums(t.Context(), ledger.Query{}); err != nil && !errors.Is(err, ledger.ErrNoLedger) {
				t.Errorf("reading what was begun: %v", err)
			}
			if err := ledgertest.Put(t.Context(), s, ledgertest.Version(4)); err != nil {
				t.Fatal(err)
			}
			if n, err := ledgertest.VersionOf(t.Context(), left); n != 4 || err != nil {
				t.Errorf("version %d, %v", n, err)
			}
		})
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestRefusals looks at what is refused, and that nothing was changed before.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before []string
		also   string // of the address
		want   error
		says   string
		reads  error // where reading is refused for another reason
	}{
		"nothing":      {reads: ledger.ErrNoLedger},
		"other tables": {before: []string{"CREATE TABLE mine (a Int64) ENGINE = MergeTree ORDER BY a"}, want: ledger.ErrNotLedger, says: "holds other tables"},
		"another view": {before: []string{"CREATE VIEW mine AS SELECT 1"}, want: ledger.ErrNotLedger, says: "holds other tables"},
		"newer": {before: []string{"CREATE TABLE ledger_meta (version UInt32, at DateTime64(6)) ENGINE = MergeTree ORDER BY version",
			"INSERT INTO ledger_meta SELECT 99, now64(6)"}, want: ledger.ErrNewer, says: "its version is 99"},
		"no rights": {also: "?readonly=2", says: "the user may not do this", reads: ledger.ErrNoLedger},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := chdbtest.Database(t)
			run(t, address, c.before...)
			before := text(t, address, tablesAndRows)
			s := open(t, address+c.also)
			if c.reads == nil {
				c.reads = c.want
			}
			if _, err := s.Sums(t.Context(), ledger.Query{}); !errors.Is(err, c.reads) || !strings.Contains(err.Error(), s.Address()) {
				t.Errorf("reading: %v, want %v with the ledger's address", err, c.reads)
			}
			if after := text(t, address, tablesAndRows); after != before {
				t.Errorf("reading made %s of %s", after, before)
			}
			if name == "nothing" {
				return
			}
			balance := ledger.BalanceAt{At: ledgertest.Day.Start}
			for what, err := range map[string]error{"replacing": ledgertest.Put(t.Context(), s, ledgertest.Version(3)), "saving": s.SaveBalance(t.Context(), "default", balance)} {
				if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), s.Address()) {
					t.Errorf("%s: %v, want %v that says %q with the ledger's address", what, err, c.want, c.says)
				}
			}
			if after := text(t, address, tablesAndRows); after != before {
				t.Errorf("refused changes made %s of %s", after, before)
			}
		})
	}
}

// TestReaderWithoutRights reads books that it may not change.
func TestReaderWithoutRights(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	if err := ledgertest.Put(t.Context(), open(t, address), ledgertest.Version(3)); err != nil {
		t.Fatal(err)
	}
	s := open(t, address+"?readonly=2")
	if n, err := ledgertest.VersionOf(t.Context(), s); n != 3 || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(4)); err == nil || !strings.Contains(err.Error(), "the user may not do this") {
		t.Errorf("writing: %v", err)
	}
	if n, err := ledgertest.VersionOf(t.Context(), s); n != 3 || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
}

// TestDatabaseThatIsNotThere is made by the first write.
func TestDatabaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	address := strings.Replace(chdbtest.Database(t), "/test_", "/new_", 1)
	name := address[strings.LastIndex(address, "/")+1:]
	s := open(t, address)
	if _, err := s.Sums(t.Context(), ledger.Query{}); !errors.Is(err, ledger.ErrNoLedger) {
		t.Errorf("reading: %v", err)
	}
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(3)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run(t, chdbtest.Server(t), "DROP DATABASE "+name) })
	if n, err := ledgertest.VersionOf(t.Context(), s); n != 3 || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
}
