package venice

import (
	"time"

	"github.com/shopspring/decimal"
)

// A UsageEntry is one row of the usage ledger as Venice reports it. One request
// to a model makes several entries (input, output, cached input, ...), a few
// milliseconds apart. Venice gives entries no identity, and two equal entries
// can be two real charges.
type UsageEntry struct {
	// Timestamp is when the usage was recorded, in UTC, to the millisecond.
	Timestamp time.Time
	// SKU names what was charged; [ParseSKU] reads it.
	SKU string
	// PricePerUnitUSD is the price in US dollars that was applied to this
	// entry. Prices change over time.
	PricePerUnitUSD decimal.Decimal
	// Units is how much was used: millions of tokens for token SKUs (0.000227
	// is 227 tokens), a count for images.
	Units decimal.Decimal
	// Amount is what was billed, in Currency: negative is a debit, positive a
	// purchase or a refund. Never recompute it from Units and PricePerUnitUSD.
	Amount decimal.Decimal
	// Currency is what Amount is counted in.
	Currency Currency
	// Notes says where the usage came from: "API Inference" for use through an
	// API key. For reading, not for parsing.
	Notes string
	// InferenceDetails tell of the request behind the entry. They are nil for
	// purchases, subscriptions and some images, and repeat on every entry of a
	// request: count their tokens once for each RequestID, or use Units.
	InferenceDetails *InferenceDetails
}

// InferenceDetails are the facts of the request that an entry belongs to. A nil
// number was not recorded.
type InferenceDetails struct {
	// RequestID is the id of the inference response ("chatcmpl-...").
	RequestID string
	// InferenceExecutionTime is in milliseconds.
	InferenceExecutionTime *int64
	// PromptTokens counts the whole prompt, cached tokens included.
	PromptTokens *int64
	// CompletionTokens counts what the model wrote.
	CompletionTokens *int64
}
