package venice_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// Venice's sums must be those of the ledger, by the rules that are known: debits
// only, bundled credits as USD, earned credits left out, whole UTC days.
func TestAnalyticsAgreeWithTheLedger(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 41, Entries: 5000, Days: 20, NoLimits: true})
	analytics, err := newClient(t, s).Billing.GetUsageAnalytics(t.Context(), venice.UsageAnalyticsParams{Lookback: "10d"})
	if err != nil {
		t.Fatal(err)
	}
	type sums struct{ usd, diem decimal.Decimal }
	want := map[string]sums{}
	for _, row := range s.Entries() {
		amount := decimal.RequireFromString(row.Amount)
		day := row.Timestamp.UTC().Format(time.DateOnly)
		at := want[day]
		switch {
		case amount.IsPositive():
		case row.Currency == "DIEM":
			at.diem = at.diem.Sub(amount)
		case row.Currency == "USD", row.Currency == "BUNDLED_CREDITS":
			at.usd = at.usd.Sub(amount)
		}
		want[day] = at
	}
	if analytics.Lookback != "10d" || len(analytics.ByDate) != 10 {
		t.Fatalf("lookback %s has %d days", analytics.Lookback, len(analytics.ByDate))
	}
	var total sums
	for _, day := range analytics.ByDate {
		w := want[day.Date.Format(time.DateOnly)]
		if !day.USD.Equal(w.usd) || !day.DIEM.Equal(w.diem) {
			t.Errorf("%s is %s USD and %s DIEM, want %s and %s", day.Date, day.USD, day.DIEM, w.usd, w.diem)
		}
		total.usd, total.diem = total.usd.Add(day.USD), total.diem.Add(day.DIEM)
	}
	var models, keys, daily, dailyUSD, keysDaily, keysDailyUSD sums
	for _, m := range analytics.ByModel {
		models.usd, models.diem = models.usd.Add(m.TotalUSD), models.diem.Add(m.TotalDIEM)
		var parts sums
		for _, part := range m.Breakdown {
			parts.usd, parts.diem = parts.usd.Add(part.USD), parts.diem.Add(part.DIEM)
		}
		if m.Breakdown != nil && (!parts.usd.Equal(m.TotalUSD) || !parts.diem.Equal(m.TotalDIEM)) {
			t.Errorf("the parts of %s do not add up", m.ModelName)
		}
	}
	for _, k := range analytics.ByKey {
		keys.usd, keys.diem = keys.usd.Add(k.TotalUSD), keys.diem.Add(k.TotalDIEM)
	}
	for rows, sum := range map[*[]venice.DailySpend]*sums{
		&analytics.ByModelDaily:    &daily,
		&analytics.ByModelDailyUSD: &dailyUSD,
		&analytics.ByKeyDaily:      &keysDaily,
		&analytics.ByKeyDailyUSD:   &keysDailyUSD,
	} {
		for _, row := range *rows {
			for _, spend := range row.Spend {
				sum.usd = sum.usd.Add(spend)
			}
		}
	}
	both := total.usd.Add(total.diem)
	for name, pair := range map[string][2]decimal.Decimal{
		"models' USD":      {models.usd, total.usd},
		"models' DIEM":     {models.diem, total.diem},
		"keys' USD":        {keys.usd, total.usd},
		"keys' DIEM":       {keys.diem, total.diem},
		"daily by model":   {daily.usd, both},
		"daily USD":        {dailyUSD.usd, total.usd},
		"daily by key":     {keysDaily.usd, both},
		"daily USD by key": {keysDailyUSD.usd, total.usd},
	} {
		if !pair[0].Equal(pair[1]) {
			t.Errorf("%s are %s, want %s", name, pair[0], pair[1])
		}
	}
}

func TestAnalyticsByDates(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 42, Entries: 100, NoLimits: true})
	end := time.Now().UTC().Truncate(24 * time.Hour)
	analytics, err := newClient(t, s).Billing.GetUsageAnalytics(t.Context(), venice.UsageAnalyticsParams{
		StartDate: end.AddDate(0, 0, -2).Add(5 * time.Hour), EndDate: end.Add(23 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(analytics.ByDate) != 3 || !analytics.ByDate[2].Date.Equal(end) {
		t.Errorf("days are %+v, want the three up to %s", analytics.ByDate, end)
	}
	if query := s.Requests()[0].Query; strings.Contains(query, "T") || !strings.Contains(query, "endDate="+end.Format(time.DateOnly)) {
		t.Errorf("asked %s, want plain dates", query)
	}
}

func TestAnalyticsParamsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{})
	c := newClient(t, s)
	day := testNow
	for name, test := range map[string]struct {
		p    venice.UsageAnalyticsParams
		says []string
	}{
		"no unit":           {venice.UsageAnalyticsParams{Lookback: "7"}, []string{"Lookback", `"7"`, `"1d" to "90d"`}},
		"too far":           {venice.UsageAnalyticsParams{Lookback: "91d"}, []string{"Lookback", "91d"}},
		"no days":           {venice.UsageAnalyticsParams{Lookback: "0d"}, []string{"Lookback", "0d"}},
		"a leading zero":    {venice.UsageAnalyticsParams{Lookback: "07d"}, []string{"Lookback"}},
		"far too far":       {venice.UsageAnalyticsParams{Lookback: "99999999999999999999d"}, []string{"Lookback"}},
		"lookback and days": {venice.UsageAnalyticsParams{Lookback: "7d", StartDate: day, EndDate: day}, []string{"Lookback", "one or the other"}},
		"no end":            {venice.UsageAnalyticsParams{StartDate: day}, []string{"EndDate", "2026-11-01"}},
		"no start":          {venice.UsageAnalyticsParams{EndDate: day}, []string{"StartDate", "2026-11-01"}},
		"end before start":  {venice.UsageAnalyticsParams{StartDate: day, EndDate: day.AddDate(0, 0, -1)}, []string{"EndDate", "2026-10-31", "not be before StartDate"}},
		"91 days":           {venice.UsageAnalyticsParams{StartDate: day, EndDate: day.AddDate(0, 0, 90)}, []string{"EndDate", "at most 90 days", "it is 91"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Billing.GetUsageAnalytics(t.Context(), test.p)
			var p *venice.ParamError
			if !errors.Is(err, venice.ErrInvalidRequest) || !errors.As(err, &p) {
				t.Fatalf("error is %v", err)
			}
			for _, s := range test.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("the error does not say %q: %v", s, err)
				}
			}
		})
	}
	if n := s.RequestCount(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if _, err := c.Billing.GetUsageAnalytics(t.Context(), venice.UsageAnalyticsParams{StartDate: day, EndDate: day.AddDate(0, 0, 89)}); err != nil {
		t.Errorf("90 days: %v", err)
	}
}
