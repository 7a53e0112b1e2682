package clickhouse_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// withBooks is a ledger with one entry.
func withBooks(t *testing.T) *clickhouse.Store {
	t.Helper()
	s := open(t, chdbtest.Database(t))
	day := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	reading := ledger.Reading{Window: ledger.Window{Start: day, End: day.AddDate(0, 0, 1)}, ReadAt: day.AddDate(0, 0, 2), Entries: []venice.UsageEntry{
		{Timestamp: day.Add(time.Hour), SKU: "x", Amount: decimal.RequireFromString("-0.000000000000000000000001"), Currency: venice.USD},
	}}
	if _, err := s.Replace(t.Context(), "default", []ledger.Reading{reading}); err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(ctx context.Context, s *clickhouse.Store, query string) (rows [][]any, types []string, err error) {
	r, err := s.ReadOnlySQL(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for _, c := range r.Columns {
		types = append(types, c.Type)
	}
	for row, err := range r.All() {
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, row)
	}
	return rows, types, nil
}

// Every value comes as one of few plain types, with all that there is of it.
func TestSQLValues(t *testing.T) {
	t.Parallel()
	s := withBooks(t)
	dec := decimal.RequireFromString
	noon := time.Date(2026, 6, 15, 12, 0, 0, 500_000_000, time.UTC)
	for expression, want := range map[string]any{
		"toDecimal128('-0.000000000000000000000001', 24)":                    dec("-0.000000000000000000000001"),
		"toNullable(toDecimal256('12345678901234567890123456789.5', 30))":    dec("12345678901234567890123456789.5"),
		"toInt128('170141183460469231731687303715884105727')":                dec("170141183460469231731687303715884105727"),
		"toNullable(toUInt256(7))":                                           dec("7"),
		"9007199254740993":                                                   uint64(9007199254740993),
		"toNullable(toInt8(-5))":                                             int8(-5),
		"NULL":                                                               nil,
		"CAST(NULL, 'Nullable(DateTime64(6))')":                              nil,
		"toDate('2026-06-15')":                                               "2026-06-15",
		"toNullable(toDate32('1925-01-01'))":                                 "1925-01-01",
		"toDateTime64('2026-06-15 12:00:00.5', 6, 'UTC')":                    noon,
		"toDateTime64('2026-06-15 14:00:00.5', 6, 'Europe/Berlin')":          noon,
		"toTime64('12:00:01', 3)":                                            "12:00:01",
		"'größer, \\'模型\\''":                                                 "größer, '模型'",
		"toLowCardinality(toNullable('x'))":                                  "x",
		"CAST('a', 'Enum8(\\'a\\' = 1)')":                                    "a",
		"true":                                                               true,
		"0.5":                                                                0.5,
		"toFloat32(0.25)":                                                    float32(0.25),
		"toUUID('00112233-4455-6677-8899-aabbccddeeff')":                     "00112233-4455-6677-8899-aabbccddeeff",
		"toIPv4('127.0.0.1')":                                                "127.0.0.1",
		"[toDecimal32('1.10', 2), 2]":                                        []any{dec("1.1"), dec("2")},
		"tuple(1, [toInt256(5)])":                                            []any{uint8(1), []any{dec("5")}},
		"CAST(tuple(toDecimal32('1.5', 1)), 'Tuple(a Decimal(9, 1))')":       map[string]any{"a": dec("1.5")},
		"map('a', NULL)":                                                     map[string]any{"a": nil},
		"toDecimal32('1.5', 1)::Variant(Decimal(9, 1), String)":              dec("1.5"),
		"(SELECT sum(amount) FROM entries)":                                  dec("-0.000000000000000000000001"),
		"(SELECT any(spend) FROM entries WHERE day = '2026-06-15')":          dec("0.000000000000000000000001"),
		"-- what\n(/* is (it */ SELECT count() FROM coverage) # this\n + 0 ": uint64(1),
	} {
		rows, _, err := ask(t.Context(), s, "SELECT "+expression+" AS value")
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		if diff := cmp.Diff([][]any{{want}}, rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expression, diff)
		}
	}
}

// What is not a question is refused, by us or the server, and has no effect.
func TestSQLOnlyReads(t *testing.T) {
	t.Parallel()
	s := withBooks(t)
	for query, want := range map[string]string{
		"INSERT INTO ledger_balances (account) VALUES ('x')": "not a query",
		"DROP TABLE ledger_journal":                          "not a query",
		"/* SELECT */ DELETE FROM ledger_journal WHERE 1":    "not a query",
		"KILL QUERY WHERE 1":                                 "not a query",
		"SET max_threads = 1":                                "not a query",
		"SELECTED":                                           "not a query",
		"":                                                   "not a query",
		"WITH 1 AS a INSERT INTO ledger_balances SELECT a":       "only",
		"EXPLAIN ANALYZE DROP TABLE ledger_journal":              "",
		"SELECT 1 SETTINGS readonly = 0":                         "may read only",
		"SELECT 1 SETTINGS max_block_size = 7":                   "may read only",
		"SELECT * FROM file('/etc/passwd', LineAsString)":        "may read only",
		"SELECT * FROM url('http://127.0.0.1:1/', LineAsString)": "may read only",
		"SELECT * FROM remote('127.0.0.1:1', system.one)":        "may read only",
		"SELECT 1; SELECT 2":                                     "Multi-statements are not allowed",
		"SELECT '{\"a\": 1}'::JSON AS j":                         "cast it, as in j::String",
	} {
		if _, _, err := ask(t.Context(), s, query); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", query, err, want)
		}
	}
	rows, _, err := ask(t.Context(), s, "SELECT count() FROM entries")
	if err != nil || !cmp.Equal(rows, [][]any{{uint64(1)}}) {
		t.Errorf("%v, %v; want the one entry still", rows, err)
	}
}

// A mistake of the query is told from what else fails.
func TestSQLMistakes(t *testing.T) {
	t.Parallel()
	s := withBooks(t)
	for query, want := range map[string]string{
		"SELECT nothing FROM entries": "Unknown expression identifier `nothing`",
		"SELECT FROM WHERE":           "Syntax error",
		"SELECT * FROM nowhere":       "nowhere",
		"SELECT throwIf(number = 90000, 'it broke') FROM numbers(100000)": "it broke",
	} {
		_, _, err := ask(t.Context(), s, query)
		if !errors.Is(err, clickhouse.ErrQuery) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
			t.Errorf("%s: %v, want ErrQuery with %q in one line", query, err, want)
		}
	}
	empty := open(t, chdbtest.Database(t))
	if _, _, err := ask(t.Context(), empty, "SELECT * FROM entries"); !errors.Is(err, ledger.ErrNoLedger) {
		t.Errorf("without a ledger: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, _, err := ask(gone, s, "SELECT sum(cityHash64(number)) FROM numbers(1000000000000)"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, _, err := ask(t.Context(), s, "SELECT 1 AS one, now() AS two WHERE 0"); err != nil {
		t.Errorf("no rows: %v", err)
	}
	if _, types, err := ask(t.Context(), s, "SELECT amount, request_id FROM entries"); err != nil || !slices.Equal(types, []string{"Decimal(38, 24)", "Nullable(String)"}) {
		t.Errorf("%q, %v", types, err)
	}
}
