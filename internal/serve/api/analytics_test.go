package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

var byValue = cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })

func diffValues(want, got any) string { return cmp.Diff(want, got, byValue) }

// TestAnalyticsAddUpAsVenicesDo compares with the simulator, which names models
// and not SKUs; so models are compared by all but their names.
func TestAnalyticsAddUpAsVenicesDo(t *testing.T) {
	t.Parallel()
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, store := simulated(t, 9), open(t)
			fill(t, store, sim, "default")
			theirs := connect(t, sim.BaseURL, sim.AdminKey, sim.Transport()).Billing
			ours := connect(t, "http://127.0.0.1/api/v1", "token", serve(t, store)).Billing
			date := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
			for _, p := range []venice.UsageAnalyticsParams{
				{}, {Lookback: "1d"}, {Lookback: "90d"}, {StartDate: date(2, 14), EndDate: date(2, 14)}, {StartDate: date(1, 10), EndDate: date(2, 28)},
				{StartDate: date(1, 1), EndDate: date(1, 2)},
			} {
				want, err := theirs.GetUsageAnalytics(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				got, err := ours.GetUsageAnalytics(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				if diff := diffValues(want.ByDate, got.ByDate); want.Lookback != got.Lookback || diff != "" {
					t.Errorf("%+v: %s, want %s: %s", p, got.Lookback, want.Lookback, diff)
				}
				if diff := diffValues(nameless(want.ByModel), nameless(got.ByModel)); diff != "" {
					t.Errorf("%+v: models: %s", p, diff)
				}
				checkCharts(t, got)
				if p.StartDate.IsZero() {
					continue // today is not among the totals by key
				}
				noUnits := cmpopts.IgnoreFields(venice.KeySpend{}, "TotalUnits") // days taken together have none
				if diff := cmp.Diff(want.ByKey, got.ByKey, byValue, noUnits, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%+v: keys: %s", p, diff)
				}
				if diff := cmp.Diff([]any{want.ByKeyDaily, want.ByKeyDailyUSD, want.TopKeyNames}, []any{got.ByKeyDaily, got.ByKeyDailyUSD, got.TopKeyNames},
					byValue, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%+v: keys by day: %s", p, diff)
				}
			}
		})
	}
}

// nameless counts models by what was spent on them, without their names and order.
func nameless(models []venice.ModelSpend) map[string]int {
	counts := map[string]int{}
	for _, m := range models {
		text := fmt.Sprint(m.UnitType, m.ModelType, m.TotalUSD, m.TotalDIEM, m.TotalUnits)
		for _, part := range m.Breakdown {
			text += fmt.Sprint(part)
		}
		counts[text]++
	}
	return counts
}

// checkCharts holds the rows of the charts to the sums beside them.
func checkCharts(t *testing.T, a *venice.UsageAnalytics) {
	t.Helper()
	for i, day := range a.ByDate {
		sum := func(row venice.DailySpend) (total decimal.Decimal) {
			for amount := range maps.Values(row.Spend) {
				total = total.Add(amount)
			}
			return total
		}
		if !sum(a.ByModelDaily[i]).Equal(day.USD.Add(day.DIEM)) || !sum(a.ByModelDailyUSD[i]).Equal(day.USD) || !a.ByModelDaily[i].Date.Equal(day.Date) {
			t.Errorf("%s: the models are not the day", day.Date)
		}
	}
	byName := map[string]decimal.Decimal{}
	for _, m := range a.ByModel {
		byName[m.ModelName] = byName[m.ModelName].Add(m.TotalUSD).Add(m.TotalDIEM)
	}
	for _, row := range a.ByModelDaily {
		for name, amount := range row.Spend {
			byName[name] = byName[name].Sub(amount)
		}
	}
	for name, rest := range byName {
		if !rest.IsZero() {
			t.Errorf("%s: the days are not the total; %s is left", name, rest)
		}
	}
	if len(a.TopModels) != len(byName) {
		t.Errorf("%d names, %d models", len(a.TopModels), len(byName))
	}
}

func TestAnalyticsOfYears(t *testing.T) {
	t.Parallel()
	store := &ledgertest.Memory{}
	put(t, store, "default", noon.AddDate(-3, 0, 0), noon.AddDate(-1, 0, 0))
	s := serve(t, store)
	for query, want := range map[string]struct {
		lookback string
		days     int
		diem     int64
	}{
		"lookback=400d":                                       {"400d", 400, 1},
		"lookback=3650d":                                      {"3650d", 3650, 2},
		"lookback=99999999999999999d":                         {"3660d", 3660, 2},
		"startDate=2020-01-01&endDate=2025-12-31":             {"2020-01-01:2025-12-31", 2192, 2},
		"startDate=2020-01-01":                                {"7d", 7, 0},
		"lookback=2d&endDate=2020-01-01":                      {"2d", 2, 0},
		"lookback=2d&startDate=2025-03-01&endDate=2025-03-01": {"2025-03-01:2025-03-01", 1, 1},
	} {
		got := decode[struct {
			Lookback     string
			ByDate       []struct{ DIEM int64 }
			ByModelDaily []struct{ Date int64 }
		}](t, s.get(root+"usage-analytics?"+query))
		var diem int64
		for _, day := range got.ByDate {
			diem += day.DIEM
		}
		if got.Lookback != want.lookback || len(got.ByDate) != want.days || len(got.ByModelDaily) != want.days || diem != want.diem {
			t.Errorf("%s: %s, %d days, %d DIEM", query, got.Lookback, len(got.ByDate), diem)
		}
	}
	if a := s.get(root + "usage-analytics?startDate=2010-01-01&endDate=2025-12-31"); a.status != http.StatusBadRequest || !strings.Contains(string(a.body), "3660 days") {
		t.Errorf("16 years: %d %s", a.status, a.body)
	}
}

// Beyond 50 names the charts have the rest as Other.
func TestAnalyticsOfManyModels(t *testing.T) {
	t.Parallel()
	store := &ledgertest.Memory{}
	r := ledger.Reading{Window: ledger.Window{Start: noon.Add(-time.Hour), End: noon}, ReadAt: noon}
	for i := range 60 {
		r.Entries = append(r.Entries, venice.UsageEntry{
			Timestamp: noon.Add(-time.Minute), SKU: fmt.Sprintf("model-%02d-llm-output-mtoken", i), Currency: venice.USD, Amount: decimal.NewFromInt(int64(i - 100)),
		})
	}
	r.Entries = append(r.Entries, venice.UsageEntry{Timestamp: noon.Add(-time.Minute), SKU: "date-llm-input-mtoken", Currency: venice.USD, Amount: decimal.NewFromInt(-1000)})
	if _, err := store.Replace(t.Context(), "default", []ledger.Reading{r}); err != nil {
		t.Fatal(err)
	}
	got := decode[struct {
		ByModel      []json.RawMessage
		TopModels    []string
		ByModelDaily []json.RawMessage
	}](t, serve(t, store).get(root+"usage-analytics?lookback=1d"))
	if len(got.ByModel) != 61 || len(got.TopModels) != 51 || got.TopModels[0] != "date" || got.TopModels[50] != "Other" {
		t.Errorf("%d models, legend %q", len(got.ByModel), got.TopModels)
	}
	// The 11 models from model-49 to model-59 spent 51, 50, ... 41.
	if row := string(got.ByModelDaily[0]); !strings.HasPrefix(row, `{"date":1772323200000,"date":1000,"model-00":100,`) || !strings.HasSuffix(row, `"model-48":52,"Other":506}`) {
		t.Errorf("row %s", row)
	}
}

func TestKeysAreNamed(t *testing.T) {
	t.Parallel()
	store := several(t, "default")
	days := []ledger.KeyDay{
		{Day: noon.Truncate(24*time.Hour).AddDate(0, 0, -2), ReadAt: noon, Keys: []venice.KeySpend{
			{APIKeyID: "11111111-aaaaaa", Description: "old name", TotalUSD: decimal.NewFromInt(5), TotalUnits: decimal.NewFromInt(7)},
			{APIKeyID: "", Description: "Web App", TotalDIEM: decimal.NewFromInt(1)},
		}},
		{Day: noon.Truncate(24*time.Hour).AddDate(0, 0, -1), ReadAt: noon, Keys: []venice.KeySpend{
			{APIKeyID: "11111111-aaaaaa", Description: "shared", TotalUSD: decimal.NewFromInt(5)},
			{APIKeyID: "22222222-bbbbbb", Description: "shared", TotalDIEM: decimal.NewFromInt(3)},
			{APIKeyID: "33333333-cccccc", TotalDIEM: decimal.NewFromInt(2)},
		}},
	}
	if err := store.SaveKeyDay(t.Context(), "default", days...); err != nil {
		t.Fatal(err)
	}
	s := serve(t, store)
	a := s.get(root + "usage-analytics?startDate=2026-02-27&endDate=2026-02-28")
	got := decode[map[string]json.RawMessage](t, a)
	want := `[{"apiKeyId":"11111111-aaaaaa","description":"shared (...aaaaaa)","totalUsd":10,"totalDiem":0,"totalUnits":7},` +
		`{"apiKeyId":"22222222-bbbbbb","description":"shared (...bbbbbb)","totalUsd":0,"totalDiem":3,"totalUnits":0},` +
		`{"apiKeyId":"33333333-cccccc","description":"Key ...cccccc","totalUsd":0,"totalDiem":2,"totalUnits":0},` +
		`{"apiKeyId":null,"description":"Web App","totalUsd":0,"totalDiem":1,"totalUnits":0}]`
	if string(got["byKey"]) != want {
		t.Errorf("byKey %s", got["byKey"])
	}
	if complete := a.header.Get("X-Ducat-Keys-Complete"); complete != "true" {
		t.Errorf("two days are complete: %s", complete)
	}
	if complete := s.get(root + "usage-analytics?lookback=3d").header.Get("X-Ducat-Keys-Complete"); complete != "false" {
		t.Errorf("with today they are complete: %s", complete)
	}
}
