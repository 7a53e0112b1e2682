package cli

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// The entries that SQL gives are those that were kept, to the last digit.
func TestSQLEntries(t *testing.T) { onEveryStore(t, testSQLEntries) }

func testSQLEntries(t *testing.T, kind storeKind) {
	b := kind.bookkeeper(t)
	memory := keptInMemory(t)
	var want []string
	for e, err := range memory.Entries(t.Context(), ledger.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, strings.Join([]string{e.Account, string(export.AppendTime(nil, e.Timestamp)), e.SKU, e.Units.String(), e.Amount.String(), string(e.Currency)}, " "))
	}
	got := b.run(t, "sql", "-o", "ndjson", `SELECT account, "timestamp", sku, units, amount, currency FROM entries`)
	var lines []string
	for line := range strings.Lines(got.stdout) {
		var row struct{ Account, Timestamp, SKU, Units, Amount, Currency string }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		lines = append(lines, strings.Join([]string{row.Account, row.Timestamp, row.SKU, row.Units, row.Amount, row.Currency}, " "))
	}
	slices.Sort(want)
	slices.Sort(lines)
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got):\n%s%s", diff, got.stderr)
	}
}

// The same values look the same, whichever store they are from.
func TestSQLForms(t *testing.T) { onEveryStore(t, testSQLForms) }

func testSQLForms(t *testing.T, kind storeKind) {
	b := kind.bookkeeper(t)
	query, number, escape, schema := `SELECT 0.000000000000000000000001::DECIMAL(38,24) AS tiny, 170141183460469231731687303715884105727::HUGEINT AS huge,
		9007199254740993 AS "whole", NULL AS nothing, DATE '2026-06-15' AS day, TIMESTAMP '2026-06-15 12:00:00.5' AS instant,
		'a "b", <c>' AS words, true AS yes, 'NaN'::DOUBLE AS nan, 0.5::DOUBLE AS half, [1.10, 2.00] AS list, {'a': 1.5} AS struct`,
		"INTEGER", "chr(27)", "sql-schema"
	if kind.name == onServer.name {
		query, number, escape, schema = `SELECT toDecimal128('0.000000000000000000000001', 24) AS tiny, toInt128('170141183460469231731687303715884105727') AS huge,
		9007199254740993 AS whole, NULL AS nothing, toDate('2026-06-15') AS day, toDateTime64('2026-06-15 12:00:00.5', 6, 'UTC') AS instant,
		'a "b", <c>' AS words, true AS yes, toFloat64('nan') AS nan, 0.5 AS half, [toDecimal32('1.10', 2), toDecimal32('2.00', 2)] AS list,
		CAST(tuple(toDecimal32('1.5', 1)), 'Tuple(a Decimal(9, 1))') AS struct`,
			"UInt8", "char(27)", "sql-schema-clickhouse"
	}
	for format, want := range map[string]string{
		"ndjson": `{"tiny":"0.000000000000000000000001","huge":"170141183460469231731687303715884105727","whole":9007199254740993,` +
			`"nothing":null,"day":"2026-06-15","instant":"2026-06-15T12:00:00.500Z","words":"a \"b\", <c>","yes":true,"nan":"NaN","half":0.5,` +
			`"list":["1.1","2"],"struct":{"a":"1.5"}}` + "\n",
		"csv": "tiny,huge,whole,nothing,day,instant,words,yes,nan,half,list,struct\n" +
			"0.000000000000000000000001,170141183460469231731687303715884105727,9007199254740993,,2026-06-15,2026-06-15T12:00:00.500Z," +
			`"a ""b"", <c>",true,NaN,0.5,"[""1.1"",""2""]","{""a"":""1.5""}"` + "\n",
	} {
		if got := b.run(t, "sql", "-o", format, query); got.stdout != want {
			t.Errorf("%s:\ngot  %s%s\nwant %s", format, got.stdout, got.stderr, want)
		}
	}
	if got := b.run(t, "sql", "-o", "json", "SELECT 1 AS n WHERE false"); got.stdout != `{"columns":[{"name":"n","type":"`+number+`"}],"rows":[]}`+"\n" {
		t.Errorf("no rows: %s%s", got.stdout, got.stderr)
	}
	if got := b.run(t, "sql", "SELECT 'a' || "+escape+" || '[2Jb' AS evil"); strings.Contains(got.stdout, "\x1b") || got.code != 0 {
		t.Errorf("an escape sequence in %q", got.stdout)
	}
	golden(t, schema, b.run(t, "sql", "--schema").stdout)
	golden(t, "sql", b.run(t, "sql", "SELECT account, currency, count(*) AS entries, sum(amount) AS amount, any_value(nullif(notes, 'API Inference')) AS notes "+
		"FROM entries GROUP BY ALL ORDER BY ALL").stdout)
}

func TestSQLNumbersStandRight(t *testing.T) {
	t.Parallel()
	for kinds, want := range map[string]bool{
		"DECIMAL(38,24) DOUBLE FLOAT INTEGER BIGINT UBIGINT HUGEINT UTINYINT Decimal(38,24) Nullable(Decimal(38,24)) UInt64 Nullable(Int128) Float64":  true,
		"VARCHAR INTERVAL INTEGER[] DECIMAL(38,24)[] DATE STRUCT(INTEGER) String IntervalDay Array(UInt8) Nullable(String) Tuple(UInt8) DateTime64(6)": false,
	} {
		for kind := range strings.FieldsSeq(kinds) {
			if isNumber(kind) != want {
				t.Errorf("%s is a number: %t", kind, !want)
			}
		}
	}
}

func TestSQLRefuses(t *testing.T) { onEveryStore(t, testSQLRefuses) }

func testSQLRefuses(t *testing.T, kind storeKind) {
	b := kind.bookkeeper(t)
	type refusal struct {
		args []string
		code int
		want string
	}
	for _, test := range append(map[string][]refusal{
		inFile.name: {
			{[]string{"SELECT nothing FROM entries"}, 2, `Referenced column "nothing" not found`},
			{[]string{"SELEC 1"}, 2, "syntax error"},
			{[]string{"COPY entries TO 'x.csv'"}, 1, "disabled by configuration"},
			{[]string{"SELECT 1; SELECT 2"}, 1, "more than one statement"},
			{[]string{"SELECT * FROM read_csv('/etc/passwd')"}, 2, "disabled by configuration"},
		},
		onServer.name: {
			{[]string{"SELECT nothing FROM entries"}, 2, "Unknown expression identifier `nothing`"},
			{[]string{"SELECT 1 +"}, 2, "Syntax error"},
			{[]string{"INSERT INTO ledger_balances (account) VALUES ('x')"}, 1, "not a query"},
			{[]string{"SELECT 1; SELECT 2"}, 2, "Multi-statements"},
			{[]string{"SELECT * FROM file('/etc/passwd', LineAsString)"}, 1, "may read only"},
		},
	}[kind.name], []refusal{
		{[]string{""}, 2, "the query is empty"},
		{[]string{}, 2, "one query in quotes"},
		{[]string{"SELECT 1", "SELECT 2"}, 2, "one query in quotes"},
		{[]string{"--schema", "SELECT 1"}, 2, "one query in quotes"},
		{[]string{"-o", "json", "SELECT 1 AS a, 1 AS a"}, 2, "two columns are named"},
		{[]string{"DELETE FROM ledger_entries"}, 1, "not a query"},
		{[]string{"DROP VIEW entries"}, 1, "not a query"},
	}...) {
		got := b.run(t, append([]string{"sql"}, test.args...)...)
		if got.code != test.code || !strings.Contains(got.stderr, test.want) || got.stdout != "" {
			t.Errorf("%q: exit code %d, %q and %q, want %d and %q", test.args, got.code, got.stdout, got.stderr, test.code, test.want)
		}
	}
}

// Each query of the documentation answers, and with the right columns.
func TestSQLDocumentation(t *testing.T) { onEveryStore(t, testSQLDocumentation) }

func testSQLDocumentation(t *testing.T, kind storeKind) {
	text, err := os.ReadFile("../../docs/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	b := kind.bookkeeper(t)
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	want := []struct{ store, begin string }{ // a header and the first line
		{"", "month,model,currency,spent\n2026-06,kimi-k2-7-code,USD,1242.5"},
		{"", "model,meter,tokens\nzai-org-glm-5-1,input,301234567"},
		{"", "request_id,began,model,currency,spent\n"},
		{"", "sku,price,since\nflux-2-pro-image-unit,1,2026-06-14T23:30:00.000Z"},
		{"duckdb", "hour,entries,usd\n1,1,0"},
		{"clickhouse", "hour,entries,usd\n1,1,0"},
	}
	if len(queries) != len(want) {
		t.Fatalf("%d queries, want %d", len(queries), len(want))
	}
	for i, query := range queries {
		if want[i].store != "" && want[i].store != kind.name {
			continue
		}
		got := b.run(t, "sql", "-o", "csv", query[1])
		if got.code != 0 || !strings.HasPrefix(got.stdout, want[i].begin) {
			t.Errorf("%s\nexit code %d: %s%s\nwant %s", query[1], got.code, got.stdout, got.stderr, want[i].begin)
		}
	}
	// The views have the columns that the tables of the page name, in that order.
	schema, err := csv.NewReader(strings.NewReader(b.run(t, "sql", "--schema", "-o", "csv").stdout)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	printed := map[string][]string{}
	for _, row := range schema[1:] {
		printed[row[0]] = append(printed[row[0]], row[1])
	}
	documented := map[string][]string{}
	for _, section := range strings.Split(string(text), "\n## `")[1:] {
		view, body, _ := strings.Cut(section, "`")
		for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(body, -1) {
			for name := range strings.SplitSeq(row[1], ", ") {
				documented[view] = append(documented[view], strings.Trim(name, "`"))
			}
		}
	}
	if diff := cmp.Diff(printed, documented); diff != "" {
		t.Errorf("docs/sql.md (-printed +documented):\n%s", diff)
	}
}
