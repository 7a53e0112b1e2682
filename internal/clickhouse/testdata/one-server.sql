CREATE DATABASE IF NOT EXISTS `books`;

CREATE TABLE IF NOT EXISTS `books`.ledger_meta (version UInt32, at DateTime64(6, 'UTC') DEFAULT now64(6)) ENGINE = MergeTree ORDER BY version;

CREATE TABLE IF NOT EXISTS `books`.ledger_journal (
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
	request           UInt128 MATERIALIZED if(request_id != '', reinterpretAsUInt128(sipHash128(account, assumeNotNull(request_id))), 0) CODEC(ZSTD),
	INDEX by_sign sign TYPE minmax GRANULARITY 1,
	INDEX by_time timestamp TYPE minmax GRANULARITY 1,
	CONSTRAINT in_time CHECK recorded_at > now64(6) - INTERVAL 1 MINUTE
) ENGINE = ReplacingMergeTree(version) ORDER BY (abs(sign), account, timestamp, identity, ordinal, added, sign) SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `books`.ledger_balances (
	account              LowCardinality(String),
	read_at              DateTime64(6, 'UTC'),
	saved_at             DateTime64(6, 'UTC') DEFAULT now64(6),
	can_consume          Bool,
	consumption_currency LowCardinality(String),
	diem                 Nullable(Decimal(38, 24)),
	usd                  Nullable(Decimal(38, 24)),
	bundled_credits      Nullable(Decimal(38, 24)),
	earned_credits       Nullable(Decimal(38, 24)),
	diem_allocation      Decimal(38, 24)
) ENGINE = MergeTree ORDER BY (account, read_at, saved_at);

CREATE TABLE IF NOT EXISTS `books`.ledger_key_days (
	account      LowCardinality(String),
	day          Date32,
	saved_at     DateTime64(6, 'UTC') DEFAULT now64(6),
	read_at      DateTime64(6, 'UTC'),
	key_ids      Array(String), -- in Venice's order; empty for use on the web
	descriptions Array(String),
	usd          Array(Decimal(38, 24)),
	diem         Array(Decimal(38, 24)),
	units        Array(Decimal(38, 24))
) ENGINE = MergeTree ORDER BY (account, day) TTL toDateTime(saved_at) + INTERVAL 1 DAY GROUP BY account, day SET read_at = argMax(read_at, saved_at), key_ids = argMax(key_ids, saved_at), descriptions = argMax(descriptions, saved_at), usd = argMax(usd, saved_at), diem = argMax(diem, saved_at), units = argMax(units, saved_at), saved_at = max(saved_at);

CREATE TABLE IF NOT EXISTS `books`.ledger_api_keys (
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
	week_vcu       Array(Nullable(Decimal(38, 24)))
) ENGINE = MergeTree ORDER BY account TTL toDateTime(saved_at) + INTERVAL 1 DAY GROUP BY account SET read_at = argMax(read_at, saved_at), key_ids = argMax(key_ids, saved_at), types = argMax(types, saved_at), descriptions = argMax(descriptions, saved_at), last6 = argMax(last6, saved_at), created_at = argMax(created_at, saved_at), expires_at = argMax(expires_at, saved_at), last_used_at = argMax(last_used_at, saved_at), limit_periods = argMax(limit_periods, saved_at), model_privacy = argMax(model_privacy, saved_at), limit_usd = argMax(limit_usd, saved_at), limit_diem = argMax(limit_diem, saved_at), limit_vcu = argMax(limit_vcu, saved_at), period_usd = argMax(period_usd, saved_at), period_diem = argMax(period_diem, saved_at), period_vcu = argMax(period_vcu, saved_at), week_usd = argMax(week_usd, saved_at), week_diem = argMax(week_diem, saved_at), week_vcu = argMax(week_vcu, saved_at), saved_at = max(saved_at);

CREATE TABLE IF NOT EXISTS `books`.ledger_leases (
	account LowCardinality(String),
	number  UInt64, -- of the change among those of the account
	holder  String,
	since   DateTime64(6, 'UTC'),
	until   DateTime64(6, 'UTC'), -- 1970 where it was given up
	synced  DateTime64(6, 'UTC') -- 1970 for never
) ENGINE = ReplacingMergeTree(number) ORDER BY account SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000;

CREATE VIEW IF NOT EXISTS `books`.entries AS SELECT account, timestamp, toDate32(timestamp) AS day, sku, model, meter, unit,
	price AS price_per_unit_usd, units, amount, currency,
	greatest(-amount, toDecimal128(0, 24)) AS spend, greatest(amount, toDecimal128(0, 24)) AS credit,
	notes, request_id, execution_ms, prompt_tokens, completion_tokens, lower(hex(id)) AS identity, ordinal
FROM (SELECT *, identity AS id FROM `books`.ledger_journal WHERE sign = 1 AND (account, identity, ordinal, added) GLOBAL NOT IN (SELECT account, identity, ordinal, added FROM `books`.ledger_journal WHERE sign = -1));

CREATE VIEW IF NOT EXISTS `books`.coverage AS SELECT account, window.1 AS window_start, window.2 AS window_end, window.3 AS read_at FROM (
	SELECT account, argMax(arrayZip(window_starts, window_ends, windows_read_at), version) AS windows
	FROM `books`.ledger_journal WHERE abs(sign) = 0 GROUP BY account) ARRAY JOIN windows AS window;

CREATE VIEW IF NOT EXISTS `books`.balances AS SELECT account, read_at, can_consume, consumption_currency, diem, usd, bundled_credits, earned_credits, diem_allocation
FROM `books`.ledger_balances ORDER BY account, read_at, saved_at DESC LIMIT 1 BY account, read_at;

CREATE VIEW IF NOT EXISTS `books`.keys AS SELECT account, day, read_at, key_id, description, usd, diem, units FROM (
	SELECT account, day, read_at, key_ids, descriptions, usd AS all_usd, diem AS all_diem, units AS all_units
	FROM `books`.ledger_key_days ORDER BY account, day, saved_at DESC LIMIT 1 BY account, day)
ARRAY JOIN key_ids AS key_id, descriptions AS description, all_usd AS usd, all_diem AS diem, all_units AS units;

CREATE VIEW IF NOT EXISTS `books`.api_keys AS SELECT account, read_at, key.1 AS key_id, key.2 AS type, key.3 AS description, key.4 AS last6,
	key.5 AS created_at, key.6 AS expires_at, key.7 AS last_used_at, key.8 AS limit_period, key.9 AS model_privacy,
	key.10 AS limit_usd, key.11 AS limit_diem, key.12 AS period_usd, key.13 AS period_diem, key.14 AS week_usd, key.15 AS week_diem
FROM (
	SELECT account, read_at, arrayZip(key_ids, types, descriptions, last6, created_at, expires_at, last_used_at, limit_periods, model_privacy,
		limit_usd, limit_diem, period_usd, period_diem, week_usd, week_diem) AS keys
	FROM `books`.ledger_api_keys ORDER BY account, saved_at DESC LIMIT 1 BY account)
ARRAY JOIN keys AS key;
