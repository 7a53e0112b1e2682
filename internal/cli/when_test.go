package cli

import (
	"testing"
	"time"
)

func TestParseWhen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-01-31":                    "2026-01-31T00:00:00Z",
		"2026-01-31T12:00:00Z":          "2026-01-31T12:00:00Z",
		"2026-01-31T12:00:00.504+02:00": "2026-01-31T10:00:00.504Z",
		"7d":                            "2026-06-08T12:00:00Z",
		"12h":                           "2026-06-15T00:00:00Z",
		"0d":                            "2026-06-15T12:00:00Z",
	} {
		got, err := parseWhen(text, noon)
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("parseWhen(%q) = %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "d", "7", "7w", "-7d", "+7d", "1.5d", "2026-02-30", "2026-01-31T12:00:00", "99999d", "9999999999999999999h", "yesterday",
	} {
		if got, err := parseWhen(text, noon); err == nil {
			t.Errorf("parseWhen(%q) = %v, want an error", text, got)
		}
	}
}
