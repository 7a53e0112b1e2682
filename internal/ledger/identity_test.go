package ledger

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/ducat-ledger/ducat/venice"
)

// Two entries have the same identity if and only if all their fields are equal,
// numbers by value.
func TestIdentity(t *testing.T) {
	t.Parallel()
	number := func(t *rapid.T, name string) decimal.Decimal {
		text := rapid.SampledFrom([]string{
			"0", "0.0", "-0.1", "-0.10", "-0.1000000000000000000000", "1e20", "100000000000000000000", "1", "10", "-0.000000000001",
			"123456789012345678", "1234567890123456789", "12345678901234567890", "123456789012345678900e-1", "9223372036854775807", "9223372036854775808",
		}).Draw(t, name)
		return decimal.RequireFromString(text)
	}
	count := func(t *rapid.T, name string) *int64 {
		return rapid.SampledFrom([]*int64{nil, new(int64(0)), new(int64(7))}).Draw(t, name)
	}
	entry := func(t *rapid.T) venice.UsageEntry {
		e := venice.UsageEntry{
			Timestamp:       time.UnixMilli(rapid.Int64Range(0, 1).Draw(t, "time")).UTC(),
			SKU:             rapid.SampledFrom([]string{"", "a", "ab"}).Draw(t, "sku"),
			PricePerUnitUSD: number(t, "price"),
			Units:           number(t, "units"),
			Amount:          number(t, "amount"),
			Currency:        venice.Currency(rapid.SampledFrom([]string{"", "b", "ab"}).Draw(t, "currency")),
			Notes:           rapid.SampledFrom([]string{"", "b"}).Draw(t, "notes"),
		}
		if rapid.Bool().Draw(t, "details") {
			e.InferenceDetails = &venice.InferenceDetails{
				RequestID:              rapid.SampledFrom([]string{"", "r"}).Draw(t, "request"),
				InferenceExecutionTime: count(t, "time taken"),
				PromptTokens:           count(t, "prompt"),
				CompletionTokens:       count(t, "completion"),
			}
		}
		return e
	}
	rapid.Check(t, func(t *rapid.T) {
		a := entry(t)
		b := a
		if rapid.Bool().Draw(t, "other numbers") { // else by chance alone no two would be equal
			b.PricePerUnitUSD, b.Units, b.Amount = number(t, "price"), number(t, "units"), number(t, "amount")
		}
		if rapid.Bool().Draw(t, "another") {
			b = entry(t)
		}
		if same := IdentityOf(&a) == IdentityOf(&b); same != equal(a, b) {
			t.Errorf("identities are the same: %v, of %+v and %+v", same, a, b)
		}
	})
}

func equal(a, b venice.UsageEntry) bool {
	return a.Timestamp.Equal(b.Timestamp) && a.SKU == b.SKU && a.Currency == b.Currency && a.Notes == b.Notes &&
		a.PricePerUnitUSD.Equal(b.PricePerUnitUSD) && a.Units.Equal(b.Units) && a.Amount.Equal(b.Amount) &&
		equalDetails(a.InferenceDetails, b.InferenceDetails)
}

func equalDetails(a, b *venice.InferenceDetails) bool {
	if a == nil || b == nil {
		return a == b
	}
	counts := func(x, y *int64) bool { return x == y || x != nil && y != nil && *x == *y }
	return a.RequestID == b.RequestID && counts(a.InferenceExecutionTime, b.InferenceExecutionTime) &&
		counts(a.PromptTokens, b.PromptTokens) && counts(a.CompletionTokens, b.CompletionTokens)
}
