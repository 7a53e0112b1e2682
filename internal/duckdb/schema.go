package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// application is what a ledger's file says of itself.
const application = "ducat ledger"

// schemaOfMeta begins a ledger of version 0. It never changes.
const schemaOfMeta = `
CREATE TABLE ledger_meta (application VARCHAR NOT NULL, version INTEGER NOT NULL);
INSERT INTO ledger_meta VALUES ('` + application + `', 0);`

// migrations bring a ledger from the version that is their index to the next. A
// released one is never changed.
//
// There are no keys or indexes: they triple the file, and the books are a
// multiset. What belongs together is kept so by Replace.
var migrations = [...]string{version1, version2}

// version1 keeps times in UTC, identities as the 128 bits of ledger.Identity,
// and in ledger_skus what venice.ParseSKU reads from each SKU of an entry.
//
// The views are for people, and documented in docs/sql.md: entries with spend
// and credit (never below 0), coverage, balances, and keys (the totals by key and
// UTC day).
const version1 = `
CREATE TABLE ledger_entries (
	account           VARCHAR NOT NULL,
	ts                TIMESTAMP NOT NULL,
	sku               VARCHAR NOT NULL,
	price             DECIMAL(38, 24) NOT NULL,
	units             DECIMAL(38, 24) NOT NULL,
	amount            DECIMAL(38, 24) NOT NULL,
	currency          VARCHAR NOT NULL,
	notes             VARCHAR NOT NULL,
	request_id        VARCHAR, -- null without inference details
	execution_ms      BIGINT,
	prompt_tokens     BIGINT,
	completion_tokens BIGINT,
	identity          UUID NOT NULL,
	ordinal           INTEGER NOT NULL
);
CREATE TABLE ledger_skus (sku VARCHAR NOT NULL, model VARCHAR NOT NULL, meter VARCHAR NOT NULL, unit VARCHAR NOT NULL);
CREATE TABLE ledger_coverage (account VARCHAR NOT NULL, window_start TIMESTAMP NOT NULL, window_end TIMESTAMP NOT NULL, read_at TIMESTAMP NOT NULL);
CREATE TABLE ledger_balances (
	account              VARCHAR NOT NULL,
	read_at              TIMESTAMP NOT NULL,
	can_consume          BOOLEAN NOT NULL,
	consumption_currency VARCHAR NOT NULL,
	diem                 DECIMAL(38, 24),
	usd                  DECIMAL(38, 24),
	bundled_credits      DECIMAL(38, 24),
	earned_credits       DECIMAL(38, 24),
	diem_allocation      DECIMAL(38, 24) NOT NULL
);
CREATE TABLE ledger_key_days (account VARCHAR NOT NULL, day DATE NOT NULL, read_at TIMESTAMP NOT NULL);
CREATE TABLE ledger_keys (
	account     VARCHAR NOT NULL,
	day         DATE NOT NULL,
	ordinal     INTEGER NOT NULL, -- Venice's order
	key_id      VARCHAR NOT NULL, -- empty for use on the web
	description VARCHAR NOT NULL,
	usd         DECIMAL(38, 24) NOT NULL,
	diem        DECIMAL(38, 24) NOT NULL,
	units       DECIMAL(38, 24) NOT NULL
);

CREATE VIEW entries AS
SELECT account, ts AS timestamp, ts::DATE AS day, sku, model, meter, unit,
	price AS price_per_unit_usd, units, amount, currency,
	greatest(-amount, 0)::DECIMAL(38, 24) AS spend, greatest(amount, 0)::DECIMAL(38, 24) AS credit,
	notes, request_id, execution_ms, prompt_tokens, completion_tokens, identity, ordinal
FROM ledger_entries JOIN ledger_skus USING (sku);
CREATE VIEW coverage AS SELECT * FROM ledger_coverage;
CREATE VIEW balances AS SELECT * FROM ledger_balances;
CREATE VIEW keys AS
SELECT account, day, read_at, key_id, description, usd, diem, units
FROM ledger_keys JOIN ledger_key_days USING (account, day);
`

// version2 keeps the API keys as they were last read: their limits and what they
// spent, but nothing of a key itself beyond its last six characters. The view for
// people is api_keys.
const version2 = `
CREATE TABLE ledger_api_key_lists (account VARCHAR NOT NULL, read_at TIMESTAMP NOT NULL);
CREATE TABLE ledger_api_keys (
	account       VARCHAR NOT NULL,
	ordinal       INTEGER NOT NULL, -- Venice's order
	key_id        VARCHAR NOT NULL,
	type          VARCHAR NOT NULL,
	description   VARCHAR NOT NULL,
	last6         VARCHAR NOT NULL,
	created_at    TIMESTAMP,
	expires_at    TIMESTAMP,
	last_used_at  TIMESTAMP,
	limit_period  VARCHAR NOT NULL,
	model_privacy VARCHAR NOT NULL,
	limit_usd     DECIMAL(38, 24),
	limit_diem    DECIMAL(38, 24),
	limit_vcu     DECIMAL(38, 24),
	period_usd    DECIMAL(38, 24),
	period_diem   DECIMAL(38, 24),
	period_vcu    DECIMAL(38, 24),
	week_usd      DECIMAL(38, 24),
	week_diem     DECIMAL(38, 24),
	week_vcu      DECIMAL(38, 24)
);

CREATE VIEW api_keys AS
SELECT account, read_at, key_id, type, description, last6, created_at, expires_at, last_used_at, limit_period, model_privacy,
	limit_usd, limit_diem, period_usd, period_diem, week_usd, week_diem
FROM ledger_api_keys JOIN ledger_api_key_lists USING (account);
`

// versionOf is the version of the ledger's schema. Errors: ledger.ErrNotLedger
// for a database of another program, ledger.ErrNewer.
func versionOf(ctx context.Context, db database) (int, error) {
	var tables int
	err := db.QueryRowContext(ctx, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'ledger_meta' AND NOT internal").Scan(&tables)
	if err != nil {
		return 0, err
	}
	if tables == 0 {
		return 0, fmt.Errorf("%w: it is a DuckDB file of another program", ledger.ErrNotLedger)
	}
	var of string
	var version int
	err = db.QueryRowContext(ctx, "SELECT application, version FROM ledger_meta").Scan(&of, &version)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && of != application:
		return 0, fmt.Errorf("%w: it is a DuckDB file of another program", ledger.ErrNotLedger)
	case err != nil:
		return 0, err
	case version > len(migrations):
		return 0, fmt.Errorf("%w: its version is %d, and this program knows those to %d; update ducat", ledger.ErrNewer, version, len(migrations))
	}
	return version, nil
}

// migrate brings the ledger to the newest version, in the transaction that is
// under way if there is one.
func migrate(ctx context.Context, db database) error {
	version, err := versionOf(ctx, db)
	if err != nil {
		return err
	}
	for ; version < len(migrations); version++ {
		if _, err := db.ExecContext(ctx, migrations[version]); err != nil {
			return fmt.Errorf("migrating the ledger from version %d: %w", version, err)
		}
		if _, err := db.ExecContext(ctx, "UPDATE ledger_meta SET version = ?", version+1); err != nil {
			return err
		}
	}
	return nil
}

// quote writes a text as SQL does.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
