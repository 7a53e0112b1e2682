package chdbtest_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
)

func open(t *testing.T, change func(*clickhouse.Options)) driver.Conn {
	t.Helper()
	options, err := clickhouse.ParseDSN(chdbtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(options)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func exec(t *testing.T, conn driver.Conn, statement string, args ...any) {
	t.Helper()
	if err := conn.Exec(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func text(t *testing.T, conn driver.Conn, query string, args ...any) string {
	t.Helper()
	var got string
	if err := conn.QueryRow(t.Context(), query, args...).Scan(&got); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return got
}

// types are values that go in through the driver, which the engine then shows as
// text of its own, and that come out as they were.
var types = []struct {
	kind  string
	value any
	shown string
}{
	{"UInt8", uint8(255), "255"},
	{"UInt16", uint16(65535), "65535"},
	{"UInt32", uint32(4294967295), "4294967295"},
	{"UInt64", uint64(18446744073709551615), "18446744073709551615"},
	{"Int64", int64(-9223372036854775808), "-9223372036854775808"},
	{"Int128", *power(10, 30), "1000000000000000000000000000000"},
	{"Int256", *power(-10, 61), "-10000000000000000000000000000000000000000000000000000000000000"},
	{"Decimal(38, 18)", decimal.RequireFromString("-12345678901234567890.123456789012345678"), "-12345678901234567890.123456789012345678"},
	{"Decimal(76, 38)", decimal.RequireFromString("12345678901234567890123456789012345678.00000000000000000000000000000000000001"), "12345678901234567890123456789012345678.00000000000000000000000000000000000001"},
	{"String", "Zoë\n\x00'", "Zoë\n\x00'"},
	{"FixedString(16)", "0123456789abcdef", "0123456789abcdef"},
	{"LowCardinality(String)", "model", "model"},
	{"LowCardinality(Nullable(String))", new("model"), "model"},
	{"Nullable(Decimal(38, 18))", new(decimal.RequireFromString("0.000000000000000001")), "0.000000000000000001"},
	{"DateTime64(6, 'UTC')", time.Date(2026, 2, 28, 23, 59, 59, 999_999_000, time.UTC), "2026-02-28 23:59:59.999999"},
	{"DateTime64(6, 'Asia/Kathmandu')", time.Date(2026, 3, 1, 0, 0, 0, 1000, time.UTC), "2026-03-01 05:45:00.000001"},
	{"Date", time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC), "2026-02-28"},
	{"Bool", true, "true"},
	{"UUID", uuid.MustParse("00112233-4455-6677-8899-aabbccddeeff"), "00112233-4455-6677-8899-aabbccddeeff"},
	{"Enum8('USD' = 1, 'DIEM' = 2)", "DIEM", "DIEM"},
	{"Array(UInt32)", []uint32{1, 2, 3}, "[1,2,3]"},
	{"Array(LowCardinality(String))", []string{"a", "b", "a"}, "['a','b','a']"},
	{"Tuple(String, UInt8)", []any{"a", uint8(1)}, "('a',1)"},
	{"Array(Tuple(String, Decimal(38, 18)))", [][]any{{"a", decimal.RequireFromString("1.5")}}, "[('a',1.5)]"},
	{"Map(String, UInt64)", map[string]uint64{"a": 1}, "{'a':1}"},
}

func power(base, exponent int64) *big.Int {
	return new(big.Int).Exp(big.NewInt(base), big.NewInt(exponent), nil)
}

func TestTypesGoInAndOut(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*clickhouse.Options){
		"plain": nil,
		"packed": func(o *clickhouse.Options) {
			o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
		},
	} {
		conn := open(t, change)
		for i, c := range types {
			t.Run(name+" "+c.kind, func(t *testing.T) {
				t.Parallel()
				table := fmt.Sprintf("types_%d", i)
				exec(t, conn, fmt.Sprintf("CREATE TABLE %s (id UInt8, v %s) ENGINE = MergeTree ORDER BY id", table, c.kind))
				batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO "+table)
				if err != nil {
					t.Fatal(err)
				}
				for id := range 3 {
					if err := batch.Append(uint8(id), c.value); err != nil {
						t.Fatal(err)
					}
				}
				if err := batch.Send(); err != nil {
					t.Fatal(err)
				}
				if got := text(t, conn, "SELECT toString(v) FROM "+table+" WHERE id = 2"); got != c.shown {
					t.Errorf("the engine has %q, want %q", got, c.shown)
				}
				got := reflect.New(reflect.TypeOf(c.value))
				if err := conn.QueryRow(t.Context(), "SELECT v FROM "+table+" WHERE id = 1").Scan(got.Interface()); err != nil {
					t.Fatal(err)
				}
				equal := cmp.Comparer(func(a, b big.Int) bool { return a.Cmp(&b) == 0 })
				if diff := cmp.Diff(c.value, got.Elem().Interface(), equal); diff != "" {
					t.Errorf("what comes out (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestRefusalsAreExceptions(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	exec(t, conn, "CREATE TABLE checked (n Int64, CONSTRAINT positive CHECK n > 0) ENGINE = MergeTree ORDER BY n")
	insert := func(ctx context.Context) error {
		batch, err := conn.PrepareBatch(ctx, "INSERT INTO checked (n)")
		if err != nil {
			return err
		}
		return errors.Join(batch.Append(int64(-1)), batch.Send())
	}
	for name, c := range map[string]struct {
		code int32
		do   func(context.Context) error
	}{
		"syntax":        {62, func(ctx context.Context) error { return conn.Exec(ctx, "SELEKT 1") }},
		"unknown table": {60, func(ctx context.Context) error { return conn.Exec(ctx, "SELECT * FROM nothing") }},
		"unknown setting": {115, func(ctx context.Context) error {
			return conn.Exec(with(ctx, clickhouse.Settings{"nosuch": 1}), "SELECT 1")
		}},
		"half way": {395, func(ctx context.Context) error {
			rows, err := conn.Query(ctx, "SELECT throwIf(number = 900000) FROM numbers(1000000)")
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			return errors.Join(rows.Err(), rows.Close())
		}},
		"insert into nothing": {60, func(ctx context.Context) error {
			_, err := conn.PrepareBatch(ctx, "INSERT INTO nothing (n)")
			return err
		}},
		"insert against a constraint": {469, insert},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.do(t.Context())
			if refused, ok := errors.AsType[*clickhouse.Exception](err); !ok || refused.Code != c.code {
				t.Errorf("got %v, want the exception %d", err, c.code)
			}
		})
	}
}

func with(ctx context.Context, settings clickhouse.Settings) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithSettings(settings))
}

func TestSettingsAndParameters(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	ctx := with(t.Context(), clickhouse.Settings{"max_block_size": 123, "session_timezone": "Asia/Kathmandu"})
	var blocks uint8
	var zone string
	if err := conn.QueryRow(ctx, "SELECT getSetting('max_block_size'), timezone()").Scan(&blocks, &zone); err != nil {
		t.Fatal(err)
	}
	if blocks != 123 || zone != "Asia/Kathmandu" {
		t.Errorf("the query had a max_block_size of %d and the zone %q", blocks, zone)
	}
	if got := text(t, conn, "SELECT toString(getSetting('max_block_size') = 123)"); got != "0" && got != "false" {
		t.Error("the setting outlived its query")
	}
	const hard = "it's\ta \\ \n\"thing\""
	if got := text(t, conn, "SELECT {s:String} || toString({n:UInt64} + 1)", clickhouse.Named("s", hard), clickhouse.Named("n", 41)); got != hard+"42" {
		t.Errorf("parameters came as %q", got)
	}
}

func TestEmptyAnswersHaveColumns(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	for query, want := range map[string][]string{
		"SELECT 1 AS one, 'a' AS two WHERE 0": {"one", "two"},
		"SHOW TABLES":                         {"name"},
	} {
		rows, err := conn.Query(t.Context(), query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if rows.Next() || rows.Err() != nil {
			t.Errorf("%s: want no row and no error, got %v", query, rows.Err())
		}
		if diff := cmp.Diff(want, rows.Columns()); diff != "" {
			t.Errorf("%s: columns (-want +got):\n%s", query, diff)
		}
		rows.Close()
	}
}

func TestInsertsTakeSettings(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	exec(t, conn, "CREATE TABLE once (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 10")
	for i, c := range []struct {
		statement string
		settings  clickhouse.Settings
	}{
		{"INSERT INTO once", clickhouse.Settings{"insert_deduplication_token": "first"}},
		{"INSERT INTO once (a)", clickhouse.Settings{"insert_deduplication_token": "first"}},
		{"INSERT INTO once (a) SETTINGS insert_deduplication_token = 'first'", nil},
		{"INSERT INTO once (a) SETTINGS insert_deduplication_token = 'second'", nil},
	} {
		batch, err := conn.PrepareBatch(with(t.Context(), c.settings), c.statement)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(batch.Append(uint64(i)), batch.Send()); err != nil {
			t.Fatal(err)
		}
	}
	if got := text(t, conn, "SELECT toString(groupArray(a)) FROM (SELECT a FROM once ORDER BY a)"); got != "[0,3]" {
		t.Errorf("the table has %s, want the first insert of each token: [0,3]", got)
	}
}

func TestInsertOfNoRows(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	exec(t, conn, "CREATE TABLE empty (a UInt64, b String MATERIALIZED toString(a)) ENGINE = MergeTree ORDER BY a")
	batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO empty")
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	if got := text(t, conn, "SELECT toString(count()) FROM empty"); got != "0" {
		t.Errorf("the table has %s rows, want none", got)
	}
}

// TestInsertsOfClientsThatLeave sends blocks and then leaves.
func TestInsertsOfClientsThatLeave(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	exec(t, conn, "CREATE TABLE left (a UInt64) ENGINE = MergeTree ORDER BY a")
	for _, finish := range []bool{false, true} {
		batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO left (a)")
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := errors.Join(batch.Append(uint64(1)), batch.Flush()); err != nil {
				t.Fatal(err)
			}
		}
		if finish {
			err = batch.Send()
		} else {
			err = batch.Abort()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := text(t, conn, "SELECT toString(count()) FROM left"); got != "3" {
		t.Errorf("the table has %s rows, want the 3 of the batch that was sent", got)
	}
	if got := text(t, conn, "SELECT toString(groupArray(rows)) FROM system.parts WHERE database = currentDatabase()"); got != "[3]" {
		t.Errorf("the batch became parts of %s rows, want one of 3", got)
	}
}

// TestQueriesRunAtOnce holds answers half read: a server of one query at a time
// would never begin the last of them.
func TestQueriesRunAtOnce(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const clients = 4
	for range clients {
		rows, err := conn.Query(ctx, "SELECT number, 'held half read' FROM numbers(1000000000)")
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			t.Fatalf("no row: %v", rows.Err())
		}
	}
	if got := text(t, conn, running("held half read")); got != fmt.Sprint(clients) {
		t.Errorf("%s queries run, want %d", got, clients)
	}
}

// running counts the queries whose text holds the words.
func running(words string) string {
	return "SELECT toString(count()) FROM system.processes WHERE query LIKE '%" + words + "%' AND query NOT LIKE '%system.processes%'"
}

func TestClusterOfOneShard(t *testing.T) {
	t.Parallel()
	cluster := chdbtest.Cluster(t)
	conn := open(t, nil)
	exec(t, conn, "CREATE TABLE entries ON CLUSTER "+cluster+" (account String, n Int64, version UInt64) "+
		"ENGINE = ReplicatedReplacingMergeTree('/tables/{database}/entries', '{replica}', version) ORDER BY (account, n)")
	exec(t, conn, "CREATE TABLE everywhere ON CLUSTER '"+cluster+"' AS entries ENGINE = Distributed("+cluster+", currentDatabase(), entries, cityHash64(account))")
	for version := range 2 {
		batch, err := conn.PrepareBatch(with(t.Context(), clickhouse.Settings{"distributed_foreground_insert": 1}), "INSERT INTO everywhere (account, n, version)")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(batch.Append("a", int64(1), uint64(version)), batch.Append("b", int64(2), uint64(version)), batch.Send()); err != nil {
			t.Fatal(err)
		}
	}
	if got := text(t, conn, "SELECT toString(groupArray((account, n, version))) FROM (SELECT * FROM everywhere FINAL ORDER BY n)"); got != "[('a',1,1),('b',2,1)]" {
		t.Errorf("the tables of the cluster hold %s", got)
	}
	exec(t, conn, "DROP TABLE entries ON CLUSTER "+cluster+" SYNC")
	if got := text(t, conn, "SELECT toString(groupArray(name)) FROM system.tables WHERE database = currentDatabase()"); got != "['everywhere']" {
		t.Errorf("the tables %s are left", got)
	}
}

func TestLongAnswersStream(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	rows, err := conn.Query(t.Context(), "SELECT number FROM numbers(2000000)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var n, sum, v uint64
	for rows.Next() {
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		n, sum = n+1, sum+v
	}
	if err := rows.Err(); err != nil || n != 2_000_000 || sum != 1999999000000 {
		t.Errorf("got %d numbers of the sum %d and %v", n, sum, err)
	}
}

func TestQueriesCanBeCancelled(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- conn.Exec(ctx, "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(number, 'to be cancelled')")
	}()
	for text(t, conn, running("to be cancelled")) != "1" {
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	for text(t, conn, running("to be cancelled")) != "0" {
	}
}
