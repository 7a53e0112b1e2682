package venicetest

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/shopspring/decimal"
)

type rateLimits struct {
	Permitted bool                   `json:"accessPermitted"`
	Tier      apiTier                `json:"apiTier"`
	Balances  map[string]json.Number `json:"balances"`
	Expires   *string                `json:"keyExpiration"`
	NextEpoch *string                `json:"nextEpochBegins"`
	Models    []modelLimits          `json:"rateLimits"`
}

type apiTier struct {
	ID      string `json:"id"`
	Charged bool   `json:"isCharged"`
}

type modelLimits struct {
	Model  string       `json:"apiModelId"`
	Limits []modelLimit `json:"rateLimits"`
}

type modelLimit struct {
	Amount int    `json:"amount"`
	Type   string `json:"type"`
}

// rateLimits answers GET /api_keys/rate_limits, for the key that asks.
func (s *Server) rateLimits(c *call) answer {
	p := params{query: c.query}
	if p.only(); len(p.issues) > 0 {
		return invalid(p.issues)
	}
	key := s.keyOf(c.key)
	left := s.leftFor(key, c.now)
	total := decimal.Zero
	balances := map[string]json.Number{}
	for currency, amount := range left {
		total = total.Add(amount)
		if named := currency == "USD" || currency == "DIEM"; named || currency == "BUNDLED_CREDITS" && amount.IsPositive() {
			balances[currency] = wire(amount)
		}
	}
	limits := rateLimits{
		Permitted: total.GreaterThanOrEqual(leastToConsume),
		Tier:      apiTier{"paid", true},
		Balances:  balances,
		Expires:   instantOrNull(key.ExpiresAt),
		NextEpoch: instantOrNull(day(c.now).AddDate(0, 0, 1)),
	}
	for _, m := range models() {
		limits.Models = append(limits.Models, modelLimits{m.base, []modelLimit{{50, "RPM"}, {1_000_000, "TPM"}}})
	}
	return encoded(http.StatusOK, map[string]rateLimits{"data": limits})
}

// leftFor is what a key can spend of each currency: what the account has, at most
// what is left of the key's limits, and not below nothing.
func (s *Server) leftFor(k Key, now time.Time) map[string]decimal.Decimal {
	var spent keyDebits
	if k.limited() {
		spent = s.spentBy(periodStart(k.LimitPeriod, now), now, k.ID)[k.ID]
	}
	left := make(map[string]decimal.Decimal)
	for currency, amount := range s.balances.at(s.ledger, now).of {
		limit, used := k.LimitUSD, spent.usd.Add(spent.earned)
		if currency == "DIEM" {
			limit, used = k.LimitDIEM, spent.diem
		}
		if limit != "" {
			amount = decimal.Min(amount, parseAmount(limit).Sub(used))
		}
		left[currency] = decimal.Max(amount, decimal.Zero)
	}
	return left
}

func (s *Server) keyOf(kind KeyKind) Key {
	if kind == KeyAdmin {
		return s.secrets.admin
	}
	return s.secrets.inference
}

// A breach is a request that was refused because the error budget was spent.
type breach struct {
	key KeyKind
	at  time.Time
}

// breaches are the last of them, oldest first.
type breaches struct {
	mu   sync.Mutex
	last []breach
}

const maxBreaches = 50

func (b *breaches) add(one breach) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.last) == maxBreaches {
		b.last = append(b.last[:0], b.last[1:]...)
	}
	b.last = append(b.last, one)
}

// rateLimitLog answers GET /api_keys/rate_limits/log: the breaches of the
// account's own keys, newest first.
func (s *Server) rateLimitLog(c *call) answer {
	p := params{query: c.query}
	if p.only(); len(p.issues) > 0 {
		return invalid(p.issues)
	}
	type entry struct {
		Key   string  `json:"apiKeyId"`
		Model *string `json:"modelId"`
		Tier  string  `json:"rateLimitTier"`
		Type  string  `json:"rateLimitType"`
		At    *string `json:"timestamp"`
	}
	s.breaches.mu.Lock()
	defer s.breaches.mu.Unlock()
	entries := []entry{}
	for i := len(s.breaches.last) - 1; i >= 0; i-- {
		b := s.breaches.last[i]
		if b.key == KeyAdmin || b.key == KeyInference {
			entries = append(entries, entry{s.keyOf(b.key).ID, nil, "paid", "FAILED_REQUESTS", instantOrNull(b.at)})
		}
	}
	return encoded(http.StatusOK, list[entry]{"list", entries})
}
