package ledgertest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// zones have the clocks that go wrong first: changes on both sides of the year,
// by half an hour, offsets of a quarter, and a day that was left out.
var zones = []string{"UTC", "America/New_York", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	return must(time.LoadLocation(name))(t)
}

func testPeriods(t *testing.T, s ledger.Store) {
	credit := debit("2026-03-01T05:30:00Z", "credit-purchase", "100", venice.USD, "")
	credit.Units = dec("100")
	free := debit("2026-03-01T04:59:59.999999Z", outputSKU, "0", venice.USD, "chatcmpl-0")
	put(t, s, "mine", ledger.Reading{Window: during("2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"), ReadAt: noon, Entries: []venice.UsageEntry{
		debit("2026-03-01T04:59:59.999Z", outputSKU, "-0.1", venice.USD, "chatcmpl-1"), // in New York, still February and Saturday
		free,
		debit("2026-03-01T05:00:00Z", outputSKU, "-0.2", venice.USD, "chatcmpl-2"), // Sunday
		credit,
		debit("2026-03-02T05:00:00Z", outputSKU, "-0.4", venice.DIEM, "chatcmpl-3"), // Monday
	}})
	purchase := venice.ParseSKU(credit.SKU)
	for by, want := range map[ledger.Dimension][]ledger.Sum{
		ledger.ByMinute: {
			{Group: []string{"2026-02-28T23:59:00-05:00"}, Currency: venice.USD, Meter: "output", Unit: venice.MillionTokens, Entries: 2, Spend: dec("0.1"), Units: dec("0.000454")},
			{Group: []string{"2026-03-01T00:30:00-05:00"}, Currency: venice.USD, Meter: purchase.Meter, Unit: purchase.Unit, Entries: 1, Credit: dec("100")},
			{Group: []string{"2026-03-01T00:00:00-05:00"}, Currency: venice.USD, Meter: "output", Unit: venice.MillionTokens, Entries: 1, Spend: dec("0.2"), Units: dec("0.000227")},
			{Group: []string{"2026-03-02T00:00:00-05:00"}, Currency: venice.DIEM, Meter: "output", Unit: venice.MillionTokens, Entries: 1, Spend: dec("0.4"), Units: dec("0.000227")},
		},
		ledger.ByHour: {
			{Group: []string{"2026-02-28T23:00:00-05:00"}, Currency: venice.USD, Meter: "output", Unit: venice.MillionTokens, Entries: 2, Spend: dec("0.1"), Units: dec("0.000454")},
			{Group: []string{"2026-03-01T00:00:00-05:00"}, Currency: venice.USD, Meter: purchase.Meter, Unit: purchase.Unit, Entries: 1, Credit: dec("100")},
			{Group: []string{"2026-03-01T00:00:00-05:00"}, Currency: venice.USD, Meter: "output", Unit: venice.MillionTokens, Entries: 1, Spend: dec("0.2"), Units: dec("0.000227")},
			{Group: []string{"2026-03-02T00:00:00-05:00"}, Currency: venice.DIEM, Meter: "output", Unit: venice.MillionTokens, Entries: 1, Spend: dec("0.4"), Units: dec("0.000227")},
		},
		ledger.ByDay: {
			{Group: []string{"2026-02-28"}, Currency: venice.USD, Meter: "output", Unit: venice.MillionTokens, Entries: 2, Spend: dec("0.1"), Units: dec("0.000454")},
			{Group: []string{"2026-03-01"}, Currency: venice.USD, Meter: purchase.Meter, Unit: purchase.Unit, Entries: 1, Credit: dec("100")},
			{Group: []string{"2026-03-01"}, Currency: venice.USD, Meter: "output", Unit: venice.MillionTokens, Entries: 1, Spend: dec("0.2"), Units: dec("0.000227")},
			{Group: []string{"2026-03-02"}, Currency: venice.DIEM, Meter: "output", Unit: venice.MillionTokens, Entries: 1, Spend: dec("0.4"), Units: dec("0.000227")},
		},
		ledger.ByWeek: {
			{Group: []string{"2026-02-23"}, Currency: venice.USD, Meter: purchase.Meter, Unit: purchase.Unit, Entries: 1, Credit: dec("100")},
			{Group: []string{"2026-02-23"}, Currency: venice.USD, Meter: "output", Unit: venice.MillionTokens, Entries: 3, Spend: dec("0.3"), Units: dec("0.000681")},
			{Group: []string{"2026-03-02"}, Currency: venice.DIEM, Meter: "output", Unit: venice.MillionTokens, Entries: 1, Spend: dec("0.4"), Units: dec("0.000227")},
		},
		ledger.ByMonth: {
			{Group: []string{"2026-02"}, Currency: venice.USD, Meter: "output", Unit: venice.MillionTokens, Entries: 2, Spend: dec("0.1"), Units: dec("0.000454")},
			{Group: []string{"2026-03"}, Currency: venice.USD, Meter: purchase.Meter, Unit: purchase.Unit, Entries: 1, Credit: dec("100")},
			{Group: []string{"2026-03"}, Currency: venice.USD, Meter: "output", Unit: venice.MillionTokens, Entries: 1, Spend: dec("0.2"), Units: dec("0.000227")},
			{Group: []string{"2026-03"}, Currency: venice.DIEM, Meter: "output", Unit: venice.MillionTokens, Entries: 1, Spend: dec("0.4"), Units: dec("0.000227")},
		},
	} {
		query := ledger.Query{By: []ledger.Dimension{by}, Zone: zone(t, "America/New_York")}
		sameSums(t, string(by), want, must(s.Sums(t.Context(), query))(t))
	}
	hours := must(s.Sums(t.Context(), ledger.Query{By: []ledger.Dimension{ledger.ByModel, ledger.ByHour}, Selection: ledger.Selection{Currencies: []venice.Currency{venice.DIEM}}}))(t)
	if len(hours) != 1 || !slices.Equal(hours[0].Group, []string{"zai-org-glm-5-1", "2026-03-02T05:00:00Z"}) {
		t.Errorf("an hour in UTC is %v", hours)
	}
}

// testClockChanges compares sums around every kind of change of the clocks with
// the reference, which groups with Go's time package, and some with the calendar.
func testClockChanges(t *testing.T, s ledger.Store) {
	reference := &Memory{}
	for _, middle := range []string{
		"2025-03-09T07:00:00Z", "2025-11-02T06:00:00Z", // New York
		"2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z", // London
		"2025-04-05T15:00:00Z", "2025-10-04T15:30:00Z", // Lord Howe
		"2011-12-30T10:00:00Z", "2021-04-03T14:00:00Z", // Apia
	} {
		r := ledger.Reading{Window: ledger.Window{Start: at(middle).Add(-30 * time.Hour), End: at(middle).Add(30 * time.Hour)}, ReadAt: noon}
		for when := r.Window.Start; when.Before(r.Window.End); when = when.Add(15 * time.Minute) {
			e := debit(middle, outputSKU, "-0.01", venice.DIEM, "chatcmpl-"+when.Format("150405"))
			e.Timestamp = when
			r.Entries = append(r.Entries, e)
		}
		put(t, s, "mine", r)
		put(t, reference, "mine", r)
	}
	days := map[string]map[string]int64{}
	for _, name := range zones {
		for _, by := range []ledger.Dimension{ledger.ByMinute, ledger.ByHour, ledger.ByDay, ledger.ByWeek, ledger.ByMonth} {
			query := ledger.Query{By: []ledger.Dimension{by}, Zone: zone(t, name)}
			sums := must(s.Sums(t.Context(), query))(t)
			sameSums(t, "sums by "+string(by)+" in "+name, must(reference.Sums(t.Context(), query))(t), sums)
			sameCounts(t, "requests by "+string(by)+" in "+name, must(reference.Requests(t.Context(), query))(t), must(s.Requests(t.Context(), query))(t))
			if by == ledger.ByMinute { // spelled like hours
				continue
			}
			for _, sum := range sums {
				if days[name] == nil {
					days[name] = map[string]int64{}
				}
				days[name][sum.Group[0]] += sum.Entries
			}
		}
	}
	for _, want := range []struct {
		zone, period string
		entries      int64
	}{
		{"America/New_York", "2025-03-09", 23 * 4},
		{"America/New_York", "2025-11-02", 25 * 4},
		{"America/New_York", "2025-11-02T01:00:00-04:00", 4},
		{"America/New_York", "2025-11-02T01:00:00-05:00", 4},
		{"America/New_York", "2025-03-09T02:00:00-05:00", 0},
		{"Australia/Lord_Howe", "2025-04-06", 24*4 + 2},
		{"Australia/Lord_Howe", "2025-10-05", 24*4 - 2},
		{"Pacific/Apia", "2011-12-30", 0},
		{"Pacific/Apia", "2011-12-29", 24 * 4},
		{"UTC", "2025-11-02", 24 * 4},
	} {
		if got := days[want.zone][want.period]; got != want.entries {
			t.Errorf("%s in %s has %d entries, want %d", want.period, want.zone, got, want.entries)
		}
	}
}

func testRequests(t *testing.T, s ledger.Store) {
	image := debit("2026-06-26T13:00:00Z", imageSKU, "-0.1", venice.USD, "")
	image.InferenceDetails = nil
	entries := []venice.UsageEntry{
		debit("2026-06-26T10:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-1"),
		debit("2026-06-26T10:00:00.005Z", inputSKU, "-1", venice.USD, "chatcmpl-1"),
		debit("2026-06-26T11:00:00Z", outputSKU, "-1", venice.DIEM, "chatcmpl-2"),
		debit("2026-06-26T12:00:00Z", outputSKU, "-1", venice.DIEM, ""),
		image,
	}
	put(t, s, "a", ledger.Reading{Window: daytime, ReadAt: noon, Entries: entries})
	put(t, s, "b", ledger.Reading{Window: daytime, ReadAt: noon, Entries: entries[:1]})
	for name, test := range map[string]struct {
		by   []ledger.Dimension
		want map[string]int64
	}{
		"all":         {nil, map[string]int64{"": 3}},
		"by account":  {[]ledger.Dimension{ledger.ByAccount}, map[string]int64{"a": 2, "b": 1}},
		"by meter":    {[]ledger.Dimension{ledger.ByMeter}, map[string]int64{"output": 3, "input": 1, "image": 0}},
		"by currency": {[]ledger.Dimension{ledger.ByCurrency}, map[string]int64{"DIEM": 3, "USD": 1}},
		"by day":      {[]ledger.Dimension{ledger.ByDay}, map[string]int64{"2026-06-26": 3}},
		"by two":      {[]ledger.Dimension{ledger.BySKU, ledger.ByHour}, map[string]int64{outputSKU + " 2026-06-26T10:00:00Z": 2, outputSKU + " 2026-06-26T11:00:00Z": 1, outputSKU + " 2026-06-26T12:00:00Z": 0, inputSKU + " 2026-06-26T10:00:00Z": 1, imageSKU + " 2026-06-26T13:00:00Z": 0}},
	} {
		got := map[string]int64{}
		for _, count := range must(s.Requests(t.Context(), ledger.Query{By: test.by}))(t) {
			got[strings.Join(count.Group, " ")] = count.Requests
		}
		same(t, name, test.want, got)
	}
}

func testRefusedQueries(t *testing.T, s ledger.Store) {
	put(t, s, "mine", ledger.Reading{Window: daytime, ReadAt: noon})
	for _, by := range [][]ledger.Dimension{
		{"key"}, {ledger.ByModel, ledger.ByModel}, {ledger.ByDay, ledger.ByHour}, {""},
	} {
		if _, err := s.Sums(t.Context(), ledger.Query{By: by}); err == nil {
			t.Errorf("sums by %q: no error", by)
		}
		if _, err := s.Requests(t.Context(), ledger.Query{By: by}); err == nil {
			t.Errorf("requests by %q: no error", by)
		}
	}
}
