package venice_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// TestEveryFault walks the ledger while the server misbehaves. What comes is
// the ledger's beginning, and the error, if there is one, is of the category
// that tells a program what to do.
func TestEveryFault(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		faults string
		is     error // nil: the walk succeeds
	}{
		{"hang@1", venice.ErrTimeout},
		{"slow-body@1", venice.ErrTimeout},
		{"cut-body@1x2", nil},
		{"cut-body@1", venice.ErrConnection},
		{"reset@1x3", nil},
		{"reset@1", venice.ErrConnection},
		{"429@1x2", nil},
		{"429@1", venice.ErrRateLimit},
		{"429-retry-after=2m@1", venice.ErrRateLimit},
		{"lock-out@1", venice.ErrRateLimit},
		{"500@1x3", nil},
		{"500@1", venice.ErrServer},
		{"502@1x1", nil},
		{"503@1x1", nil},
		{"504@1x1", nil},
		{"html@1x1", nil},
		{"html@1", venice.ErrServer},
		{"redirect@1", venice.ErrServer},
		{"truncated-json@1x2", nil},
		{"truncated-json@1", venice.ErrConnection},
		{"numbers-as-strings", nil},
		{"extra-keys", nil},
		{"timestamp-object@1", venice.ErrServer},
		{"empty-page@1x3", nil},
		{"repeated-cursor@1", venice.ErrCursor},
		{"expired-cursor@1", venice.ErrCursor},
		{"poisoned-cursor@1", venice.ErrServer},
		{"500@0x1,429@2x1,cut-body@3x1,reset@5x1,empty-page@6x1", nil},
	} {
		t.Run(test.faults, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				faults, err := venicetest.ParseFaults(test.faults)
				if err != nil {
					t.Fatal(err)
				}
				s, c := newBubble(t, venicetest.Config{Seed: 21, Entries: 500, NoLimits: true, Faults: faults})
				want := selection(t, s.Entries(), ascending)
				var got []string
				var failure error
				for page, err := range c.Billing.UsageHistoryPages(t.Context(), venice.UsageHistoryParams{PageSize: 100}) {
					if failure = err; err == nil {
						got = append(got, texts(page.Data)...)
					}
				}
				switch {
				case test.is == nil && (failure != nil || !slices.Equal(got, want)):
					t.Errorf("%d of %d entries, error %v", len(got), len(want), failure)
				case test.is != nil && (!errors.Is(failure, test.is) || len(got) < 100 || !slices.Equal(got, want[:len(got)])):
					t.Errorf("%d entries, error %v, want the first page at least and %v", len(got), failure, test.is)
				}
				if failure != nil && strings.Contains(failure.Error(), s.AdminKey) {
					t.Errorf("the error shows the key: %v", failure)
				}
			})
		})
	}
}

// newBubble is a simulator without a network and a client of it, for a bubble
// where time stands still.
func newBubble(t *testing.T, cfg venicetest.Config) (*venicetest.Server, *venice.Client) {
	t.Helper()
	s, err := venicetest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	c, err := venice.NewClient(venice.WithAPIKey(s.AdminKey), venice.WithHTTPClient(&http.Client{Transport: s.Transport()}))
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// Venice is known to hang on small ranges and on those that match nothing. An
// idle account must still show its newest entries.
func TestTheNewestPageWhereEmptyWindowsHang(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		entries, days int
		idle          time.Duration
	}{
		"used today":             {900, 60, 0},
		"idle for a month":       {900, 60, 30 * day},
		"busy, idle for a month": {30_000, 60, 30 * day},
		"idle for a year":        {5000, 60, 365 * day},
		"hardly used":            {7, 400, 0},
		"used once":              {1, 1, 90 * day},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, c := newBubble(t, venicetest.Config{
					Seed: 31, Entries: test.entries, Days: test.days, NoLimits: true,
					Now:    func() time.Time { return time.Now().Add(-test.idle) },
					Faults: []venicetest.Fault{{Kind: venicetest.FaultHangSmall}},
				})
				page, err := c.Billing.GetUsage(t.Context(), venice.UsageParams{Limit: 50})
				if err != nil {
					t.Fatalf("%v after %d requests", err, s.RequestCount())
				}
				want := selection(t, s.Entries(), venice.UsageParams{})
				if !slices.Equal(texts(page.Data), want[:min(50, len(want))]) || page.HasMore != (len(want) > 50) {
					t.Errorf("%d entries, more %v", len(page.Data), page.HasMore)
				}
			})
		})
	}
}

func TestKeysOfEachKind(t *testing.T) {
	t.Parallel()
	s := venicetest.NewServer(t, venicetest.Config{Seed: 22, Entries: 10})
	for name, test := range map[string]struct{ key, says string }{
		"inference": {s.InferenceKey, "INFERENCE key"},
		"revoked":   {s.RevokedKey, "wrong, revoked or expired"},
		"unknown":   {"something", "wrong, revoked or expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, s, venice.WithAPIKey(test.key))
			for call, err := range map[string]error{
				"GetBalance":        errOf(c.Billing.GetBalance(t.Context())),
				"GetUsage":          errOf(c.Billing.GetUsage(t.Context(), venice.UsageParams{})),
				"GetUsageCSV":       errOf(c.Billing.GetUsageCSV(t.Context(), venice.UsageParams{})),
				"IterUsage":         firstError(c.Billing.IterUsage(t.Context(), venice.UsageParams{})),
				"GetUsageAnalytics": errOf(c.Billing.GetUsageAnalytics(t.Context(), venice.UsageAnalyticsParams{})),
				"GetUsageHistory":   errOf(c.Billing.GetUsageHistory(t.Context(), venice.UsageHistoryParams{})),
			} {
				if !errors.Is(err, venice.ErrAuthentication) || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s: error is %v", call, err)
				}
				if err != nil && strings.Contains(err.Error(), test.key) {
					t.Errorf("%s: the error shows the key", call)
				}
			}
		})
	}
}
