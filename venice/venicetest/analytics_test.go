package venicetest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

type analytics struct {
	Lookback string `json:"lookback"`
	ByDate   []struct {
		Date string      `json:"date"`
		USD  json.Number `json:"USD"`
		DIEM json.Number `json:"DIEM"`
	} `json:"byDate"`
	ByModel []struct {
		ModelName  string      `json:"modelName"`
		UnitType   string      `json:"unitType"`
		ModelType  *string     `json:"modelType"`
		TotalUSD   json.Number `json:"totalUsd"`
		TotalDIEM  json.Number `json:"totalDiem"`
		TotalUnits json.Number `json:"totalUnits"`
		Breakdown  []struct {
			Type  string      `json:"type"`
			USD   json.Number `json:"usd"`
			DIEM  json.Number `json:"diem"`
			Units json.Number `json:"units"`
		} `json:"breakdown"`
	} `json:"byModel"`
	ByModelDaily    []map[string]json.Number `json:"byModelDaily"`
	ByModelDailyUSD []map[string]json.Number `json:"byModelDailyUsd"`
	TopModels       []string                 `json:"topModels"`
	ByKey           []struct {
		ID          *string     `json:"apiKeyId"`
		Description string      `json:"description"`
		TotalUSD    json.Number `json:"totalUsd"`
		TotalDIEM   json.Number `json:"totalDiem"`
		TotalUnits  json.Number `json:"totalUnits"`
	} `json:"byKey"`
	ByKeyDaily    []map[string]json.Number `json:"byKeyDaily"`
	ByKeyDailyUSD []map[string]json.Number `json:"byKeyDailyUsd"`
	TopKeyNames   []string                 `json:"topKeyNames"`
}

func askAnalytics(t *testing.T, s *venicetest.Server, query string) analytics {
	t.Helper()
	got := ask(t, s, "usage-analytics?"+query)
	if got.status != 200 {
		t.Fatalf("%s: status %d: %s", query, got.status, got.body)
	}
	var a analytics
	decode(t, got.body, &a)
	return a
}

func rat(t *testing.T, n json.Number) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		t.Fatalf("%q is no number", n)
	}
	return r
}

// sums holds exact totals by any label.
type sums map[string]*big.Rat

func (s sums) add(label string, r *big.Rat) {
	if s[label] == nil {
		s[label] = new(big.Rat)
	}
	s[label].Add(s[label], r)
}

func (s sums) check(t *testing.T, what string, want sums) {
	t.Helper()
	for label, r := range want {
		if got := s[label]; got == nil && r.Sign() != 0 || got != nil && got.Cmp(r) != 0 {
			t.Errorf("%s %s: %v, want %v", what, label, got, r.FloatString(15))
		}
	}
	for label, r := range s {
		if want[label] == nil && r.Sign() != 0 {
			t.Errorf("%s %s: %v, want nothing", what, label, r.FloatString(15))
		}
	}
}

func TestAnalyticsAddsUpToTheLedger(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Seed: 4, Entries: 6000, Days: 40})
	first := noon.Truncate(24*time.Hour).AddDate(0, 0, -29)
	byDate, byKey, tokens, images, total := sums{}, sums{}, sums{}, sums{}, sums{}
	for _, e := range s.Entries() {
		amount := rat(t, json.Number(e.Amount))
		if e.Timestamp.Before(first) || amount.Sign() >= 0 {
			continue
		}
		amount.Neg(amount)
		pot := map[string]string{"DIEM": "DIEM", "USD": "USD", "BUNDLED_CREDITS": "USD"}[e.Currency]
		if pot == "" {
			continue
		}
		total.add(pot, amount)
		byDate.add(e.Timestamp.Format("2006-01-02 ")+pot, amount)
		byKey.add(e.KeyID+" "+pot, amount)
		if base, meter, found := strings.Cut(e.SKU, "-llm-"); found {
			units := rat(t, json.Number(e.Units))
			units.Mul(units, big.NewRat(1_000_000, 1))
			name := map[string]string{"kimi-k2-7-code": "Kimi K2.7 Code", "claude-sonnet-5-api": "Claude Sonnet 5"}[base]
			label := map[string]string{
				"input-mtoken": "Input", "output-mtoken": "Output", "cache-input-mtoken": "Cache Read", "cache-write-5m-mtoken": "Cache Write",
			}[meter]
			if name != "" {
				tokens.add(name+" "+label, units)
			}
		}
		if e.SKU == "flux-2-pro-image-unit" {
			images.add("Flux 2 Pro", rat(t, json.Number(e.Units)))
		}
	}

	a := askAnalytics(t, s, "lookback=30d")
	if a.Lookback != "30d" || len(a.ByDate) != 30 {
		t.Errorf("lookback %q with %d days", a.Lookback, len(a.ByDate))
	}
	gotDate, gotTotal := sums{}, sums{}
	for i, d := range a.ByDate {
		if want := first.AddDate(0, 0, i).Format("2006-01-02"); d.Date != want {
			t.Fatalf("day %d is %s, want %s", i, d.Date, want)
		}
		gotDate.add(d.Date+" USD", rat(t, d.USD))
		gotDate.add(d.Date+" DIEM", rat(t, d.DIEM))
	}
	gotDate.check(t, "byDate", byDate)

	gotTokens, gotImages := sums{}, sums{}
	previous := (*big.Rat)(nil)
	for _, m := range a.ByModel {
		usd, diem := rat(t, m.TotalUSD), rat(t, m.TotalDIEM)
		gotTotal.add("USD", usd)
		gotTotal.add("DIEM", diem)
		both := new(big.Rat).Add(usd, diem)
		if previous != nil && both.Cmp(previous) > 0 {
			t.Errorf("%s spent more than the model before it", m.ModelName)
		}
		previous = both
		parts := new(big.Rat)
		for _, b := range m.Breakdown {
			if m.ModelName == "Kimi K2.7 Code" || m.ModelName == "Claude Sonnet 5" {
				gotTokens.add(m.ModelName+" "+b.Type, rat(t, b.Units))
			}
			parts.Add(parts, rat(t, b.USD)).Add(parts, rat(t, b.DIEM))
		}
		if len(m.Breakdown) == 1 || len(m.Breakdown) > 1 && parts.Cmp(both) != 0 {
			t.Errorf("%s: the breakdown %v does not add up", m.ModelName, m.Breakdown)
		}
		if m.ModelName == "Flux 2 Pro" {
			gotImages.add(m.ModelName, rat(t, m.TotalUnits))
			if m.UnitType != "images" || m.ModelType == nil || *m.ModelType != "IMAGE" {
				t.Errorf("Flux 2 Pro is %s of %v", m.UnitType, m.ModelType)
			}
		}
	}
	gotTotal.check(t, "byModel", total)
	gotTokens.check(t, "breakdown", tokens)
	gotImages.check(t, "images", images)

	gotKey := sums{}
	for _, k := range a.ByKey {
		id := ""
		if k.ID != nil {
			id = *k.ID
		} else if k.Description != "Web App" {
			t.Errorf("no key is called %q", k.Description)
		}
		gotKey.add(id+" USD", rat(t, k.TotalUSD))
		gotKey.add(id+" DIEM", rat(t, k.TotalDIEM))
	}
	gotKey.check(t, "byKey", byKey)

	for what, rows := range map[string][2][]map[string]json.Number{
		"byModelDaily": {a.ByModelDaily, a.ByModelDailyUSD}, "byKeyDaily": {a.ByKeyDaily, a.ByKeyDailyUSD},
	} {
		chart := sums{}
		for i := range rows[0] {
			date := rows[0][i]["date"]
			if date != json.Number(fmt.Sprint(first.AddDate(0, 0, i).UnixMilli())) || rows[1][i]["date"] != date {
				t.Fatalf("%s: row %d has date %s", what, i, date)
			}
			for name, n := range rows[0][i] {
				if name != "date" {
					usd := rat(t, rows[1][i][name])
					chart.add("USD", usd)
					chart.add("DIEM", new(big.Rat).Sub(rat(t, n), usd))
				}
			}
		}
		chart.check(t, what, total)
	}
}

func TestAnalyticsNamesKeys(t *testing.T) {
	t.Parallel()
	keys := []venicetest.Key{
		{ID: "00000000-0000-4000-a000-000000aaaaaa", Description: "twin"},
		{ID: "00000000-0000-4000-a000-000000bbbbbb", Description: "twin"},
		{ID: "00000000-0000-4000-a000-000000cccccc", Description: "single"},
		{ID: "00000000-0000-4000-a000-000000dddddd"},
	}
	row := func(amount, key string) venicetest.Entry {
		e := debit(1, "USD", amount)
		e.KeyID = key
		return e
	}
	s := start(t, venicetest.Config{Keys: keys, Ledger: []venicetest.Entry{
		row("-6", keys[0].ID), row("-5", keys[1].ID), row("-4", keys[2].ID), row("-3", keys[3].ID), row("-2", "stranger"), row("-1", ""),
	}})
	want := []string{"twin (...aaaaaa)", "twin (...bbbbbb)", "single", "Key ...dddddd", "Key ...ranger", "Web App"}
	a := askAnalytics(t, s, "")
	if !slices.Equal(a.TopKeyNames, want) {
		t.Errorf("topKeyNames %q, want %q", a.TopKeyNames, want)
	}
	for i, k := range a.ByKey {
		if k.Description != want[i] {
			t.Errorf("key %d is called %q, want %q", i, k.Description, want[i])
		}
	}
}

func TestAnalyticsSumsUpTheRest(t *testing.T) {
	t.Parallel()
	var rows []venicetest.Entry
	for i := range 53 {
		e := debit(1, "USD", fmt.Sprintf("-%d", 1000-i))
		e.SKU = fmt.Sprintf("model-%02d-llm-input-mtoken", i)
		rows = append(rows, e)
	}
	// Two models of one display name are two in byModel and one in the chart.
	for _, base := range []string{"zai-org-glm-5-1", "e2ee-glm-5-1"} {
		e := debit(1, "DIEM", "-3000")
		e.SKU = base + "-llm-output-mtoken"
		rows = append(rows, e)
	}
	s := start(t, venicetest.Config{Ledger: rows})
	a := askAnalytics(t, s, "lookback=1d")
	if len(a.ByModel) != 55 || len(a.TopModels) != 51 || a.TopModels[0] != "GLM 5.1" || a.TopModels[50] != "Other" {
		t.Fatalf("%d models, legend %v", len(a.ByModel), a.TopModels)
	}
	// The legend has GLM 5.1 and models 0 to 48, the rest are 49 to 52.
	if row := a.ByModelDaily[0]; row["GLM 5.1"] != "6000" || row["Other"] != "3798" || row["model-48"] != "952" {
		t.Errorf("chart row %v", row)
	}
	if row := a.ByModelDailyUSD[0]; row["GLM 5.1"] != "0" || row["Other"] != "3798" {
		t.Errorf("chart row of USD %v", row)
	}
}

func TestAnalyticsParameters(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	strict := start(t, venicetest.Config{StrictDates: true})
	for query, want := range map[string]string{
		"": "7d", "lookback=1d": "1d", "lookback=90d": "90d", "lookback=365d": "90d", "lookback=99999999999999999d": "90d",
		"startDate=2026-11-01&endDate=2026-11-01":             "2026-11-01:2026-11-01",
		"startDate=2026-08-20&endDate=2026-11-17":             "2026-08-20:2026-11-17",
		"startDate=2026-11-01&endDate=2026-11-02&lookback=3d": "2026-11-01:2026-11-02",
		"startDate=2026-11-01":                                "7d",
		"endDate=2026-11-01&lookback=2d":                      "2d",
	} {
		if a := askAnalytics(t, s, query); a.Lookback != want {
			t.Errorf("%s: lookback %q, want %q", query, a.Lookback, want)
		}
	}
	if a := askAnalytics(t, s, "startDate=2026-08-20&endDate=2026-11-17"); len(a.ByDate) != 90 || a.ByDate[0].Date != "2026-08-20" || a.ByDate[89].Date != "2026-11-17" {
		t.Errorf("90 days are %d, from %v", len(a.ByDate), a.ByDate[0])
	}
	for _, query := range []string{
		"lookback=0d", "lookback=7", "lookback=d", "lookback=-1d", "lookback=07d", "days=7",
		"startDate=2026-11-02&endDate=2026-11-01", "startDate=2026-08-19&endDate=2026-11-17",
		"startDate=2026-11-1&endDate=2026-11-02", "startDate=2026-02-30&endDate=2026-03-01",
	} {
		if got := ask(t, s, "usage-analytics?"+query); got.status != 400 || !bytes.Contains(got.body, []byte(`"issues":[{`)) {
			t.Errorf("%s: status %d: %s", query, got.status, got.body)
		}
	}
	if got := ask(t, strict, "usage-analytics?startDate=2026-11-01"); got.status != 400 {
		t.Errorf("a lone date, strict: status %d", got.status)
	}
}

func TestAnalyticsAreKeptTenMinutes(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Ledger: []venicetest.Entry{debit(1, "USD", "-1")}})
	spent := func(query string) string {
		var usd string
		for _, d := range askAnalytics(t, s, query).ByDate {
			if d.USD != "0" {
				usd += d.USD.String()
			}
		}
		return usd
	}
	if got := spent("lookback=2d"); got != "1" {
		t.Fatalf("spent %s", got)
	}
	s.Post(debit(1, "USD", "-2"))
	if got := spent("lookback=3d"); got != "3" {
		t.Errorf("another period: spent %s", got)
	}
	s.Advance(10*time.Minute - 1)
	if got := spent("lookback=2d"); got != "1" {
		t.Errorf("within ten minutes: spent %s", got)
	}
	s.Advance(1)
	if got := spent("lookback=2d"); got != "3" {
		t.Errorf("after ten minutes: spent %s", got)
	}
}
