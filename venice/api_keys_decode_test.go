package venice

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// keyText spells a key for comparison, with what is not there as "-".
func keyText(k APIKey) string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format(time.RFC3339Nano)
	}
	amounts := func(a KeyAmounts) string {
		return strings.Join([]string{nullText(a.USD), nullText(a.DIEM), nullText(a.VCU)}, "/")
	}
	return strings.Join([]string{k.ID, string(k.Type), k.Description, k.Last6Chars, at(k.CreatedAt), at(k.ExpiresAt), at(k.LastUsedAt),
		amounts(k.ConsumptionLimits), string(k.LimitPeriod), k.ModelPrivacy, amounts(k.CurrentPeriodUsage), amounts(k.TrailingSevenDays)}, "|")
}

func TestAPIKeysOnTheWire(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ key, want string }{
		"documented": {`{"apiKeyType":"ADMIN","consumptionLimits":{"usd":50,"diem":10.5,"vcu":null},"createdAt":"2026-10-01T12:00:00.000Z","description":"mine","expiresAt":"2027-10-01T12:00:00.000Z","id":"e28e82dc-9df2-4b47-b726-d0a222ef2ab5","last6Chars":"2V2jNW","lastUsedAt":"2026-11-01T00:00:00.123Z","limitPeriod":"MONTH","modelPrivacy":"PRIVATE_ONLY","usage":{"trailingSevenDays":{"usd":"10.2424","vcu":"42.2424","diem":"42.2424"}},"currentPeriodUsage":{"usd":"10.2424","diem":"0.0000"}}`,
			"e28e82dc-9df2-4b47-b726-d0a222ef2ab5|ADMIN|mine|2V2jNW|2026-10-01T12:00:00Z|2027-10-01T12:00:00Z|2026-11-01T00:00:00.123Z|50/10.5/|MONTH|PRIVATE_ONLY|10.2424/0/|10.2424/42.2424/42.2424"},
		"dates as in the samples":        {`{"id":"a","createdAt":{},"expiresAt":null,"lastUsedAt":""}`, "a||||-|-|-|//|||//|//"},
		"dates of other kinds":           {`{"id":"a","createdAt":1790856000000,"expiresAt":"2027-10-01","lastUsedAt":"1790856000000"}`, "a||||2026-10-01T12:00:00Z|2027-10-01T00:00:00Z|2026-10-01T12:00:00Z|//|||//|//"},
		"numbers in strings, and big":    {`{"id":"a","consumptionLimits":{"usd":"9999999999","diem":1e-9}}`, "a||||-|-|-|9999999999/0.000000001/|||//|//"},
		"numbers that are none":          {`{"id":"a","consumptionLimits":null,"usage":null,"currentPeriodUsage":null,"description":null}`, "a||||-|-|-|//|||//|//"},
		"the period inside usage":        {`{"id":"a","usage":{"currentPeriodUsage":{"usd":1,"diem":"2"},"monthly":{}}}`, "a||||-|-|-|//|||1/2/|//"},
		"the name of the request":        {`{"id":"a","consumptionLimit":{"usd":1}}`, "a||||-|-|-|1//|||//|//"},
		"types and periods yet unknown":  {`{"id":"a","apiKeyType":"AUDIT","limitPeriod":"WEEK","modelPrivacy":"NONE","teams":["x"]}`, "a|AUDIT|||-|-|-|//|WEEK|NONE|//|//"},
		"more of the key than was asked": {`{"id":"a","last6Chars":"VENICE_INFERENCE_KEY_abcdef"}`, "a|||abcdef|-|-|-|//|||//|//"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := fakeClient(t, func(r *http.Request) (*http.Response, error) {
				if strings.HasSuffix(r.URL.Path, "/api_keys") {
					return answer(200, `{"object":"list","data":[`+test.key+`]}`), nil
				}
				return answer(200, `{"data":`+test.key+`}`, "CF-RAY", "r1"), nil
			})
			list, err := c.APIKeys.List(t.Context())
			if err != nil || len(list.Data) != 1 || keyText(list.Data[0]) != test.want {
				t.Errorf("list: %v, %v\nwant %s", list, err, test.want)
			}
			one, err := c.APIKeys.Get(t.Context(), "a")
			if err != nil || keyText(*one) != test.want || one.Meta.RequestID != "r1" {
				t.Errorf("one: %v, %v\nwant %s", one, err, test.want)
			}
		})
	}
}

func TestMalformedAPIKeysAreErrors(t *testing.T) {
	t.Parallel()
	for body, says := range map[string]string{
		`{}`:                                    "data is missing",
		`{"data":[{"description":"x"}]}`:        "data[0]: a key without id",
		`{"data":[{"id":"a","createdAt":"x"}]}`: "data[0].createdAt",
		`{"data":[{"id":"a","createdAt":[]}]}`:  "data[0].createdAt",
		`{"data":[{"id":"a","usage":5}]}`:       "data[0].usage",
		`{"data":[{"id":"a","usage":{"trailingSevenDays":{"usd":"lots"}}}]}`: "data[0].usage.trailingSevenDays.usd",
		`{"data":{"id":"a"}}`: "expected an array",
	} {
		c := fakeClient(t, func(*http.Request) (*http.Response, error) { return answer(200, body), nil }, WithMaxRetries(0))
		if _, err := c.APIKeys.List(t.Context()); !errors.Is(err, ErrServer) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v, want %q", body, err, says)
		}
	}
	c := fakeClient(t, func(*http.Request) (*http.Response, error) { return answer(200, `{"data":[{"id":"a"`), nil }, WithMaxRetries(0))
	if _, err := c.APIKeys.List(t.Context()); !errors.Is(err, ErrConnection) {
		t.Errorf("an answer that is cut off: error is %v, want ErrConnection", err)
	}
}

func TestRateLimitsOnTheWire(t *testing.T) {
	t.Parallel()
	c := fakeClient(t, func(*http.Request) (*http.Response, error) {
		return answer(200, `{"data":{"accessPermitted":true,"apiTier":{"id":"paid","isCharged":true},"balances":{"USD":50.23,"DIEM":"100.023","STARDUST":1e-9,"VCU":null},"keyExpiration":"2027-06-01T00:00:00.000Z","nextEpochBegins":"2026-11-02T00:00:00.000Z","rateLimits":[{"apiModelId":"zai-org-glm-5-2","rateLimits":[{"amount":100,"type":"RPM"},{"amount":"5e6","type":"TPM"}]},{"apiModelId":"x","rateLimits":null}]}}`), nil
	})
	l, err := c.APIKeys.GetRateLimits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !l.AccessPermitted || l.APITierID != "paid" || !l.Charged || l.KeyExpiration.Year() != 2027 || l.NextEpochBegins.Day() != 2 {
		t.Errorf("limits are %+v", l)
	}
	if len(l.Balances) != 3 || l.Balances[USD].String() != "50.23" || l.Balances[DIEM].String() != "100.023" || l.Balances["STARDUST"].String() != "0.000000001" {
		t.Errorf("balances are %v", l.Balances)
	}
	if len(l.Models) != 2 || l.Models[0].RateLimits[0] != (ModelRateLimit{100, "RPM"}) || l.Models[0].RateLimits[1] != (ModelRateLimit{5_000_000, "TPM"}) {
		t.Errorf("limits by model are %+v", l.Models)
	}

	for body, says := range map[string]string{
		`{"data":null}`:                          "expected an object",
		`{"data":{"accessPermitted":"perhaps"}}`: "data.accessPermitted",
		`{"data":{"balances":{"USD":{}}}}`:       "data.balances.USD",
		`{"data":{"rateLimits":[{"apiModelId":"x","rateLimits":[{"amount":0.5}]}]}}`: "amount",
	} {
		c := fakeClient(t, func(*http.Request) (*http.Response, error) { return answer(200, body), nil }, WithMaxRetries(0))
		if _, err := c.APIKeys.GetRateLimits(t.Context()); !errors.Is(err, ErrServer) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v, want %q", body, err, says)
		}
	}
}

func TestRateLimitLogOnTheWire(t *testing.T) {
	t.Parallel()
	c := fakeClient(t, func(*http.Request) (*http.Response, error) {
		return answer(200, `{"object":"list","data":[{"apiKeyId":"k","modelId":"m","rateLimitTier":"paid","rateLimitType":"RPM","timestamp":"2026-11-01T10:00:00.000Z"},{"apiKeyId":"k","modelId":null,"rateLimitType":"NEW","timestamp":{}}]}`), nil
	})
	log, err := c.APIKeys.GetRateLimitLog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []RateLimitBreach{{"k", "m", "paid", "RPM", time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}, {APIKeyID: "k", RateLimitType: "NEW"}}
	if len(log.Data) != 2 || log.Data[0] != want[0] || log.Data[1] != want[1] {
		t.Errorf("log is %+v, want %+v", log.Data, want)
	}
}

func TestAKeyIDThatCannotBeOneIsNotSent(t *testing.T) {
	t.Parallel()
	c := fakeClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return answer(200, `{}`), nil
	})
	for _, id := range []string{"", "../billing/balance", "a/b", "a?b", "a b", "rate_limits/log", strings.Repeat("x", 101)} {
		var p *ParamError
		if _, err := c.APIKeys.Get(t.Context(), id); !errors.As(err, &p) || p.Param != "id" {
			t.Errorf("%q: error is %v", id, err)
		}
	}
}
