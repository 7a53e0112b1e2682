package clickhouse

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
)

// TestEngineTakesATokenOnce holds the engine to what changes of an account rest on:
// of inserts with one token, also at once, it takes one, whole and as one part,
// however large it is.
func TestEngineTakesATokenOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one server", "cluster"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := chdbtest.Database(t)
			if name == "cluster" {
				address += "?cluster=" + chdbtest.Cluster(t)
			}
			p, err := parse(address, "")
			if err != nil {
				t.Fatal(err)
			}
			conn, err := clickhouse.Open(p.options())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			database, _ := p.ofMeta()
			small := table{"small", "account String, who UInt64", "ReplacingMergeTree(who)", "ORDER BY (account, who) SETTINGS " + deduplicated}
			for _, statement := range append([]string{database}, p.creation(small)...) {
				if err := conn.Exec(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			rows := make(map[string]int)
			put := func(token string, who uint64, n int) {
				if err := insertMany(t.Context(), conn, token, who, n); err != nil {
					t.Error(err)
				}
			}
			for round := range 10 {
				token := fmt.Sprint("small ", round)
				rows[token] = 300
				var writers sync.WaitGroup
				for who := range uint64(6) {
					writers.Go(func() { put(token, who, rows[token]) })
				}
				writers.Wait()
			}
			rows["large"] = 1_200_000 // more than a block of ClickHouse's own
			put("large", 1, rows["large"])
			put("large", 2, 5)
			type taken struct {
				token        string
				n, who, part uint64
			}
			found, err := collect(t.Context(), conn, func(r *taken) []any { return []any{&r.token, &r.n, &r.who, &r.part} },
				"SELECT account, count(), uniqExact(who % 10), uniqExact(_part) FROM ledger_small GROUP BY account")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if int(f.n) != rows[f.token] || f.who != 1 || f.part != 1 {
					t.Errorf("of token %q there are %d rows of %d inserts in %d parts", f.token, f.n, f.who, f.part)
				}
			}
			if len(found) != len(rows) {
				t.Errorf("%d tokens were taken of %d", len(found), len(rows))
			}
		})
	}
}

// insertMany puts rows down as a change is, whose last digit is who inserts them.
func insertMany(ctx context.Context, conn driver.Conn, token string, who uint64, n int) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token}))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO ledger_small (account, who)")
	if err != nil {
		return err
	}
	accounts, numbers := make([]string, n), make([]uint64, n)
	for i := range n {
		accounts[i], numbers[i] = token, uint64(i)*10+who
	}
	for i, column := range []any{accounts, numbers} {
		if err := batch.Column(i).Append(column); err != nil {
			return err
		}
	}
	return batch.Send()
}
