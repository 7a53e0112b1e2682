package venice

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

// realRow is an entry as it was recorded from Venice.
const realRow = `{"timestamp":"2026-06-26T19:05:10.504Z","sku":"kimi-k2-7-code-llm-cache-input-mtoken","pricePerUnitUsd":0.2,"units":0.084096,"amount":-0.0168192,"currency":"DIEM","notes":"API Inference","inferenceDetails":{"requestId":"chatcmpl-0123456789abcdef","inferenceExecutionTime":4211,"promptTokens":84306,"completionTokens":119}}`

func TestEntriesSurviveDecodingAndEncoding(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]string{
		"recorded":            realRow,
		"documented image":    `{"timestamp":"2025-01-01T00:00:00.000Z","sku":"grok-imagine-image-image-unit","pricePerUnitUsd":0.1,"units":1,"amount":-0.1,"currency":"DIEM","notes":"API Inference","inferenceDetails":null}`,
		"documented tokens":   `{"timestamp":"2025-01-01T00:00:00.000Z","sku":"zai-org-glm-5-1-llm-output-mtoken","pricePerUnitUsd":2.8,"units":0.000227,"amount":-0.06356,"currency":"DIEM","notes":"API Inference","inferenceDetails":{"requestId":"chatcmpl-4007fd29f42b7d3c4107f4345e8d174a","inferenceExecutionTime":2964,"promptTokens":339,"completionTokens":227}}`,
		"top-up":              `{"timestamp":"2026-02-03T04:05:06.007Z","sku":"credit-purchase","pricePerUnitUsd":1,"units":100,"amount":100,"currency":"USD","notes":"","inferenceDetails":null}`,
		"not recorded":        `{"timestamp":"2026-02-03T04:05:06.007Z","sku":"x","pricePerUnitUsd":0,"units":0,"amount":0,"currency":"VCU","notes":"","inferenceDetails":{"requestId":"","inferenceExecutionTime":null,"promptTokens":null,"completionTokens":null}}`,
		"new currency":        `{"timestamp":"2026-02-03T04:05:06.007Z","sku":"x","pricePerUnitUsd":1,"units":1,"amount":-1,"currency":"MOON_CREDITS","notes":"","inferenceDetails":null}`,
		"more than a float":   `{"timestamp":"2026-02-03T04:05:06.007Z","sku":"x","pricePerUnitUsd":0.33333333333333333333333333,"units":123456789012345678901234567890.123,"amount":-0.000000000000000000000000000001,"currency":"USD","notes":"","inferenceDetails":null}`,
		"text to be escaped":  `{"timestamp":"2026-02-03T04:05:06.007Z","sku":"a\"b\\c","pricePerUnitUsd":1,"units":1,"amount":-1,"currency":"USD","notes":"zeile\n\u0000 é \u2028","inferenceDetails":null}`,
		"below a millisecond": `{"timestamp":"2026-02-03T04:05:06.007000009Z","sku":"x","pricePerUnitUsd":1,"units":1,"amount":-1,"currency":"USD","notes":"","inferenceDetails":null}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e UsageEntry
			if err := json.Unmarshal([]byte(row), &e); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, []byte(row), got)
		})
	}
}

// sameJSON compares two JSON objects by their members' text, and numbers by
// their exact value.
func sameJSON(t *testing.T, want, got []byte) {
	t.Helper()
	read := func(text []byte) (v map[string]any) {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		return v
	}
	compareJSON(t, "", read(want), read(got))
}

func compareJSON(t *testing.T, path string, want, got any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			t.Errorf("%s: want %v, got %v", path, want, got)
			return
		}
		for k := range w {
			compareJSON(t, path+"."+k, w[k], g[k])
		}
	case json.Number:
		g, ok := got.(json.Number)
		if !ok || rat(t, w).Cmp(rat(t, g)) != 0 {
			t.Errorf("%s: want %v, got %v", path, want, got)
		}
	default:
		if want != got {
			t.Errorf("%s: want %#v, got %#v", path, want, got)
		}
	}
}

func rat(t *testing.T, n json.Number) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		t.Fatalf("%q is not a number", n)
	}
	return r
}

func TestEntriesAreReadInEveryFormSeen(t *testing.T) {
	t.Parallel()
	var want UsageEntry
	if err := json.Unmarshal([]byte(realRow), &want); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"numbers as strings":   {`"amount":-0.0168192`, `"amount":"-0.0168192"`},
		"counts as strings":    {`"promptTokens":84306`, `"promptTokens":"84306"`},
		"counts with a point":  {`"promptTokens":84306`, `"promptTokens":84306.0`},
		"an exponent":          {`-0.0168192`, `-1.68192e-2`},
		"trailing zeros":       {`-0.0168192`, `-0.016819200000`},
		"an offset":            {`19:05:10.504Z`, `21:05:10.504+02:00`},
		"no fraction but same": {`10.504Z`, `10.504000Z`},
		"unknown fields":       {`"notes":`, `"id":1,"more":{"a":[1]},"notes":`},
		"another order":        {`"currency":"DIEM","notes":"API Inference"`, `"notes":"API Inference","currency":"DIEM"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(realRow, change[0], change[1], 1)
			if changed == realRow {
				t.Fatal("the change does not apply")
			}
			var got UsageEntry
			if err := json.Unmarshal([]byte(changed), &got); err != nil {
				t.Fatal(err)
			}
			a, _ := json.Marshal(want)
			b, _ := json.Marshal(got)
			if !got.Amount.Equal(want.Amount) {
				t.Errorf("amount is %s", got.Amount)
			}
			sameJSON(t, a, b)
		})
	}
}

func TestMalformedEntriesAreNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ from, to, says string }{
		"timestamp is an object":  {`"2026-06-26T19:05:10.504Z"`, `{}`, "data.timestamp is an object"},
		"timestamp without zone":  {`10.504Z`, `10.504`, `data[1].timestamp: "2026-06-26T19:05:10.504"`},
		"timestamp missing":       {`"timestamp":"2026-06-26T19:05:10.504Z",`, ``, "data[1].timestamp is missing"},
		"amount missing":          {`"amount":-0.0168192,`, ``, "data[1].amount is missing"},
		"amount null":             {`"amount":-0.0168192`, `"amount":null`, "data[1].amount is missing"},
		"amount is a word":        {`"amount":-0.0168192`, `"amount":"much"`, "invalid number"},
		"amount beyond all sense": {`"amount":-0.0168192`, `"amount":1e999999999`, "data[1].amount"},
		"tokens in halves":        {`"promptTokens":84306`, `"promptTokens":1.5`, "data[1].inferenceDetails.promptTokens"},
		"sku is a number":         {`"sku":"kimi-k2-7-code-llm-cache-input-mtoken"`, `"sku":7`, "data.sku is a number"},
		"details is a list":       {`{"requestId"`, `[{"requestId"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(realRow, test.from, test.to, 1)
			if changed == realRow {
				t.Fatal("the change does not apply")
			}
			var page UsageHistoryPage
			err := page.decode([]byte(`{"data":[` + realRow + `,` + changed + `],"nextCursor":null}`))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error is %v, want %q", err, test.says)
			}
		})
	}
}

func FuzzEntryJSON(f *testing.F) {
	f.Add(realRow)
	f.Add(`{"timestamp":"2026-02-03T04:05:06Z","sku":"","pricePerUnitUsd":"1e-9","units":-0,"amount":1E+2,"currency":"","notes":"\ud800","inferenceDetails":{}}`)
	f.Add(`{"timestamp":{},"amount":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var e UsageEntry
		if json.Unmarshal([]byte(text), &e) != nil {
			return
		}
		first, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("%s is read but not written: %v", text, err)
		}
		var again UsageEntry
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%s was written and is not read: %v", first, err)
		}
		if !again.Amount.Equal(e.Amount) || !again.Units.Equal(e.Units) || !again.PricePerUnitUSD.Equal(e.PricePerUnitUSD) || !again.Timestamp.Equal(e.Timestamp) {
			t.Errorf("%s is not %s", first, text)
		}
		second, _ := json.Marshal(again)
		if string(first) != string(second) {
			t.Errorf("written %s, then %s", first, second)
		}
	})
}
