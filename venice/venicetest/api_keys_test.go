package venicetest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// askKeys sends a GET to a route below /api_keys.
func askKeys(t *testing.T, s *venicetest.Server, key, rest string) response {
	t.Helper()
	return send(t, "GET", s.BaseURL+"/api_keys"+rest, "Authorization", "Bearer "+key)
}

// keyedRows are rows of one key, at noon's day, month and week and before.
func keyedRows(key string) []venicetest.Entry {
	rows := []venicetest.Entry{
		debit(60, "DIEM", "-1.00004"), debit(60, "DIEM", "-0.5"),
		debit(24*60, "USD", "-2"), debit(24*60, "BUNDLED_CREDITS", "-0.25"), debit(24*60, "EARNED_CREDITS", "-8"),
		debit(10*24*60, "USD", "-16"), debit(40*24*60, "VCU", "-32"), debit(40*24*60, "DIEM", "-64"),
	}
	for i := range rows {
		rows[i].KeyID = key
	}
	return append(rows, debit(1, "USD", "-1000"))
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	keys := []venicetest.Key{
		{ID: "old", Description: "the old one", CreatedAt: noon.AddDate(-1, 0, 0), LimitDIEM: "20", LimitPeriod: "LIFETIME", ModelPrivacy: "PRIVATE_TEXT"},
		{ID: "gone", ExpiresAt: noon},
		{ID: "root", Type: "ADMIN", CreatedAt: noon.AddDate(0, 0, -1), ExpiresAt: noon.Add(time.Second), LimitUSD: "5.50", LimitPeriod: "MONTH"},
	}
	s := start(t, venicetest.Config{Keys: keys, Ledger: keyedRows("old")})
	const zeros = `"usage":{"trailingSevenDays":{"usd":"0.0000","vcu":"0.0000","diem":"0.0000"}}`
	root := `{"id":"root","apiKeyType":"ADMIN","description":"","last6Chars":"` + s.AdminKey[len(s.AdminKey)-6:] + `","createdAt":"2026-11-17T12:00:00.000Z","expiresAt":"2026-11-18T12:00:01.000Z","lastUsedAt":null,` +
		`"consumptionLimits":{"usd":5.50,"diem":null,"vcu":null},"limitPeriod":"MONTH","modelPrivacy":"ALL",` + zeros + `,"currentPeriodUsage":{"usd":"0.0000","diem":"0.0000"}}`
	old := `{"id":"old","apiKeyType":"INFERENCE","description":"the old one","last6Chars":"` + s.InferenceKey[len(s.InferenceKey)-6:] + `","createdAt":"2025-11-18T12:00:00.000Z","expiresAt":null,"lastUsedAt":"2026-11-18T11:00:00.000Z",` +
		`"consumptionLimits":{"usd":null,"diem":20,"vcu":null},"limitPeriod":"LIFETIME","modelPrivacy":"PRIVATE_TEXT",` +
		`"usage":{"trailingSevenDays":{"usd":"2.2500","vcu":"0.0000","diem":"1.5000"}},"currentPeriodUsage":{"usd":"18.2500","diem":"65.5000"}}`
	for rest, want := range map[string]string{
		"":      `{"object":"list","data":[` + root + `,` + old + `]}`,
		"/old":  `{"data":` + old + `}`,
		"/gone": `{"error":"API key not found"}`,
	} {
		if got := askKeys(t, s, s.AdminKey, rest); string(got.body) != want {
			t.Errorf("/api_keys%s\n got %s\nwant %s", rest, got.body, want)
		}
	}
	s.Advance(time.Minute) // the ADMIN key expires
	if got := askKeys(t, s, s.AdminKey, ""); string(got.body) != `{"object":"list","data":[`+old+`]}` {
		t.Errorf("later: %s", got.body)
	}
}

func TestPeriodsOfAPIKeys(t *testing.T) {
	t.Parallel()
	for period, want := range map[string]string{
		"":         `"currentPeriodUsage":{"usd":"0.0000","diem":"1.5000"}`,
		"EPOCH":    `"currentPeriodUsage":{"usd":"0.0000","diem":"1.5000"}`,
		"MONTH":    `"currentPeriodUsage":{"usd":"18.2500","diem":"1.5000"}`,
		"LIFETIME": `"currentPeriodUsage":{"usd":"18.2500","diem":"65.5000"}`,
	} {
		s := start(t, venicetest.Config{Ledger: keyedRows("k"), Keys: []venicetest.Key{{ID: "k", LimitUSD: "1", LimitPeriod: period}}})
		if got := askKeys(t, s, s.AdminKey, "/k"); !strings.Contains(string(got.body), want) {
			t.Errorf("%s: %s, want %s", period, got.body, want)
		}
	}
	for _, key := range []venicetest.Key{{Type: "ROOT"}, {LimitPeriod: "DAY"}, {LimitUSD: "lots"}, {LimitDIEM: "-1"}} {
		if s, err := venicetest.New(venicetest.Config{Keys: []venicetest.Key{key}}); err == nil {
			s.Close()
			t.Errorf("%+v is accepted", key)
		}
	}
}

// What a key can spend is what the account has, and what its limit leaves of it.
func TestRateLimitsByKey(t *testing.T) {
	t.Parallel()
	const epoch = `"keyExpiration":null,"nextEpochBegins":"2026-11-19T00:00:00.000Z"`
	for name, test := range map[string]struct {
		key  venicetest.Key
		want string
	}{
		"no limit":     {venicetest.Key{ID: "k"}, `"accessPermitted":true,"apiTier":{"id":"paid","isCharged":true},"balances":{"BUNDLED_CREDITS":100.75,"DIEM":98.49996,"USD":100},` + epoch},
		"near a limit": {venicetest.Key{ID: "k", LimitUSD: "27", LimitDIEM: "2", LimitPeriod: "MONTH"}, `"balances":{"BUNDLED_CREDITS":0.75,"DIEM":0.49996,"USD":0.75},` + epoch},
		"at a limit":   {venicetest.Key{ID: "k", LimitUSD: "20", LimitDIEM: "1.5", LimitPeriod: "MONTH"}, `"accessPermitted":false,"apiTier":{"id":"paid","isCharged":true},"balances":{"DIEM":0,"USD":0},` + epoch},
	} {
		s := start(t, venicetest.Config{Ledger: keyedRows("k"), Keys: []venicetest.Key{test.key}})
		got := askKeys(t, s, s.InferenceKey, "/rate_limits")
		if got.status != 200 || !strings.Contains(string(got.body), test.want) {
			t.Errorf("%s: %d %.400s\nwant %s", name, got.status, got.body, test.want)
		}
	}
}

func TestKeyRoutesRefuse(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	for _, test := range []struct {
		method, key, rest string
		status            int
	}{
		{"GET", s.AdminKey, "", 200},
		{"GET", s.AdminKey, "/rate_limits", 200},
		{"GET", s.AdminKey, "/rate_limits/log", 200},
		{"GET", s.InferenceKey, "", 401},
		{"GET", s.InferenceKey, "/x", 401},
		{"GET", s.InferenceKey, "/rate_limits", 200},
		{"GET", s.InferenceKey, "/rate_limits/log", 401},
		{"GET", s.RevokedKey, "/rate_limits", 401},
		{"GET", "", "/rate_limits", 402},
		{"GET", s.AdminKey, "/x", 400},
		{"GET", s.AdminKey, "?page=2", 400},
		{"GET", s.AdminKey, "/rate_limits?x", 400},
		{"GET", s.AdminKey, "/rate_limits/log?x", 400},
		{"GET", s.AdminKey, "/", 404},
		{"GET", s.AdminKey, "/x/y", 404},
		{"GET", s.AdminKey, "s", 404},
		{"POST", s.AdminKey, "", 405},
		{"DELETE", s.AdminKey, "/x", 405},
	} {
		header := []string{"Authorization", "Bearer " + test.key}
		if test.key == "" {
			header = nil
		}
		if got := send(t, test.method, s.BaseURL+"/api_keys"+test.rest, header...); got.status != test.status {
			t.Errorf("%s /api_keys%s: status %d, want %d: %s", test.method, test.rest, got.status, test.status, got.body)
		}
	}
	if got := ask(t, s, "api_keys"); got.status != 404 {
		t.Errorf("below /billing: status %d", got.status)
	}
}
