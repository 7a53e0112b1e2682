package clickhouse_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

// TestWriterThatIsSecond has another's change come between what a writer knows and
// what it puts down: the engine drops that, and the writer begins again.
func TestWriterThatIsSecond(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	sound := open(t, address)
	if err := ledgertest.Put(t.Context(), sound, ledgertest.Version(1)); err != nil {
		t.Fatal(err)
	}
	err := meanwhile(t, address, "INSERT INTO ledger_journal",
		func(s ledger.Store) error {
			changes, err := s.Replace(t.Context(), "default", []ledger.Reading{ledgertest.Version(20)})
			if err == nil && (changes[0].Added != 20 || changes[0].Removed != 10) {
				t.Errorf("the change is %+v, want that of version 10", changes)
			}
			return err
		},
		func() {
			if err := ledgertest.Put(t.Context(), sound, ledgertest.Version(10)); err != nil {
				t.Error(err)
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	merged(t, address)
	if n, err := ledgertest.VersionOf(t.Context(), sound); n != 20 || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
	if rows := text(t, address, "SELECT toString((countIf(sign = 1), countIf(sign = -1), uniqExact(version))) FROM ledger_journal"); rows != "(31,11,3)" {
		t.Errorf("the journal has %s entries, removals and versions, want those of three changes: (31,11,3)", rows)
	}
}

// TestWriterThatSlept has a writer wait, while it asks for the account's head, until
// the server takes no change that was begun so long ago, and remembers no number
// of that time. The constraint is put forward, rather than time.
func TestWriterThatSlept(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"argMax(change, version)", "SELECT now64", "INSERT INTO ledger_journal"} {
		address := chdbtest.Database(t)
		sound := open(t, address)
		if err := ledgertest.Put(t.Context(), sound, ledgertest.Version(1)); err != nil {
			t.Fatal(err)
		}
		run(t, address, "ALTER TABLE ledger_journal MODIFY SETTING non_replicated_deduplication_window = 1")
		err := meanwhile(t, address, words,
			func(s ledger.Store) error { return ledgertest.Put(t.Context(), s, ledgertest.Version(20)) },
			func() {
				dayBefore := ledger.Reading{Window: ledger.Window{Start: ledgertest.Day.Start.AddDate(0, 0, -1), End: ledgertest.Day.Start}, ReadAt: ledgertest.Day.End}
				if _, err := sound.Replace(t.Context(), "default", []ledger.Reading{ledgertest.Version(10), dayBefore}); err != nil {
					t.Error(err)
				}
				if _, err := sound.Replace(t.Context(), "another", []ledger.Reading{ledgertest.Version(1)}); err != nil {
					t.Error(err)
				}
				run(t, address, "ALTER TABLE ledger_journal DROP CONSTRAINT in_time",
					fmt.Sprintf("ALTER TABLE ledger_journal ADD CONSTRAINT in_time CHECK recorded_at > fromUnixTimestamp64Micro(%d)", time.Now().UnixMicro()))
			})
		if err != nil {
			t.Errorf("%s: %v", words, err)
		}
		if n, err := ledgertest.VersionOf(t.Context(), sound); n != 20 || err != nil {
			t.Errorf("%s: version %d, %v", words, n, err)
		}
		if known, err := sound.Coverage(t.Context()); err != nil || len(known["default"]) != 2 {
			t.Errorf("%s: coverage is %v, want that of both changes; %v", words, known, err)
		}
	}
}

// TestCancelledWhileWriting cancels a change when it is being put down: what became
// of it is told all the same.
func TestCancelledWhileWriting(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	sound := open(t, address)
	if err := ledgertest.Put(t.Context(), sound, ledgertest.Version(1)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := meanwhile(t, address, "INSERT INTO ledger_journal", func(s ledger.Store) error { return ledgertest.Put(ctx, s, ledgertest.Version(2)) }, cancel)
	if n, read := ledgertest.VersionOf(t.Context(), sound); n != 2 || err != nil || read != nil {
		t.Errorf("the change says %v, and version %d is there, %v", err, n, read)
	}
}

// TestChangeThatIsNeverInTime has a server that takes no change.
func TestChangeThatIsNeverInTime(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	s := open(t, address)
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(1)); err != nil {
		t.Fatal(err)
	}
	run(t, address, "ALTER TABLE ledger_journal DROP CONSTRAINT in_time",
		"ALTER TABLE ledger_journal ADD CONSTRAINT in_time CHECK recorded_at > now64(6) + INTERVAL 1 HOUR")
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(2)); err == nil || !strings.Contains(err.Error(), "took more than a minute") {
		t.Errorf("error is %v", err)
	}
	if n, err := ledgertest.VersionOf(t.Context(), s); n != 1 || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
}
