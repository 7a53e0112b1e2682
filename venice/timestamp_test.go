package venice

import (
	"testing"
	"time"
)

func TestParseTimestamp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want time.Time
	}{
		{"2026-06-15T19:05:10.504Z", time.Date(2026, 6, 15, 19, 5, 10, 504e6, time.UTC)},
		{"2026-06-15T19:05:10Z", time.Date(2026, 6, 15, 19, 5, 10, 0, time.UTC)},
		{"2026-06-15T19:05:10.5Z", time.Date(2026, 6, 15, 19, 5, 10, 500e6, time.UTC)},
		{"2026-06-15T19:05:10.123456789012Z", time.Date(2026, 6, 15, 19, 5, 10, 123456789, time.UTC)},
		{"2026-06-15T23:05:10.504-02:00", time.Date(2026, 6, 16, 1, 5, 10, 504e6, time.UTC)},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			got, err := parseTimestamp(test.text)
			if err != nil || !got.Equal(test.want) || got.Location() != time.UTC {
				t.Errorf("parseTimestamp(%q) = %v, %v, want %v", test.text, got, err, test.want)
			}
		})
	}
	for _, text := range []string{
		"", "{}", "2026-06-15", "2026-06-15T19:05:10", "2026-06-15 19:05:10Z", "2026-02-30T00:00:00Z", "1750000000000",
		"9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00", // beyond four digits of a year once in UTC
	} {
		t.Run("refuses "+text, func(t *testing.T) {
			t.Parallel()
			if got, err := parseTimestamp(text); err == nil {
				t.Errorf("parseTimestamp(%q) = %v, want an error", text, got)
			}
		})
	}
}

func TestParseDay(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		text string
		want time.Time
	}{
		{"2026-01-31", day},
		{"1769817600000", day},
		{"1769817600000.0", day},
		{"1.7698176e12", day},
		{"1769903999999.9", day}, // its last millisecond
		{"1769817599999.9", day.AddDate(0, 0, -1)},
		{"2026-01-31T00:00:00.000Z", day},
		{"2026-01-31T23:59:59Z", day},
		{"2026-01-31T23:30:00-01:00", day.AddDate(0, 0, 1)},
		{"0", time.Unix(0, 0)},
		{"-0.5", time.Unix(0, 0).AddDate(0, 0, -1)},
		{"0001-01-01", time.Time{}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			got, err := parseDay(test.text)
			if err != nil || !got.Equal(test.want) || got.Location() != time.UTC {
				t.Errorf("parseDay(%q) = %v, %v, want %v", test.text, got, err, test.want)
			}
		})
	}
	for _, text := range []string{
		"", "yesterday", "31.01.2026", "2026-1-31", "2026-02-30", "2026-01-31T00:00:00", "1e300", "253402300800000",
	} {
		t.Run("refuses "+text, func(t *testing.T) {
			t.Parallel()
			if got, err := parseDay(text); err == nil {
				t.Errorf("parseDay(%q) = %v, want an error", text, got)
			}
		})
	}
}

func TestFormatTimestamp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		instant time.Time
		want    string
	}{
		{time.Date(2026, 6, 15, 19, 5, 10, 504e6, time.UTC), "2026-06-15T19:05:10.504Z"},
		{time.Date(2026, 6, 15, 19, 5, 10, 0, time.UTC), "2026-06-15T19:05:10.000Z"},
		{time.Date(2026, 6, 15, 19, 5, 10, 500100e3, time.UTC), "2026-06-15T19:05:10.5001Z"},
		{time.Date(2026, 6, 15, 23, 5, 10, 0, time.FixedZone("", -2*60*60)), "2026-06-16T01:05:10.000Z"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			if got := formatTimestamp(test.instant); got != test.want {
				t.Errorf("formatTimestamp(%v) = %q, want %q", test.instant, got, test.want)
			}
		})
	}
}
