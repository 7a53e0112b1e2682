package api_test

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// TestVenicesClientNeedsOnlyAnotherBaseURL walks everything with the project's own
// client; interop does the same with one that is not ours.
func TestVenicesClientNeedsOnlyAnotherBaseURL(t *testing.T) {
	t.Parallel()
	sim := simulated(t, 11)
	store := books(t, sim)
	if err := store.SaveBalance(t.Context(), "other", ledger.BalanceAt{At: noon}); err != nil {
		t.Fatal(err)
	}
	want := map[ledger.Identity]int{}
	for e, err := range connect(t, sim.BaseURL, sim.AdminKey, sim.Transport()).Billing.IterUsageHistory(t.Context(), venice.UsageHistoryParams{}) {
		if err != nil {
			t.Fatal(err)
		}
		want[ledger.IdentityOf(&e)]++
	}
	// The client keeps the query of its base URL in every request, beside cursors too.
	client := connect(t, "http://127.0.0.1/api/v1?account=default", "token", serve(t, store)).Billing
	ctx := t.Context()

	for name, entries := range map[string]iter.Seq2[venice.UsageEntry, error]{
		"IterUsage":        client.IterUsage(ctx, venice.UsageParams{Limit: 300}),
		"IterUsage asc":    client.IterUsage(ctx, venice.UsageParams{Limit: 499, SortOrder: venice.Ascending}),
		"IterUsageHistory": client.IterUsageHistory(ctx, venice.UsageHistoryParams{PageSize: 400}),
		"csv of usage": func(yield func(venice.UsageEntry, error) bool) {
			for page := 1; page > 0; page++ {
				csv, err := client.GetUsageCSV(ctx, venice.UsageParams{Limit: 500, Page: page})
				if err != nil {
					yield(venice.UsageEntry{}, err)
					return
				}
				for e, err := range venice.ReadUsageCSV(csv.Body) {
					if !yield(e, err) {
						return
					}
				}
				if !csv.HasMore {
					return
				}
			}
		},
		"csv of history": func(yield func(venice.UsageEntry, error) bool) {
			for p := (venice.UsageHistoryParams{}); ; {
				csv, err := client.GetUsageHistoryCSV(ctx, p)
				if err != nil {
					yield(venice.UsageEntry{}, err)
					return
				}
				for e, err := range venice.ReadUsageCSV(csv.Body) {
					if !yield(e, err) {
						return
					}
				}
				if csv.NextCursor == "" {
					return
				}
				p = venice.UsageHistoryParams{Cursor: csv.NextCursor}
			}
		},
	} {
		got := map[ledger.Identity]int{}
		for e, err := range entries {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got[ledger.IdentityOf(&e)]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}

	page, err := client.GetUsage(ctx, venice.UsageParams{CountTotals: true})
	if err != nil || len(page.Data) != 200 || !page.HasMore || page.Totals == nil {
		t.Fatalf("GetUsage: %v, %v", page, err)
	}
	if !slices.IsSortedFunc(page.Data, func(a, b venice.UsageEntry) int { return b.Timestamp.Compare(a.Timestamp) }) {
		t.Error("the newest are not first")
	}
	if balance, err := client.GetBalance(ctx); err != nil || !balance.Balances.DIEM.Valid || !balance.CanConsume {
		t.Errorf("GetBalance: %v, %v", balance, err)
	}
	if analytics, err := client.GetUsageAnalytics(ctx, venice.UsageAnalyticsParams{Lookback: "30d"}); err != nil || len(analytics.ByDate) != 30 || len(analytics.ByModel) == 0 {
		t.Errorf("GetUsageAnalytics: %v, %v", analytics, err)
	}
	stranger := connect(t, "http://127.0.0.1/api/v1", "token", serve(t, store).as(nil)).Billing
	if _, err := stranger.GetBalance(ctx); !errors.Is(err, venice.ErrPermissionDenied) {
		t.Errorf("without a viewer: %v", err)
	}
	if _, err := client.GetUsageHistory(ctx, venice.UsageHistoryParams{Cursor: "abc"}); !errors.Is(err, venice.ErrCursor) {
		t.Errorf("a foreign cursor: %v", err)
	}
	if _, err := client.GetUsage(ctx, venice.UsageParams{StartDate: noon, Currency: "X"}); !errors.Is(err, venice.ErrInvalidRequest) {
		t.Errorf("an unknown currency: %v", err)
	}
}
