package venice_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// What Venice says that each key spent must be what the rows of the key come to.
func TestAPIKeysAgreeWithTheLedger(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
	s := venicetest.NewServer(t, venicetest.Config{Seed: 51, Entries: 4000, Days: 20, NoLimits: true, Now: func() time.Time { return now }})
	list, err := newClient(t, s).APIKeys.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	type sums struct{ usd, diem decimal.Decimal }
	spent := func(id string, since time.Time) (of sums) {
		for _, row := range s.Entries() {
			amount := decimal.RequireFromString(row.Amount)
			if row.KeyID != id || row.Timestamp.Before(since) || !amount.IsNegative() {
				continue
			}
			switch row.Currency {
			case "DIEM":
				of.diem = of.diem.Sub(amount)
			case "USD", "BUNDLED_CREDITS":
				of.usd = of.usd.Sub(amount)
			}
		}
		return sums{of.usd.Round(4), of.diem.Round(4)}
	}
	same := func(name string, got venice.KeyAmounts, want sums) {
		t.Helper()
		if !got.USD.Valid || !got.USD.Decimal.Equal(want.usd) || !got.DIEM.Valid || !got.DIEM.Decimal.Equal(want.diem) {
			t.Errorf("%s: %v USD and %v DIEM, want %v", name, got.USD, got.DIEM, want)
		}
	}
	begin := map[venice.LimitPeriod]time.Time{
		venice.LimitEpoch: time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC), venice.LimitMonth: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
	limited := 0
	for _, k := range list.Data {
		same(k.Description+", seven days", k.TrailingSevenDays, spent(k.ID, now.AddDate(0, 0, -7)))
		switch hasLimit := k.ConsumptionLimits.USD.Valid || k.ConsumptionLimits.DIEM.Valid; {
		case hasLimit:
			limited++
			same(k.Description+", period", k.CurrentPeriodUsage, spent(k.ID, begin[k.LimitPeriod]))
		case k.CurrentPeriodUsage.USD.Valid:
			t.Errorf("%s has no limit, but a use of its period", k.Description)
		}
		one, err := newClient(t, s).APIKeys.Get(t.Context(), k.ID)
		if err != nil || one.Description != k.Description || one.Last6Chars != k.Last6Chars || len(k.Last6Chars) != 6 {
			t.Errorf("one key: %+v, %v, want %+v", one, err, k)
		}
	}
	if len(list.Data) != 7 || limited != 2 {
		t.Errorf("%d keys, %d of them with a limit", len(list.Data), limited)
	}
	if i := slices.IndexFunc(list.Data, func(k venice.APIKey) bool { return k.Type == venice.AdminKey }); i < 0 || !strings.HasSuffix(s.AdminKey, list.Data[i].Last6Chars) {
		t.Error("the key that asks is not in the list")
	}
}

func TestAPIKeysByKeyKind(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 52, Entries: 10})
	for name, test := range map[string]struct {
		key         string
		limits, all error
	}{
		"admin":     {s.AdminKey, nil, nil},
		"inference": {s.InferenceKey, nil, venice.ErrAuthentication},
		"revoked":   {s.RevokedKey, venice.ErrAuthentication, venice.ErrAuthentication},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, s, venice.WithAPIKey(test.key))
			if err := errOf(c.APIKeys.GetRateLimits(t.Context())); !errors.Is(err, test.limits) {
				t.Errorf("GetRateLimits: error is %v, want %v", err, test.limits)
			}
			for call, err := range map[string]error{
				"List":            errOf(c.APIKeys.List(t.Context())),
				"GetRateLimitLog": errOf(c.APIKeys.GetRateLimitLog(t.Context())),
			} {
				if !errors.Is(err, test.all) || err != nil && strings.Contains(err.Error(), test.key) {
					t.Errorf("%s: error is %v, want %v", call, err, test.all)
				}
			}
		})
	}
	err := errOf(newClient(t, s).APIKeys.Get(t.Context(), "00000000-0000-4000-a000-000000000000"))
	var e *venice.APIError
	if !errors.Is(err, venice.ErrInvalidRequest) || !errors.As(err, &e) || e.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown key: error is %v", err)
	}
}

// Faults on these routes are told apart as on the others.
func TestAPIKeysUnderFaults(t *testing.T) {
	t.Parallel()
	for faults, want := range map[string]error{
		"hang/api_keys":                      venice.ErrTimeout,
		"500/api_keys":                       venice.ErrServer,
		"429/api_keys":                       venice.ErrRateLimit,
		"html/api_keys":                      venice.ErrServer,
		"truncated-json/api_keys":            venice.ErrConnection,
		"numbers-as-strings,extra-keys":      nil,
		"500/api_keys/rate_limits":           nil,
		"cut-body@0x2/api_keys":              nil,
		"hang/api_keys/rate_limits/log":      nil,
		"500/balance,500/usage,504/api_keys": venice.ErrServer,
	} {
		t.Run(faults, func(t *testing.T) {
			t.Parallel()
			parsed, err := venicetest.ParseFaults(faults)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				_, c := newBubble(t, venicetest.Config{Seed: 53, Entries: 50, NoLimits: true, Faults: parsed})
				list, err := c.APIKeys.List(t.Context())
				if !errors.Is(err, want) {
					t.Errorf("error is %v, want %v", err, want)
				}
				if want == nil && len(list.Data) != 7 {
					t.Errorf("%d keys", len(list.Data))
				}
			})
		})
	}
}

// A lock-out is in the log of what was refused.
func TestRateLimitLogTellsOfALockOut(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 54})
	for range 60 { // of the key that is not asked with below
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.BaseURL+"/billing/balance", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.InferenceKey)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	log, err := newClient(t, s).APIKeys.GetRateLimitLog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// 51 failures are more than 50.
	if len(log.Data) != 9 || log.Data[0].RateLimitType != "FAILED_REQUESTS" || log.Data[0].APIKeyID == "" {
		t.Errorf("log has %d refusals: %+v", len(log.Data), log.Data)
	}
}
