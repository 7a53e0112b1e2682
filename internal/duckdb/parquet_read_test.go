package duckdb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// parquetRows are so many rows for a Parquet file: a number i and what it stands for.
func parquetRows(n int) string {
	return `
	SELECT 'work' AS account, TIMESTAMPTZ '2026-06-01 00:00:00+00' + to_milliseconds(i) AS timestamp, 'sku-' || i AS sku,
		'm' AS model, 'output' AS meter, 'tokens' AS unit,
		0.123456789012345678901234::DECIMAL(38, 24) AS price_per_unit_usd, i::DECIMAL(38, 24) AS units, ('-' || i || '.000000005')::DECIMAL(38, 24) AS amount,
		'DIEM' AS currency, 'note' AS notes, CASE WHEN i % 2 = 0 THEN 'r' || i END AS request_id,
		CASE WHEN i % 2 = 0 THEN i END::BIGINT AS execution_ms, CASE WHEN i % 4 = 0 THEN i END::BIGINT AS prompt_tokens, NULL::BIGINT AS completion_tokens
	FROM range(` + strconv.Itoa(n) + `) t(i)`
}

// copyParquet writes the answer to a query as a Parquet file.
func copyParquet(t *testing.T, path, query, metadata string) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	quoted := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	options := ""
	if metadata != "" {
		options = ", KV_METADATA {other: 'x', ducat: " + quoted(metadata) + "}"
	}
	if _, err := db.ExecContext(t.Context(), "COPY ("+query+" ORDER BY ALL DESC) TO "+quoted(path)+" (FORMAT parquet, ROW_GROUP_SIZE 2048"+options+")"); err != nil {
		t.Fatal(err)
	}
}

// A file of many groups of rows reads back in its order, in parts, with every
// digit and every null.
func TestParquetRead(t *testing.T) {
	t.Parallel()
	const n = 40_000
	folder := filepath.Join(t.TempDir(), "account=other", "it's [a-z]* ?")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "books.parquet")
	const statement = `{"window":{"start":null,"end":"2026-06-02T00:00:00.000Z"},"note":"it's"}`
	copyParquet(t, path, parquetRows(n), statement)
	file, err := duckdb.OpenParquet(t.Context(), path, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if file.Rows() != n || file.Statement() != statement {
		t.Errorf("%d rows, statement %q", file.Rows(), file.Statement())
	}
	i := int64(n)
	for e, err := range file.Entries(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		i--
		want := venice.UsageEntry{
			Timestamp: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Millisecond), SKU: fmt.Sprint("sku-", i),
			PricePerUnitUSD: decimal.RequireFromString("0.123456789012345678901234"), Units: decimal.NewFromInt(i), Amount: decimal.RequireFromString(fmt.Sprintf("-%d.000000005", i)),
			Currency: venice.DIEM, Notes: "note",
		}
		if i%2 == 0 {
			want.InferenceDetails = &venice.InferenceDetails{RequestID: fmt.Sprint("r", i), InferenceExecutionTime: &i}
		}
		if i%4 == 0 {
			want.InferenceDetails.PromptTokens = &i
		}
		if e.Account != "work" || ledger.IdentityOf(&e.UsageEntry) != ledger.IdentityOf(&want) {
			t.Fatalf("row %d is %+v, expected %+v", n-i, e, want)
		}
	}
	if i != 0 {
		t.Errorf("%d rows are missing", i)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range file.Entries(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after the end of the context: %v", err)
		}
	}
}

// A Parquet file that would lose digits, or has no place for what an entry needs,
// is refused, and what is wrong with a row names it.
func TestParquetRefused(t *testing.T) {
	t.Parallel()
	rows := parquetRows(5)
	for name, test := range map[string]struct {
		query string
		want  []string
	}{
		"another file":  {"SELECT 1 AS x", []string{"no column timestamp", "ducat export"}},
		"floats":        {"SELECT * REPLACE (amount::DOUBLE AS amount) FROM (" + rows + ")", []string{"amount is DOUBLE", "DECIMAL"}},
		"no zone":       {"SELECT * REPLACE (timestamp::TIMESTAMP_NS AS timestamp) FROM (" + rows + ")", []string{"timestamp is TIMESTAMP", "TIME ZONE"}},
		"no currency":   {"SELECT * REPLACE (CASE WHEN units <> 3 THEN currency END AS currency) FROM (" + rows + ")", []string{"row 2", "currency is missing"}},
		"empty sku":     {"SELECT * REPLACE (CASE WHEN units <> 0 THEN sku ELSE '' END AS sku) FROM (" + rows + ")", []string{"row 5", "sku is missing"}},
		"no amount":     {"SELECT * REPLACE (CASE WHEN units <> 4 THEN amount END AS amount) FROM (" + rows + ")", []string{"row 1", "amount is missing"}},
		"half a detail": {"SELECT * REPLACE (NULL::VARCHAR AS request_id) FROM (" + rows + ")", []string{"row 1", "request_id is missing"}},
	} {
		path := filepath.Join(t.TempDir(), "a.parquet")
		copyParquet(t, path, test.query, "")
		file, err := duckdb.OpenParquet(t.Context(), path, duckdb.Options{})
		if err == nil {
			for _, failed := range file.Entries(t.Context()) {
				err = failed
			}
			err = errors.Join(err, file.Close())
		}
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in %v", name, want, err)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "a.parquet")
	if err := os.WriteFile(path, []byte("PAR1 and no more"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := duckdb.OpenParquet(t.Context(), path, duckdb.Options{}); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("half a file: %v", err)
	}
}
