package venice

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
)

const analyticsBody = `{
  "lookback": "7d",
  "byDate": [
    {"date": "2026-01-30", "USD": 1.25, "DIEM": 0},
    {"date": "2026-01-31", "USD": "0.1", "DIEM": 4e-8, "EARNED": {"new": [1, 2]}}
  ],
  "byModel": [
    {"modelName": "GLM 5.1", "unitType": "tokens", "modelType": "LLM", "totalUsd": 1.25, "totalDiem": 0.5,
     "totalUnits": 50000, "breakdown": [
       {"type": "Input", "usd": 0.25, "diem": 0.1, "units": 35000},
       {"type": "Cache Read", "usd": 1, "diem": 0.4, "units": 15000}]},
    {"modelName": "Web Search", "unitType": "requests", "modelType": null, "totalUsd": 0.01, "totalDiem": 0,
     "totalUnits": 1, "breakdown": null}
  ],
  "byModelDaily": [
    {"date": 1769731200000, "GLM 5.1": 1.75, "Other": 0.5},
    {"date": 1769817600000, "date": 0.125, "Other": "0.25"}
  ],
  "byModelDailyUsd": [{"date": "2026-01-30", "GLM 5.1": 1.25}],
  "topModels": ["GLM 5.1", "date", "Other"],
  "byKey": [
    {"apiKeyId": "key-1", "description": "Laptop", "totalUsd": 1.26, "totalDiem": 0.5, "totalUnits": 50001},
    {"apiKeyId": null, "description": "Web App", "totalUsd": 0, "totalDiem": 0, "totalUnits": 0}
  ],
  "byKeyDaily": [],
  "topKeyNames": [],
  "somethingNew": {"deep": [{"er": null}]}
}`

func TestDecodeUsageAnalytics(t *testing.T) {
	t.Parallel()
	d := decimal.RequireFromString
	first, second := time.Date(2026, 1, 30, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	full := &UsageAnalytics{
		Lookback: "7d",
		ByDate: []DateSpend{
			{Date: first, USD: d("1.25")},
			{Date: second, USD: d("0.1"), DIEM: d("0.00000004")},
		},
		ByModel: []ModelSpend{
			{
				ModelName: "GLM 5.1", UnitType: "tokens", ModelType: "LLM",
				TotalUSD: d("1.25"), TotalDIEM: d("0.5"), TotalUnits: d("50000"),
				Breakdown: []TokenSpend{
					{Type: "Input", USD: d("0.25"), DIEM: d("0.1"), Units: d("35000")},
					{Type: "Cache Read", USD: d("1"), DIEM: d("0.4"), Units: d("15000")},
				},
			},
			{ModelName: "Web Search", UnitType: "requests", TotalUSD: d("0.01"), TotalUnits: d("1")},
		},
		ByModelDaily: []DailySpend{
			{Date: first, Spend: map[string]decimal.Decimal{"GLM 5.1": d("1.75"), "Other": d("0.5")}},
			{Date: second, Spend: map[string]decimal.Decimal{"date": d("0.125"), "Other": d("0.25")}},
		},
		ByModelDailyUSD: []DailySpend{{Date: first, Spend: map[string]decimal.Decimal{"GLM 5.1": d("1.25")}}},
		TopModels:       []string{"GLM 5.1", "date", "Other"},
		ByKey: []KeySpend{
			{APIKeyID: "key-1", Description: "Laptop", TotalUSD: d("1.26"), TotalDIEM: d("0.5"), TotalUnits: d("50001")},
			{Description: "Web App"},
		},
		ByKeyDaily:  []DailySpend{},
		TopKeyNames: []string{},
	}
	tests := []struct {
		name, body string
		want       *UsageAnalytics
	}{
		{"everything", analyticsBody, full},
		{"nothing", "{}", &UsageAnalytics{}},
		{"null everywhere", `{"lookback": null, "byDate": null, "byModel": [{"breakdown": null, "totalUsd": null}]}`,
			&UsageAnalytics{ByModel: []ModelSpend{{}}}},
		{"an empty breakdown", `{"byModel": [{"breakdown": []}]}`, &UsageAnalytics{ByModel: []ModelSpend{{Breakdown: []TokenSpend{}}}}},
		{"two models of one name", `{"byModelDaily": [{"Grok Imagine": 0.1, "date": "2026-01-30", "Grok Imagine": 0.2}]}`,
			&UsageAnalytics{ByModelDaily: []DailySpend{{first, map[string]decimal.Decimal{"Grok Imagine": d("0.3")}}}}},
		{"every digit", `{"byModel": [{"totalUsd": 12345678901234567890.123456789012345678901}]}`,
			&UsageAnalytics{ByModel: []ModelSpend{{TotalUSD: d("12345678901234567890.123456789012345678901")}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := decodeUsageAnalytics([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("analytics (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeUsageAnalyticsDates(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for _, date := range []string{
		`"2026-01-31"`, `1769817600000`, `1769817600000.5`, `1.7698176e12`, `"1769817600000"`,
		`"2026-01-31T00:00:00.000Z"`, `"2026-01-31T18:30:00Z"`,
	} {
		t.Run(date, func(t *testing.T) {
			t.Parallel()
			got, err := decodeUsageAnalytics([]byte(
				`{"byDate": [{"date": ` + date + `}], "byKeyDailyUsd": [{"x": 1, "date": ` + date + `}]}`))
			if err != nil {
				t.Fatal(err)
			}
			if day := got.ByDate[0].Date; !day.Equal(want) {
				t.Errorf("byDate: %v, want %v", day, want)
			}
			if day := got.ByKeyDailyUSD[0].Date; !day.Equal(want) {
				t.Errorf("byKeyDailyUsd: %v, want %v", day, want)
			}
		})
	}
}

func TestDecodeUsageAnalyticsErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, want string }{
		{"a total", `{"byModel": [{}, {}, {}, {"totalUsd": "much"}]}`, `byModel[3].totalUsd: "much": not a decimal number`},
		{"an empty number", `{"byKey": [{"totalUnits": ""}]}`, `byKey[0].totalUnits: ""`},
		{"a number too large", `{"byDate": [{"USD": 1e999}]}`, `byDate[0].USD: "1e999"`},
		{"a bool for a number", `{"byModel": [{"breakdown": [{"usd": true}]}]}`, `byModel[0].breakdown[0].usd: true`},
		{"an object for a number", `{"byKeyDaily": [{"date": 0, "My key": {}}]}`, `byKeyDaily[0]["My key"]: an object`},
		{"a date", `{"byDate": [{"date": "soon"}]}`, `byDate[0].date: "soon": neither a date`},
		{"a null date", `{"byModelDaily": [{"date": null}]}`, `byModelDaily[0].date: null`},
		{"an object for a date", `{"byModelDaily": [{"date": {}}]}`, `byModelDaily[0].date: an object`},
		{"no date", `{"byModelDaily": [{"date": 0}, {"x": 1}]}`, `byModelDaily[1]: an object without a date`},
		{"no date in byDate", `{"byDate": [{"USD": 1}]}`, `byDate[0]: an object without a date`},
		{"a number for a name", `{"topModels": ["a", 5]}`, `topModels[1]: "5": expected a string`},
		{"an object for an array", `{"byModel": {}}`, `byModel: an object: expected an array`},
		{"a string for an object", `{"byModel": ["x"]}`, `byModel[0]: "x": expected an object`},
		{"null for an object", `{"byModel": [null]}`, `byModel[0]: null: expected an object`},
		{"a name with an escape", `{"byModelDaily": [{"date": 0, "\u001b[31m": "x"}]}`, `byModelDaily[0]["\x1b[31m"]: "x"`},
		{"an array", `[]`, `an array: expected an object`},
		{"null", `null`, `null: expected an object`},
		{"empty", ``, `unexpected EOF`},
		{"truncated", `{"byModel": [{"totalUsd": 1`, `byModel[0]`},
		{"truncated in what is unknown", `{"new": [1`, `new: unexpected EOF`},
		{"HTML", `<html>`, `invalid character '<'`},
		{"two values", `{} {}`, `expected the end`},
		{"a missing comma", `{"byDate": [] "byModel": []}`, `invalid character`},
		{"a comma too many", `{"topModels": ["a",]}`, `invalid character`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := decodeUsageAnalytics([]byte(test.body))
			if err == nil {
				t.Fatalf("no error, but %+v", got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}

// What decodes is the same after it was encoded and decoded again.
func FuzzDecodeUsageAnalytics(f *testing.F) {
	for _, body := range []string{
		"{}", "null", "[]", analyticsBody, `{"byDate": [{"date": -1}]}`, `{"byDate":[{"date":"0000-01-01","USD":0e-300}]}`,
		`{"byModelDaily": [{"date": 1, "date": 2, "date": 3, "": null}]}`, `{"byModel": [{"breakdown": [`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := decodeUsageAnalytics(body)
		if err != nil {
			return
		}
		encoded := encodeUsageAnalytics(t, first)
		second, err := decodeUsageAnalytics(encoded)
		if err != nil {
			t.Fatalf("what was decoded and encoded does not decode: %v\n%s", err, encoded)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("decoded, encoded and decoded again (-first +second):\n%s", diff)
		}
	})
}

// encodeUsageAnalytics spells analytics as Venice does, absent arrays included.
func encodeUsageAnalytics(t *testing.T, a *UsageAnalytics) []byte {
	t.Helper()
	type object = map[string]any
	body := object{"lookback": a.Lookback}
	number := func(d decimal.Decimal) json.Number { return json.Number(d.String()) }
	dates := func(d DateSpend) any {
		return object{"date": d.Date.Format(time.DateOnly), "USD": number(d.USD), "DIEM": number(d.DIEM)}
	}
	tokens := func(s TokenSpend) any {
		return object{"type": s.Type, "usd": number(s.USD), "diem": number(s.DIEM), "units": number(s.Units)}
	}
	models := func(m ModelSpend) any {
		model := object{
			"modelName": m.ModelName, "unitType": m.UnitType, "modelType": m.ModelType,
			"totalUsd": number(m.TotalUSD), "totalDiem": number(m.TotalDIEM), "totalUnits": number(m.TotalUnits),
		}
		encodeArray(model, "breakdown", m.Breakdown, tokens)
		return model
	}
	keys := func(k KeySpend) any {
		return object{
			"apiKeyId": k.APIKeyID, "description": k.Description,
			"totalUsd": number(k.TotalUSD), "totalDiem": number(k.TotalDIEM), "totalUnits": number(k.TotalUnits),
		}
	}
	encodeArray(body, "byDate", a.ByDate, dates)
	encodeArray(body, "byModel", a.ByModel, models)
	encodeArray(body, "byModelDaily", a.ByModelDaily, encodeDailySpend)
	encodeArray(body, "byModelDailyUsd", a.ByModelDailyUSD, encodeDailySpend)
	encodeArray(body, "topModels", a.TopModels, func(s string) any { return s })
	encodeArray(body, "byKey", a.ByKey, keys)
	encodeArray(body, "byKeyDaily", a.ByKeyDaily, encodeDailySpend)
	encodeArray(body, "byKeyDailyUsd", a.ByKeyDailyUSD, encodeDailySpend)
	encodeArray(body, "topKeyNames", a.TopKeyNames, func(s string) any { return s })
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func encodeArray[T any](object map[string]any, name string, elements []T, encode func(T) any) {
	if elements == nil {
		return
	}
	encoded := []any{}
	for _, element := range elements {
		encoded = append(encoded, encode(element))
	}
	object[name] = encoded
}

// encodeDailySpend writes the members itself, as names can occur twice: "date",
// and here every other one, once for the whole part of the amount and once for
// the rest, since a sum can have more digits than one number may.
func encodeDailySpend(row DailySpend) any {
	var text strings.Builder
	text.WriteString(`{"date":"` + row.Date.Format(time.DateOnly) + `"`)
	for _, name := range slices.Sorted(maps.Keys(row.Spend)) {
		quoted, _ := json.Marshal(name) // a string always can be
		whole := row.Spend[name].Truncate(0)
		text.WriteString("," + string(quoted) + ":" + whole.String())
		text.WriteString("," + string(quoted) + ":" + row.Spend[name].Sub(whole).String())
	}
	return json.RawMessage(text.String() + "}")
}
