package focus_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

func TestCorrections(t *testing.T) {
	t.Parallel()
	debit := func(when, sku, request string) venice.UsageEntry {
		return of(use(when, sku, "4.8", "0.0005", "-0.0024", venice.USD), request)
	}
	refund := func(when, sku, request string) venice.UsageEntry {
		return of(use(when, sku, "4.8", "0.0005", "0.0024", venice.USD), request)
	}
	const refunded = "2026-11-01T00:00:00Z"
	for name, test := range map[string]struct {
		home, work []venice.UsageEntry
		want       string
	}{
		"the last instant of the month before": {
			home: []venice.UsageEntry{debit("2026-10-31T23:59:59.999Z", outputSKU, "a"), refund(refunded, outputSKU, "a")}, want: "Correction"},
		"two months before": {
			home: []venice.UsageEntry{debit("2026-09-02T00:00:00Z", outputSKU, "a"), refund(refunded, outputSKU, "a")}, want: "Correction"},
		"the same month": {
			home: []venice.UsageEntry{debit(refunded, outputSKU, "a"), refund("2026-11-30T23:59:59.999Z", outputSKU, "a")}},
		"debits of both months": {
			home: []venice.UsageEntry{debit("2026-10-31T23:59:59.999Z", outputSKU, "a"), debit(refunded, outputSKU, "a"), refund("2026-11-02T00:00:00Z", outputSKU, "a")}},
		"another SKU": {
			home: []venice.UsageEntry{debit("2026-10-31T00:00:00Z", imageSKU, "a"), refund(refunded, outputSKU, "a")}},
		"another request": {
			home: []venice.UsageEntry{debit("2026-10-31T00:00:00Z", outputSKU, "b"), refund(refunded, outputSKU, "a")}},
		"another account": {
			home: []venice.UsageEntry{refund(refunded, outputSKU, "a")},
			work: []venice.UsageEntry{debit("2026-10-31T00:00:00Z", outputSKU, "a")}},
		"another refund": {
			home: []venice.UsageEntry{refund("2026-10-31T00:00:00Z", outputSKU, "a"), refund(refunded, outputSKU, "a")}},
		"no original": {
			home: []venice.UsageEntry{refund(refunded, outputSKU, "a")}},
		"no request": {
			home: []venice.UsageEntry{debit("2026-10-31T00:00:00Z", outputSKU, ""), refund(refunded, outputSKU, "")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := books(t, map[string][]venice.UsageEntry{"home": test.home, "work": test.work})
			for _, grain := range []string{focus.GrainEntry, focus.GrainDay} {
				// The originals are outside of what is selected.
				rows, _ := streamed(t, store, focus.Options{Grain: grain,
					Selection: ledger.Selection{Window: ledger.Window{Start: at(refunded)}}})
				if got := rows[len(rows)-1]["ChargeClass"]; got != test.want {
					t.Errorf("by %s: the class is %q, want %q", grain, got, test.want)
				}
			}
		})
	}
}

// A scripted source counts what it is asked, and fails when it is told to.
type scripted struct {
	*ledgertest.Memory
	asked     [][]string // requests of each call of Entries
	failAfter int        // entries; 0 never fails
}

var errBroken = errors.New("the disk is gone")

func (s *scripted) Entries(ctx context.Context, selection ledger.Selection) iter.Seq2[ledger.Entry, error] {
	s.asked = append(s.asked, selection.Requests)
	return func(yield func(ledger.Entry, error) bool) {
		n := 0
		for e, err := range s.Memory.Entries(ctx, selection) {
			if n++; s.failAfter > 0 && n > s.failAfter {
				yield(ledger.Entry{}, errBroken)
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// TestOriginalsAreAskedForTogether refunds many requests.
func TestOriginalsAreAskedForTogether(t *testing.T) {
	t.Parallel()
	var entries []venice.UsageEntry
	for i := range 300 {
		request := fmt.Sprint("r", i)
		day := at("2026-10-05T00:00:00Z").Add(time.Duration(i) * time.Minute).Format(time.RFC3339)
		later := at("2026-11-05T00:00:00Z").Add(time.Duration(i) * time.Minute).Format(time.RFC3339)
		entries = append(entries,
			of(use(day, outputSKU, "1", "1", "-1", venice.USD), request), of(use(later, outputSKU, "1", "1", "1", venice.USD), request))
	}
	source := &scripted{Memory: home(t, entries...)}
	rows, _ := streamed(t, source, focus.Options{})
	var corrections int
	for _, row := range rows {
		if row["ChargeClass"] == "Correction" {
			corrections++
		}
	}
	if corrections != 300 {
		t.Errorf("%d corrections, want 300", corrections)
	}
	var sizes []int
	for _, requests := range source.asked {
		sizes = append(sizes, len(requests))
	}
	if diff := cmp.Diff([]int{0, 300}, sizes); diff != "" {
		t.Errorf("requests asked for (-want +got):\n%s", diff)
	}
}
