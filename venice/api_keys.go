package venice

import (
	"time"

	"github.com/shopspring/decimal"
)

// An APIKeysService asks the routes about API keys. Get it from [Client]. It
// creates, changes and deletes nothing.
type APIKeysService struct{ client *Client }

// A KeyType is what a key may do. The set is open.
type KeyType string

// The types of key.
const (
	// InferenceKey may use models, and ask for its own rate limits.
	InferenceKey KeyType = "INFERENCE"
	// AdminKey may also read billing, and create and delete keys.
	AdminKey KeyType = "ADMIN"
)

// A LimitPeriod is how long a key's use counts against its limits. The set is
// open.
type LimitPeriod string

// The periods, all in UTC.
const (
	LimitEpoch    LimitPeriod = "EPOCH"    // a day, from 00:00; the default
	LimitMonth    LimitPeriod = "MONTH"    // a month, from 00:00 of its first day
	LimitLifetime LimitPeriod = "LIFETIME" // never begins anew
)

// An APIKey is one key of the account. The key itself is never told, but for its
// last six characters.
type APIKey struct {
	ID          string // a UUID
	Type        KeyType
	Description string
	Last6Chars  string
	// CreatedAt, ExpiresAt and LastUsedAt are zero where Venice names no instant:
	// it does not know, the key does not expire, or was not used yet.
	CreatedAt, ExpiresAt, LastUsedAt time.Time
	// ConsumptionLimits are the most that the key may spend in a LimitPeriod; one
	// that is not Valid is no limit. USD holds for USD, bundled and earned credits
	// together.
	ConsumptionLimits KeyAmounts
	LimitPeriod       LimitPeriod
	// ModelPrivacy is which models the key may use: "ALL", "PRIVATE_TEXT",
	// "PRIVATE_ONLY", or one yet unknown.
	ModelPrivacy string
	// CurrentPeriodUsage is what the key spent in the present period. Venice tells
	// it only of a key that has a limit. Its USD leave out earned credits although
	// the limit counts them, so a key can be at its limit before this says so.
	CurrentPeriodUsage KeyAmounts
	// TrailingSevenDays is what the key spent in the last seven days, rounded by
	// Venice to four decimals. USD includes bundled credits, and leaves out earned
	// ones.
	TrailingSevenDays KeyAmounts
	// Meta is what the headers of the answer to Get said; it is empty in a list.
	Meta Meta
}

// KeyAmounts are a limit or a spend by currency, not below 0. One that is not
// Valid was null or absent.
type KeyAmounts struct {
	USD, DIEM decimal.NullDecimal
	VCU       decimal.NullDecimal // the old name of what DIEM replaced
}

// An APIKeyList is the account's keys that have not expired.
type APIKeyList struct {
	Data []APIKey // newest first
	Meta Meta
}

// RateLimits are what a key may do now: the check that Venice itself makes before
// it serves a request. An INFERENCE key may ask for them too.
type RateLimits struct {
	// AccessPermitted says whether Venice would serve the next request.
	AccessPermitted bool
	// APITierID is such as "paid", and Charged whether requests cost anything.
	APITierID string
	Charged   bool
	// Balances are what the key can spend, at most what is left of its own limits:
	// not always all that the account has. A currency that is absent was not told,
	// and earned credits never are.
	Balances map[Currency]decimal.Decimal
	// KeyExpiration is when the key expires; zero for one that does not.
	KeyExpiration time.Time
	// NextEpochBegins is when the account's DIEM refill.
	NextEpochBegins time.Time
	// Models are the limits by model.
	Models []ModelRateLimits
	Meta   Meta
}

// ModelRateLimits are the limits of one model.
type ModelRateLimits struct {
	APIModelID string
	RateLimits []ModelRateLimit
}

// A ModelRateLimit is a most of requests or tokens in a time.
type ModelRateLimit struct {
	Amount int64
	// Type is "RPM" (requests a minute), "RPD" (requests a day), "TPM" (tokens a
	// minute), or one yet unknown.
	Type string
}

// A RateLimitLog is the latest requests that were refused for a limit, at most
// 50.
type RateLimitLog struct {
	Data []RateLimitBreach // newest first
	Meta Meta
}

// A RateLimitBreach is a request that was refused for a limit.
type RateLimitBreach struct {
	APIKeyID      string
	ModelID       string
	RateLimitTier string
	// RateLimitType is a type of [ModelRateLimit], "FAILED_REQUESTS",
	// "UNSUPPORTED_FEATURE_REQUESTS", or one yet unknown.
	RateLimitType string
	Timestamp     time.Time
}
