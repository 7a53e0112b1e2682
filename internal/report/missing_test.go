package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

func TestMissingParts(t *testing.T) {
	t.Parallel()
	when := func(text string) time.Time { return at(t, text+":00Z") }
	parts := map[string]ledger.Window{
		"2026-06-01":                           {Start: when("2026-06-01T00:00"), End: when("2026-06-02T00:00")},
		"2026-06-01 to 2026-06-30":             {Start: when("2026-06-01T00:00"), End: when("2026-07-01T00:00")},
		"2026-06-01 05:00 to 2026-06-02 00:00": {Start: when("2026-06-01T05:00"), End: when("2026-06-02T00:00")},
		"all before 2026-06-01":                {Start: ledger.Beginning, End: when("2026-06-01T00:00")},
	}
	for want, w := range parts {
		if got := (report.Coverage{Missing: []ledger.Window{w}}).MissingParts(); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q", w, got, want)
		}
	}
	day := parts["2026-06-01"]
	for n, want := range map[int][]string{
		3: {"2026-06-01", "2026-06-01", "2026-06-01"},
		4: {"2026-06-01", "2026-06-01", "2026-06-01", "1 more window"},
		9: {"2026-06-01", "2026-06-01", "2026-06-01", "6 more windows"},
	} {
		if got := (report.Coverage{Missing: slices.Repeat([]ledger.Window{day}, n)}).MissingParts(); !slices.Equal(got, want) {
			t.Errorf("%d windows: %q, want %q", n, got, want)
		}
	}
}

func TestMissingText(t *testing.T) {
	t.Parallel()
	end := at(t, "2026-06-15T12:00:00Z")
	hole := ledger.Window{Start: at(t, "2026-06-13T00:00:00Z"), End: at(t, "2026-06-14T00:00:00Z")}
	tail := ledger.Window{Start: end.Add(-time.Hour), End: end}
	lack := func(accounts int) []report.Coverage {
		return slices.Repeat([]report.Coverage{{Account: "a", AsOf: end, Missing: []ledger.Window{hole}}, {Account: "b", AsOf: end}}, accounts)
	}
	ten := strings.Repeat("a lacks 2026-06-13; ", 10)
	for _, test := range []struct {
		name         string
		coverage     []report.Coverage
		text, remedy string
	}{
		{"no account", nil, "the books are empty", "run 'ducat sync'"},
		{"a hole", []report.Coverage{{Account: "home", AsOf: end}, {Account: "work", AsOf: end, Missing: []ledger.Window{hole}}},
			"work lacks 2026-06-13", "run 'ducat sync --since 2026-06-13'"},
		{"the end", []report.Coverage{{Account: "home", AsOf: tail.Start, Missing: []ledger.Window{tail}}},
			"home lacks 2026-06-15 11:00 to 2026-06-15 12:00", "run 'ducat sync'"},
		{"ten accounts", lack(10), strings.TrimSuffix(ten, "; "), "run 'ducat sync --since 2026-06-13'"},
		{"one more", lack(11), ten + "1 more account lacks something", "run 'ducat sync --since 2026-06-13'"},
		{"thousands", lack(5000), ten + "4990 more accounts lack something", "run 'ducat sync --since 2026-06-13'"},
		{"the beginning", []report.Coverage{{Account: "home", AsOf: end, Missing: []ledger.Window{{Start: ledger.Beginning, End: hole.Start}}}},
			"home lacks all before 2026-06-13", "run 'ducat sync'"},
	} {
		if text, remedy := report.MissingText(test.coverage), report.Remedy(test.coverage); text != test.text || remedy != test.remedy {
			t.Errorf("%s: %q and %q, want %q and %q", test.name, text, remedy, test.text, test.remedy)
		}
	}
}
