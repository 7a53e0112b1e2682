package venice

import (
	"time"

	"github.com/shopspring/decimal"
)

// Meta is what the headers of an answer said. For a call that took several
// requests it is that of the last answer.
type Meta struct {
	// RequestID is Venice's name for the request (header CF-RAY), to quote
	// when asking for support.
	RequestID string
	// Version is the server's version (x-venice-version).
	Version string
	// Date is the server's clock when it answered; zero if it did not say.
	Date time.Time
	// RateLimit is what is left of the limits.
	RateLimit RateLimit
	// BalanceUSD and BalanceDIEM are the balances before the request. Venice
	// promises the headers for inference; they may be absent here.
	BalanceUSD, BalanceDIEM decimal.NullDecimal
}

// RateLimit is the state of Venice's limits as an answer's headers told it. A
// nil number or a zero time was not told.
type RateLimit struct {
	// Remaining is the error budget: how many more unsuccessful requests
	// (status 4xx) are tolerated before the key is locked out until Resets.
	Remaining *int
	Resets    time.Time
	// LimitRequests and RemainingRequests count all requests until
	// ResetRequests, where a route has such a limit.
	LimitRequests     *int
	RemainingRequests *int
	ResetRequests     time.Time
}
