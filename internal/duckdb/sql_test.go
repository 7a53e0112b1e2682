package duckdb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

func ask(t *testing.T, s *duckdb.Store, query string) ([]duckdb.Column, [][]any, error) {
	t.Helper()
	rows, err := s.ReadOnlySQL(t.Context(), query)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	var all [][]any
	for row, err := range rows.All() {
		if err != nil {
			return nil, nil, err
		}
		all = append(all, row)
	}
	return rows.Columns, all, nil
}

func filled(t *testing.T) *duckdb.Store {
	t.Helper()
	s := open(t, file(t), duckdb.Options{})
	tokens := int64(7)
	reading := ledger.Reading{Window: ledgertest.Day, ReadAt: ledgertest.Day.End, Entries: []venice.UsageEntry{
		{
			Timestamp: ledgertest.Day.Start.Add(time.Hour + time.Millisecond), SKU: "zai-org-glm-5-1-llm-output-mtoken", Currency: venice.DIEM, Notes: "API Inference",
			PricePerUnitUSD: decimal.RequireFromString("2.8"), Units: decimal.RequireFromString("0.000227"), Amount: decimal.RequireFromString("-0.000000000000000000000001"),
			InferenceDetails: &venice.InferenceDetails{RequestID: "chatcmpl-1", PromptTokens: &tokens},
		},
		{Timestamp: ledgertest.Day.Start, SKU: "credit-purchase", Currency: venice.USD, Units: decimal.NewFromInt(10), Amount: decimal.NewFromInt(10)},
	}}
	if err := ledgertest.Put(t.Context(), s, reading); err != nil {
		t.Fatal(err)
	}
	balance := ledger.BalanceAt{At: ledgertest.Day.End}
	balance.Balances.USD = decimal.NewNullDecimal(decimal.RequireFromString("1.5"))
	keys := ledger.KeyDay{Day: ledgertest.Day.Start, ReadAt: ledgertest.Day.End, Keys: []venice.KeySpend{{APIKeyID: "k", Description: "laptop", TotalUSD: decimal.NewFromInt(2)}}}
	if err := errors.Join(s.SaveBalance(t.Context(), "default", balance), s.SaveKeyDay(t.Context(), "default", keys)); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestViews holds the views to what docs/sql.md promises.
func TestViews(t *testing.T) {
	t.Parallel()
	s := filled(t)
	number := decimal.RequireFromString
	purchase := venice.ParseSKU("credit-purchase")
	for query, want := range map[string][][]any{
		"SELECT account, timestamp, day, sku, model, meter, unit, price_per_unit_usd, units, amount, currency, spend, credit, notes, request_id, execution_ms, prompt_tokens, completion_tokens, ordinal FROM entries ORDER BY timestamp": {
			{"default", ledgertest.Day.Start, ledgertest.Day.Start, "credit-purchase", purchase.Model, purchase.Meter, string(purchase.Unit), number("0"), number("10"), number("10"), "USD", number("0"), number("10"), "", nil, nil, nil, nil, int32(0)},
			{"default", ledgertest.Day.Start.Add(time.Hour + time.Millisecond), ledgertest.Day.Start, "zai-org-glm-5-1-llm-output-mtoken", "zai-org-glm-5-1", "output", "mtoken", number("2.8"), number("0.000227"), number("-1e-24"), "DIEM", number("1e-24"), number("0"), "API Inference", "chatcmpl-1", nil, int64(7), nil, int32(0)},
		},
		"SELECT account, window_start, window_end, read_at FROM coverage":                                                                                                                                                 {{"default", ledgertest.Day.Start, ledgertest.Day.End, ledgertest.Day.End}},
		"SELECT account, read_at, can_consume, consumption_currency, diem, usd, bundled_credits, earned_credits, diem_allocation FROM balances":                                                                           {{"default", ledgertest.Day.End, false, "", nil, number("1.5"), nil, nil, number("0")}},
		"SELECT account, day, read_at, key_id, description, usd, diem, units FROM keys":                                                                                                                                   {{"default", ledgertest.Day.Start, ledgertest.Day.End, "k", "laptop", number("2"), number("0"), number("0")}},
		"SELECT sum(ordinal), sum(spend), [amount, units], {'a': amount}, identity::VARCHAR = uuid_extract_nothing FROM (SELECT *, identity::VARCHAR AS uuid_extract_nothing FROM entries WHERE credit > 0) GROUP BY ALL": {{number("0"), number("0"), []any{number("10"), number("10")}, map[string]any{"a": number("10")}, true}},
		"SELECT TIME '01:02:03.5', NULL, 1.5::DOUBLE, 'x'::BLOB, TIMESTAMPTZ '2026-01-01 00:00:00+01', INTERVAL 1 DAY, '00112233-4455-6677-8899-aabbccddeeff'::UUID": {
			{"01:02:03.5Z", nil, 1.5, []byte("x"), time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC), "0 months 1 days 0s", "00112233-4455-6677-8899-aabbccddeeff"},
		},
	} {
		if _, got, err := ask(t, s, query); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: %v\n%s", query, err, cmp.Diff(want, got))
		}
	}
	columns, _, err := ask(t, s, "SELECT amount, day, timestamp FROM entries")
	if want := []duckdb.Column{{Name: "amount", Type: "DECIMAL(38,24)"}, {Name: "day", Type: "DATE"}, {Name: "timestamp", Type: "TIMESTAMP"}}; err != nil || !cmp.Equal(columns, want) {
		t.Errorf("columns are %v, %v", columns, err)
	}
}

func TestSQLOnlyReads(t *testing.T) {
	t.Parallel()
	s := filled(t)
	for _, query := range []string{
		"FROM entries", "WITH e AS (SELECT * FROM entries) SELECT count(*) FROM e;", "EXPLAIN SELECT * FROM entries",
		"DESCRIBE entries", "SUMMARIZE entries", "SHOW TABLES", "VALUES (1), (2)", "-- a comment\nSELECT 1",
	} {
		if _, rows, err := ask(t, s, query); err != nil || len(rows) == 0 {
			t.Errorf("%s: %d rows, %v", query, len(rows), err)
		}
	}
	for _, query := range []string{
		"", ";", "SELECT 1; SELECT 2", "SELECT", "DELETE FROM ledger_entries", "INSERT INTO ledger_skus VALUES ('a', 'b', 'c', 'd')",
		"UPDATE ledger_meta SET version = 9", "DROP VIEW entries", "CREATE TABLE t (x INTEGER)", "CREATE TEMP TABLE t (x INTEGER)",
		"COPY ledger_entries TO '" + t.TempDir() + "/x.csv'", "ATTACH ':memory:' AS a", "INSTALL httpfs", "LOAD httpfs", "SET threads = 1", "RESET threads",
		"PRAGMA threads = 1", "CHECKPOINT", "BEGIN", "CALL pragma_version()", "EXPORT DATABASE '" + t.TempDir() + "'",
		"SELECT * FROM read_text('sql_test.go')", "SELECT * FROM 'file_test.go'", "SELECT * FROM glob('*')", "EXPLAIN ANALYZE DELETE FROM ledger_entries",
		"SELECT to_json(1.5)", "PREPARE p AS SELECT 1", "USE memory",
	} {
		if _, rows, err := ask(t, s, query); err == nil {
			t.Errorf("%s: no error, %v", query, rows)
		}
	}
	if _, rows, err := ask(t, s, "SELECT count(*) FROM ledger_entries"); err != nil || rows[0][0] != int64(2) {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestSQLIsInterrupted(t *testing.T) {
	t.Parallel()
	s := filled(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.ReadOnlySQL(ctx, "SELECT count(*) FROM range(1000000000) a(i), range(1000000000) b(j) WHERE i * j % 7 = 3"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(2)); err != nil { // nothing is held
		t.Error(err)
	}
}
