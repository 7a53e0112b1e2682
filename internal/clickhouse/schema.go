package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A table of the ledger. In a cluster, each shard has its accounts' part of it in
// a replicated table NAME_local, and NAME is the whole.
type table struct {
	name    string
	columns string
	engine  string // of the MergeTree family
	rest    string // what follows the engine
}

// deduplicated is how many of the last inserts' tokens are remembered. Two writers
// that compete for a number insert within a minute of each other (the constraint
// in_time sees to that), and no table takes so many inserts in a minute.
const deduplicated = "non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000"

// meta says of what version the ledger is, in as many rows as there were
// migrations. It is made first, and so tells a ledger from other databases.
const meta = "CREATE TABLE IF NOT EXISTS %s (version UInt32, at DateTime64(6, 'UTC') DEFAULT now64(6)) ENGINE = %s ORDER BY version"

// request stands for an account's request where requests are counted: 0 for none.
// uniqExact makes just such a hash of a text; kept, it need be neither made nor
// the text be read.
const request = "if(request_id != '', reinterpretAsUInt128(sipHash128(account, assumeNotNull(request_id))), 0)"

// version1 is documented for people by the views, in docs/sql.md.
//
// The journal is sorted for ranges of an account's time, after the coverage of all
// accounts, and has no partitions: one insert into several would not be atomic. A
// removal sorts before the entry that it takes away, of which it has all columns,
// and differs from it in sign and version. Coverage is the row of an account with
// the highest version among those with sign 0; older ones go when parts are merged.
//
// What is saved beside the entries is read as it was at an instant, so what was
// replaced stays for a day.
var version1 = []table{
	{"journal", `
	account           LowCardinality(String),
	timestamp         DateTime64(6, 'UTC') CODEC(Delta, ZSTD),
	identity          FixedString(16) CODEC(NONE),
	ordinal           UInt32,
	added             UInt64, -- the version of the change that brought the entry
	sign              Int8, -- 1 entry, -1 its removal, 0 coverage
	version           UInt64, -- the number of the change among those of the account
	recorded_at       DateTime64(6, 'UTC'), -- when the change was begun, by the server's clock
	sku               LowCardinality(String),
	model             LowCardinality(String),
	meter             LowCardinality(String),
	unit              LowCardinality(String),
	price             Decimal(38, 24) CODEC(ZSTD),
	units             Decimal(38, 24) CODEC(ZSTD),
	amount            Decimal(38, 24) CODEC(ZSTD),
	currency          LowCardinality(String),
	notes             LowCardinality(String),
	request_id        Nullable(String) CODEC(ZSTD), -- null without inference details
	execution_ms      Nullable(Int64) CODEC(ZSTD),
	prompt_tokens     Nullable(Int64) CODEC(ZSTD),
	completion_tokens Nullable(Int64) CODEC(ZSTD),
	change            UInt64, -- of coverage: who made this version,
	previous          UInt64, -- and who the one before
	window_starts     Array(DateTime64(6, 'UTC')),
	window_ends       Array(DateTime64(6, 'UTC')),
	windows_read_at   Array(DateTime64(6, 'UTC')),
	request           UInt128 MATERIALIZED ` + request + ` CODEC(ZSTD),
	INDEX by_sign sign TYPE minmax GRANULARITY 1,
	INDEX by_time timestamp TYPE minmax GRANULARITY 1,
	CONSTRAINT in_time CHECK recorded_at > now64(6) - INTERVAL 1 MINUTE`,
		"ReplacingMergeTree(version)",
		"ORDER BY (abs(sign), account, timestamp, identity, ordinal, added, sign) SETTINGS " + deduplicated},
	{"balances", `
	account              LowCardinality(String),
	read_at              DateTime64(6, 'UTC'),
	saved_at             DateTime64(6, 'UTC') DEFAULT now64(6),
	can_consume          Bool,
	consumption_currency LowCardinality(String),
	diem                 Nullable(Decimal(38, 24)),
	usd                  Nullable(Decimal(38, 24)),
	bundled_credits      Nullable(Decimal(38, 24)),
	earned_credits       Nullable(Decimal(38, 24)),
	diem_allocation      Decimal(38, 24)`,
		"MergeTree", "ORDER BY (account, read_at, saved_at)"},
	{"key_days", `
	account      LowCardinality(String),
	day          Date32,
	saved_at     DateTime64(6, 'UTC') DEFAULT now64(6),
	read_at      DateTime64(6, 'UTC'),
	key_ids      Array(String), -- in Venice's order; empty for use on the web
	descriptions Array(String),
	usd          Array(Decimal(38, 24)),
	diem         Array(Decimal(38, 24)),
	units        Array(Decimal(38, 24))`,
		"MergeTree", "ORDER BY (account, day) TTL " + lastAfterADay("account, day",
			"read_at", "key_ids", "descriptions", "usd", "diem", "units")},
	{"api_keys", `
	account        LowCardinality(String),
	saved_at       DateTime64(6, 'UTC') DEFAULT now64(6),
	read_at        DateTime64(6, 'UTC'),
	key_ids        Array(String), -- in Venice's order
	types          Array(String),
	descriptions   Array(String),
	last6          Array(String),
	created_at     Array(Nullable(DateTime64(6, 'UTC'))),
	expires_at     Array(Nullable(DateTime64(6, 'UTC'))),
	last_used_at   Array(Nullable(DateTime64(6, 'UTC'))),
	limit_periods  Array(String),
	model_privacy  Array(String),
	limit_usd      Array(Nullable(Decimal(38, 24))),
	limit_diem     Array(Nullable(Decimal(38, 24))),
	limit_vcu      Array(Nullable(Decimal(38, 24))),
	period_usd     Array(Nullable(Decimal(38, 24))),
	period_diem    Array(Nullable(Decimal(38, 24))),
	period_vcu     Array(Nullable(Decimal(38, 24))),
	week_usd       Array(Nullable(Decimal(38, 24))),
	week_diem      Array(Nullable(Decimal(38, 24))),
	week_vcu       Array(Nullable(Decimal(38, 24)))`,
		"MergeTree", "ORDER BY account TTL " + lastAfterADay("account", apiKeyColumns...)},
	{"leases", `
	account LowCardinality(String),
	number  UInt64, -- of the change among those of the account
	holder  String,
	since   DateTime64(6, 'UTC'),
	until   DateTime64(6, 'UTC'), -- 1970 where it was given up
	synced  DateTime64(6, 'UTC') -- 1970 for never`,
		"ReplacingMergeTree(number)", "ORDER BY account SETTINGS " + deduplicated},
}

// lastAfterADay leaves, of rows of the same key that are older than a day, the
// one that was saved last.
func lastAfterADay(key string, columns ...string) string {
	sets := make([]string, 0, len(columns)+1)
	for _, c := range columns {
		sets = append(sets, fmt.Sprintf("%s = argMax(%s, saved_at)", c, c))
	}
	sets = append(sets, "saved_at = max(saved_at)")
	return "toDateTime(saved_at) + INTERVAL 1 DAY GROUP BY " + key + " SET " + strings.Join(sets, ", ")
}

// views1 are what people ask. GLOBAL lets each shard of a cluster know what all
// of them have removed.
var views1 = [][2]string{
	{"entries", `SELECT account, timestamp, toDate32(timestamp) AS day, sku, model, meter, unit,
	price AS price_per_unit_usd, units, amount, currency,
	greatest(-amount, toDecimal128(0, 24)) AS spend, greatest(amount, toDecimal128(0, 24)) AS credit,
	notes, request_id, execution_ms, prompt_tokens, completion_tokens, lower(hex(id)) AS identity, ordinal
FROM (SELECT *, identity AS id FROM ledger_journal WHERE ` + remaining + `)`},
	{"coverage", `SELECT account, window.1 AS window_start, window.2 AS window_end, window.3 AS read_at FROM (
	SELECT account, argMax(arrayZip(window_starts, window_ends, windows_read_at), version) AS windows
	FROM ledger_journal WHERE ` + coverageRows + ` GROUP BY account) ARRAY JOIN windows AS window`},
	{"balances", `SELECT account, read_at, can_consume, consumption_currency, diem, usd, bundled_credits, earned_credits, diem_allocation
FROM ledger_balances ORDER BY account, read_at, saved_at DESC LIMIT 1 BY account, read_at`},
	{"keys", `SELECT account, day, read_at, key_id, description, usd, diem, units FROM (
	SELECT account, day, read_at, key_ids, descriptions, usd AS all_usd, diem AS all_diem, units AS all_units
	FROM ledger_key_days ORDER BY account, day, saved_at DESC LIMIT 1 BY account, day)
ARRAY JOIN key_ids AS key_id, descriptions AS description, all_usd AS usd, all_diem AS diem, all_units AS units`},
	{"api_keys", `SELECT account, read_at, key.1 AS key_id, key.2 AS type, key.3 AS description, key.4 AS last6,
	key.5 AS created_at, key.6 AS expires_at, key.7 AS last_used_at, key.8 AS limit_period, key.9 AS model_privacy,
	key.10 AS limit_usd, key.11 AS limit_diem, key.12 AS period_usd, key.13 AS period_diem, key.14 AS week_usd, key.15 AS week_diem
FROM (
	SELECT account, read_at, arrayZip(key_ids, types, descriptions, last6, created_at, expires_at, last_used_at, limit_periods, model_privacy,
		limit_usd, limit_diem, period_usd, period_diem, week_usd, week_diem) AS keys
	FROM ledger_api_keys ORDER BY account, saved_at DESC LIMIT 1 BY account)
ARRAY JOIN keys AS key`},
}

// migrations bring a ledger from the version that is their index to the next. A
// released one is never changed. Each statement may be run again, also by several
// processes at once. All names are whole: ON CLUSTER, and in a view over tables of
// the engine Distributed, ClickHouse may take others to be of the server's default
// database.
func (p place) migrations() [][]string {
	var first []string
	for _, t := range version1 {
		first = append(first, p.creation(t)...)
	}
	for _, v := range views1 {
		first = append(first, fmt.Sprintf("CREATE VIEW IF NOT EXISTS %s.%s%s AS %s", quoteName(p.database), v[0], p.onCluster(),
			strings.ReplaceAll(v[1], "FROM ledger_", "FROM "+p.table(""))))
	}
	return [][]string{first}
}

// table is the whole name of a table of the ledger.
func (p place) table(name string) string { return quoteName(p.database) + ".ledger_" + name }

func (p place) onCluster() string {
	if p.cluster == "" {
		return ""
	}
	return " ON CLUSTER " + quoteName(p.cluster)
}

// creation are the statements that make a table.
func (p place) creation(t table) []string {
	const create = "CREATE TABLE IF NOT EXISTS %s%s (%s\n) ENGINE = %s %s"
	if p.cluster == "" {
		return []string{fmt.Sprintf(create, p.table(t.name), "", t.columns, t.engine, t.rest)}
	}
	name, args, _ := strings.Cut(strings.TrimSuffix(t.engine, ")"), "(")
	replicated := "Replicated" + name + "('/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
	if args != "" {
		replicated += ", " + args
	}
	local := t.name + "_local"
	return []string{
		fmt.Sprintf(create, p.table(local), p.onCluster(), t.columns, replicated+")", t.rest),
		fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s%s AS %s ENGINE = Distributed(%s, %s, ledger_%s, sipHash64(account))",
			p.table(t.name), p.onCluster(), p.table(local), quoteName(p.cluster), quoteName(p.database), local),
	}
}

// ofMeta are the statements that begin a ledger, with its database.
func (p place) ofMeta() (database, table string) {
	engine := "MergeTree"
	if p.cluster != "" { // one table, which every server has
		engine = "ReplicatedMergeTree('/clickhouse/tables/{database}/{table}', '{shard}_{replica}')"
	}
	return "CREATE DATABASE IF NOT EXISTS " + quoteName(p.database) + p.onCluster(),
		fmt.Sprintf(meta, p.table("meta")+p.onCluster(), engine)
}

func quoteName(name string) string {
	return "`" + strings.NewReplacer("`", "``", `\`, `\\`).Replace(name) + "`"
}

// prepare sees to it that the ledger is there and of this program's version. Only
// who wants to write makes one, perhaps several at once.
func (l *link) prepare(ctx context.Context, toWrite bool) error {
	if l.ready.Load() {
		return nil
	}
	version, err := l.version(ctx)
	switch {
	case errors.Is(err, ledger.ErrNoLedger) && toWrite:
		err = l.begin(ctx)
	case err == nil && version == 0 && !toWrite: // begun, and not done
		err = fmt.Errorf("%w at %s; run 'ducat sync'", ledger.ErrNoLedger, l.place)
	}
	if err != nil {
		return err
	}
	if err := l.migrate(ctx, version); err != nil {
		return err
	}
	l.ready.Store(true)
	return nil
}

// version is the version of the ledger's schema.
func (l *link) version(ctx context.Context) (version int, err error) {
	var newest uint32
	err = one(ctx, l.conn, []any{&newest}, "SELECT max(version) FROM ledger_meta")
	switch version = int(newest); {
	case is(err, unknownDatabase):
		return 0, fmt.Errorf("%w at %s; run 'ducat sync'", ledger.ErrNoLedger, l.place)
	case is(err, unknownTable):
		return l.withoutMeta(ctx)
	case err != nil:
		return 0, err
	case version > len(l.migrations()):
		return 0, fmt.Errorf("%w: its version is %d, and this program knows those to %d; update ducat", ledger.ErrNewer, version, len(l.migrations()))
	}
	return version, nil
}

// withoutMeta is the version of a ledger whose first table was not there: by now
// another process may have made it.
func (l *link) withoutMeta(ctx context.Context) (int, error) {
	var tables, ofMeta uint64
	err := one(ctx, l.conn, []any{&tables, &ofMeta}, "SELECT count(), countIf(name = 'ledger_meta') FROM system.tables WHERE database = currentDatabase()")
	switch {
	case err != nil:
		return 0, err
	case ofMeta > 0:
		return l.version(ctx)
	case tables > 0:
		return 0, fmt.Errorf("%w: the database %s holds other tables; name one of the ledger's own", ledger.ErrNotLedger, l.database)
	default:
		return 0, fmt.Errorf("%w at %s; run 'ducat sync'", ledger.ErrNoLedger, l.place)
	}
}

// begin makes the database and the table of versions.
func (l *link) begin(ctx context.Context) error {
	database, table := l.ofMeta()
	if err := l.outside(func(conn driver.Conn) error { return conn.Exec(ctx, database) }); err != nil {
		return err
	}
	return l.conn.Exec(ctx, table)
}

// outside calls work with a connection to no database, so that it works before
// there is one.
func (l *link) outside(work func(driver.Conn) error) error {
	options := l.options()
	options.Auth.Database = ""
	conn, err := clickhouse.Open(options)
	if err != nil {
		return err
	}
	return errors.Join(work(conn), conn.Close())
}

func (l *link) migrate(ctx context.Context, version int) error {
	for ; version < len(l.migrations()); version++ {
		for _, statement := range l.migrations()[version] {
			if err := l.conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("migrating the ledger from version %d: %w", version, err)
			}
		}
		if err := l.conn.Exec(ctx, "INSERT INTO ledger_meta (version) VALUES (?)", version+1); err != nil {
			return err
		}
	}
	return nil
}
