package venice

import (
	"time"

	"github.com/shopspring/decimal"
)

// UsageAnalyticsParams choose the days to sum up: the last days, or a range.
// The zero value asks for the last 7 days.
type UsageAnalyticsParams struct {
	// Lookback is a number of days such as "7d", "1d" to "90d". Not beside
	// dates.
	Lookback string
	// StartDate and EndDate are UTC days, both included, at most 90 of them.
	// Both or none. The time of day is ignored.
	StartDate, EndDate time.Time
}

// UsageAnalytics are Venice's own sums of debits over whole UTC days, which it
// keeps for 90 days and caches for 10 minutes. All spend is positive.
// Everywhere here USD includes BUNDLED_CREDITS, and EARNED_CREDITS are left out
// altogether, so these sums and the ledger's can rightly differ.
//
// The endpoint is in beta: its shape may change without notice.
type UsageAnalytics struct {
	// Lookback is the period, as Venice understood it: "7d" or
	// "2026-01-01:2026-01-31".
	Lookback string
	// ByDate has every day of the period, in Venice's order.
	ByDate []DateSpend
	// ByModel has every model, highest spend first.
	ByModel []ModelSpend
	// ByModelDaily has a row for each day: USD and DIEM together, by model
	// name. ByModelDailyUSD is the USD part alone (undocumented; may be nil).
	ByModelDaily, ByModelDailyUSD []DailySpend
	// TopModels are the names in the daily rows: the 50 highest, and "Other"
	// for the sum of the rest.
	TopModels []string
	// ByKey has every API key, highest spend first.
	ByKey []KeySpend
	// ByKeyDaily and ByKeyDailyUSD are the daily rows by key description.
	ByKeyDaily, ByKeyDailyUSD []DailySpend
	// TopKeyNames are the names in the daily rows by key.
	TopKeyNames []string
	// Meta is what the answer's headers said.
	Meta Meta
}

// DateSpend is the spend of one UTC day.
type DateSpend struct {
	Date      time.Time // 00:00 UTC
	USD, DIEM decimal.Decimal
}

// ModelSpend is the spend on one model.
type ModelSpend struct {
	// ModelName is a name for display; different models can share it.
	ModelName string
	// UnitType says what Units count: "tokens" (single ones, unlike in the
	// ledger), "images", "chars", "minutes", "seconds", or one yet unknown.
	UnitType string
	// ModelType is "LLM", "IMAGE", "TTS", "ASR", "VIDEO", one yet unknown, or
	// "" for other services.
	ModelType           string
	TotalUSD, TotalDIEM decimal.Decimal
	TotalUnits          decimal.Decimal
	// Breakdown splits tokens by kind. It is nil when there is but one kind.
	Breakdown []TokenSpend
}

// TokenSpend is the part of a model's spend that went to one kind of token.
type TokenSpend struct {
	// Type is "Input", "Output", "Cache Read", "Cache Write", or one yet unknown.
	Type             string
	USD, DIEM, Units decimal.Decimal
}

// KeySpend is the spend through one API key.
type KeySpend struct {
	// APIKeyID is "" for use on the web (description "Web App").
	APIKeyID            string
	Description         string
	TotalUSD, TotalDIEM decimal.Decimal
	TotalUnits          decimal.Decimal
}

// DailySpend is one UTC day of a chart: an amount for each model or key name.
type DailySpend struct {
	Date  time.Time // 00:00 UTC
	Spend map[string]decimal.Decimal
}
