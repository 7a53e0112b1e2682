package venicetest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// apiKey is a key on the wire.
type apiKey struct {
	ID          string     `json:"id"`
	Type        string     `json:"apiKeyType"`
	Description string     `json:"description"`
	Last6       string     `json:"last6Chars"`
	CreatedAt   *string    `json:"createdAt"`
	ExpiresAt   *string    `json:"expiresAt"`
	LastUsedAt  *string    `json:"lastUsedAt"`
	Limits      keyLimits  `json:"consumptionLimits"`
	LimitPeriod string     `json:"limitPeriod"`
	Privacy     string     `json:"modelPrivacy"`
	Usage       keyUsage   `json:"usage"`
	Period      *keyPeriod `json:"currentPeriodUsage,omitempty"`
}

type keyLimits struct {
	USD  *json.Number `json:"usd"`
	DIEM *json.Number `json:"diem"`
	VCU  *json.Number `json:"vcu"`
}

type keyUsage struct {
	Week struct {
		USD  string `json:"usd"`
		VCU  string `json:"vcu"`
		DIEM string `json:"diem"`
	} `json:"trailingSevenDays"`
}

type keyPeriod struct {
	USD  string `json:"usd"`
	DIEM string `json:"diem"`
}

// apiKeys answers GET /api_keys, and GET /api_keys/{id}.
func (s *Server) apiKeys(c *call) answer {
	p := params{query: c.query}
	if p.only(); len(p.issues) > 0 {
		return invalid(p.issues)
	}
	keys := s.listedKeys(c.now)
	if c.id != "" {
		i := slices.IndexFunc(keys, func(k Key) bool { return k.ID == c.id })
		if i < 0 {
			return failure(http.StatusBadRequest, "API key not found")
		}
		return encoded(http.StatusOK, map[string]apiKey{"data": s.wireKeys(keys[i:i+1], c.now)[0]})
	}
	return encoded(http.StatusOK, list[apiKey]{"list", s.wireKeys(keys, c.now)})
}

type list[T any] struct {
	Object string `json:"object"`
	Data   []T    `json:"data"`
}

func (s *Server) wireKeys(keys []Key, now time.Time) []apiKey {
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	week, lastUsed := s.spentBy(now.AddDate(0, 0, -7), now, ids...), s.lastUses()
	wire := make([]apiKey, len(keys))
	for i, k := range keys {
		period := cmp.Or(k.LimitPeriod, limitEpoch)
		wire[i] = apiKey{
			ID: k.ID, Type: k.kind(), Description: k.Description, Last6: s.last6(k),
			CreatedAt: instantOrNull(k.CreatedAt), ExpiresAt: instantOrNull(k.ExpiresAt), LastUsedAt: instantOrNull(lastUsed[k.ID]),
			Limits:      keyLimits{USD: numberOrNull(k.LimitUSD), DIEM: numberOrNull(k.LimitDIEM)},
			LimitPeriod: period,
			Privacy:     cmp.Or(k.ModelPrivacy, "ALL"),
		}
		spent := week[k.ID]
		of := &wire[i].Usage.Week
		of.USD, of.VCU, of.DIEM = fourPlaces(spent.usd), fourPlaces(spent.vcu), fourPlaces(spent.diem)
		if !k.limited() {
			continue
		}
		spent = s.spentBy(periodStart(period, now), now, k.ID)[k.ID]
		wire[i].Period = &keyPeriod{fourPlaces(spent.usd), fourPlaces(spent.diem)}
	}
	return wire
}

func fourPlaces(d decimal.Decimal) string { return d.StringFixed(4) }

func instantOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

func numberOrNull(text string) *json.Number {
	if text == "" {
		return nil
	}
	return new(json.Number(text))
}
