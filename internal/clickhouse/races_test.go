package clickhouse_test

import (
	"context"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

// run gives the database statements of SQL.
func run(t *testing.T, address string, statements ...string) {
	t.Helper()
	conn := chdbtest.Connect(t, address)
	defer conn.Close()
	for _, s := range statements {
		if err := conn.Exec(context.WithoutCancel(t.Context()), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// meanwhile has one thing done while another waits in the midst of its work, at
// a query that holds the words.
func meanwhile(t *testing.T, address, words string, slow func(ledger.Store) error, quick func()) error {
	t.Helper()
	h := holding(words)
	s := open(t, through(t, address, h.fate))
	done := make(chan error, 1)
	go func() { done <- slow(s) }()
	select {
	case <-h.held:
	case err := <-done:
		t.Fatalf("no query holds %q; error is %v", words, err)
	}
	quick()
	close(h.letGo)
	return <-done
}

// TestLedgerMadeMeanwhile looks for a ledger's first table before another has made
// it, and for other tables after that.
func TestLedgerMadeMeanwhile(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	err := meanwhile(t, address, "system.tables",
		func(s ledger.Store) error { return ledgertest.Put(t.Context(), s, ledgertest.Version(3)) },
		func() {
			if err := ledgertest.Put(t.Context(), open(t, address), ledgertest.Version(2)); err != nil {
				t.Error(err)
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := ledgertest.VersionOf(t.Context(), open(t, address)); n != 3 || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
}

// TestEntriesThatComeWhileSumming has a change come between the questions from
// when to when the entries are, and how much they are.
func TestEntriesThatComeWhileSumming(t *testing.T) {
	t.Parallel()
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	address := chdbtest.Database(t)
	sound := open(t, address)
	if err := ledgertest.Put(t.Context(), sound, ledgertest.Version(1)); err != nil {
		t.Fatal(err)
	}
	winter := ledgertest.Version(1)
	winter.Window = ledger.Window{Start: ledgertest.Day.Start.AddDate(0, -6, 0), End: ledgertest.Day.Start}
	winter.Entries[0].Timestamp = winter.Window.Start
	q := ledger.Query{By: []ledger.Dimension{ledger.ByHour}, Zone: newYork}
	var sums []ledger.Sum
	err = meanwhile(t, address, "GROUP BY ALL", func(s ledger.Store) (err error) {
		sums, err = s.Sums(t.Context(), q)
		return err
	}, func() {
		if err := ledgertest.Put(t.Context(), sound, winter); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	hours := map[string]int64{}
	for _, s := range sums {
		hours[s.Group[0]] = s.Entries
	}
	summer, both := map[string]int64{"2026-06-25T20:00:00-04:00": 1}, map[string]int64{"2026-06-25T20:00:00-04:00": 1, "2025-12-25T19:00:00-05:00": 1}
	if differ(summer, hours) != "" && differ(both, hours) != "" {
		t.Errorf("hours are %v", hours)
	}
}

// TestEntriesThatMoveWhileLooking has an entry give way to a newer one while the
// newest is looked for, past one that was removed.
func TestEntriesThatMoveWhileLooking(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	sound := open(t, address)
	entries := ledgertest.Version(3).Entries
	holds := func(of ...venice.UsageEntry) {
		if err := ledgertest.Put(t.Context(), sound, ledger.Reading{Window: ledgertest.Day, ReadAt: ledgertest.Day.End, Entries: of}); err != nil {
			t.Error(err)
		}
	}
	holds(entries[0], entries[1])
	holds(entries[0])
	var newest time.Time
	err := meanwhile(t, address, "SELECT sum(sign)", func(s ledger.Store) (err error) {
		newest, err = s.Newest(t.Context(), "default", time.Time{})
		return err
	}, func() { holds(entries[2]) })
	if err != nil || !newest.Equal(entries[0].Timestamp) && !newest.Equal(entries[2].Timestamp) {
		t.Errorf("newest is %v, %v", newest, err)
	}
}

// TestSavedWhileASnapshotIsTaken has rows arrive after a snapshot that had their
// instants before it.
func TestSavedWhileASnapshotIsTaken(t *testing.T) {
	t.Parallel()
	address := chdbtest.Database(t)
	s := open(t, address)
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(1)); err != nil {
		t.Fatal(err)
	}
	save(t, s, "default", 1)
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := everything(t, snapshot, "default")
	run(t, address,
		"INSERT INTO ledger_balances SELECT * REPLACE (read_at + INTERVAL 1 HOUR AS read_at, saved_at - INTERVAL 1 MICROSECOND AS saved_at) FROM ledger_balances",
		"INSERT INTO ledger_key_days SELECT * REPLACE (day + INTERVAL 9 DAY AS day, saved_at - INTERVAL 1 MICROSECOND AS saved_at) FROM ledger_key_days",
		"INSERT INTO ledger_api_keys SELECT * REPLACE ('another' AS account, saved_at - INTERVAL 1 MICROSECOND AS saved_at) FROM ledger_api_keys")
	if diff := differ(before, everything(t, snapshot, "default")); diff != "" {
		t.Errorf("the snapshot has changed: %s", diff)
	}
	if found, err := s.Balances(t.Context(), "default", ledger.Window{}); len(found) != 2 || err != nil {
		t.Errorf("the books have balances %v, %v", found, err)
	}
}
