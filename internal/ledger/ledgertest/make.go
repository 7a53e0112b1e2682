package ledgertest

import (
	stdcmp "cmp"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// at is the instant that an RFC 3339 text names.
func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err) // a mistake in a test
	}
	return t.UTC()
}

// during is the window between two instants, spelled as "start/end".
func during(start, end string) ledger.Window { return ledger.Window{Start: at(start), End: at(end)} }

func dec(text string) decimal.Decimal { return decimal.RequireFromString(text) }

const (
	outputSKU = "zai-org-glm-5-1-llm-output-mtoken"
	inputSKU  = "zai-org-glm-5-1-llm-input-mtoken"
	imageSKU  = "grok-imagine-image-image-unit"
)

// debit is an entry of a request to a model.
func debit(when, sku, amount string, currency venice.Currency, request string) venice.UsageEntry {
	tokens, took := int64(339), int64(2964)
	return venice.UsageEntry{
		Timestamp: at(when), SKU: sku, PricePerUnitUSD: dec("2.8"), Units: dec("0.000227"), Amount: dec(amount),
		Currency: currency, Notes: "API Inference",
		InferenceDetails: &venice.InferenceDetails{RequestID: request, InferenceExecutionTime: &took, PromptTokens: &tokens},
	}
}

// put replaces one window and gives the change.
func put(t *testing.T, s ledger.Store, account string, r ledger.Reading) ledger.Change {
	t.Helper()
	changes, err := s.Replace(t.Context(), account, []ledger.Reading{r})
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 1 {
		t.Fatalf("one reading made %d changes", len(changes))
	}
	return changes[0]
}

// all gives the selected entries.
func all(t *testing.T, s ledger.Books, selection ledger.Selection) []ledger.Entry {
	t.Helper()
	var entries []ledger.Entry
	for e, err := range s.Entries(t.Context(), selection) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

// usage is what the entries say of usage.
func usage(entries []ledger.Entry) []venice.UsageEntry {
	var plain []venice.UsageEntry
	for _, e := range entries {
		plain = append(plain, e.UsageEntry)
	}
	return plain
}

// same compares by value: numbers, instants, and lists without elements.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// sameEntries compares as same does, and quickly if all is well.
func sameEntries(t *testing.T, what string, want, got []ledger.Entry) {
	t.Helper()
	equal := func(a, b ledger.Entry) bool {
		return compareEntries(a, b) == 0 && a.Identity == ledger.IdentityOf(&b.UsageEntry)
	}
	if !slices.EqualFunc(want, got, equal) {
		same(t, what, want, got)
	}
}

// sameSums compares as same does, in any order, and quickly if all is well.
func sameSums(t *testing.T, what string, want, got []ledger.Sum) {
	t.Helper()
	key := func(s ledger.Sum) []string {
		return append(slices.Clone(s.Group), string(s.Currency), s.Meter, string(s.Unit))
	}
	order := func(a, b ledger.Sum) int { return slices.Compare(key(a), key(b)) }
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	equal := func(a, b ledger.Sum) bool {
		return order(a, b) == 0 && a.Entries == b.Entries && a.Spend.Equal(b.Spend) && a.Credit.Equal(b.Credit) && a.Units.Equal(b.Units)
	}
	if !slices.EqualFunc(want, got, equal) {
		same(t, what, want, got)
	}
}

// sameCounts compares as same does, in any order.
func sameCounts(t *testing.T, what string, want, got []ledger.RequestCount) {
	t.Helper()
	order := func(a, b ledger.RequestCount) int {
		return stdcmp.Or(slices.Compare(a.Group, b.Group), stdcmp.Compare(a.Requests, b.Requests))
	}
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	if !slices.EqualFunc(want, got, func(a, b ledger.RequestCount) bool { return order(a, b) == 0 }) {
		same(t, what, want, got)
	}
}

// samePrices compares as same does, in any order.
func samePrices(t *testing.T, what string, want, got []ledger.PriceUse) {
	t.Helper()
	order := func(a, b ledger.PriceUse) int {
		return stdcmp.Or(stdcmp.Compare(a.SKU, b.SKU), a.Price.Cmp(b.Price))
	}
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	same(t, what, want, got)
}

// Opened is what was opened, books for instance. The test fails where that failed,
// and where it cannot be closed at the end.
func Opened[T io.Closer](opened T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := opened.Close(); err != nil {
				t.Error(err)
			}
		})
		return opened
	}
}

// must is a value without an error.
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
