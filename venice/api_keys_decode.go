package venice

import (
	"bytes"
	"errors"

	"github.com/shopspring/decimal"
)

// decodeData reads an answer whose member data holds what was asked for. What is
// unknown is ignored, but an answer without data is an error.
func decodeData(body []byte, data func(w *jsonWalk)) error {
	found := false
	w := newJSONWalk(bytes.NewReader(body))
	w.object(func(name string) {
		if name != "data" {
			w.skip()
			return
		}
		found = true
		data(w)
	})
	w.end()
	if w.err == nil && !found {
		return errors.New("data is missing")
	}
	return w.err
}

func (l *APIKeyList) decode(body []byte) error {
	*l = APIKeyList{}
	return decodeData(body, func(w *jsonWalk) { l.Data = jsonArray(w, w.apiKey) })
}

func (k *APIKey) decode(body []byte) error {
	return decodeData(body, func(w *jsonWalk) { *k = w.apiKey() })
}

var errNoID = errors.New("a key without id")

// apiKey reads a key. Venice's own words differ on the name of the limits, and on
// whether the use of the period stands beside usage or in it; either is read.
func (w *jsonWalk) apiKey() (k APIKey) {
	w.object(func(name string) {
		switch name {
		case "id":
			k.ID = w.text()
		case "apiKeyType":
			k.Type = KeyType(w.text())
		case "description":
			k.Description = w.text()
		case "last6Chars":
			k.Last6Chars = last6(w.text())
		case "createdAt":
			k.CreatedAt = w.instant()
		case "expiresAt":
			k.ExpiresAt = w.instant()
		case "lastUsedAt":
			k.LastUsedAt = w.instant()
		case "consumptionLimits", "consumptionLimit":
			k.ConsumptionLimits = w.keyAmounts()
		case "limitPeriod":
			k.LimitPeriod = LimitPeriod(w.text())
		case "modelPrivacy":
			k.ModelPrivacy = w.text()
		case "currentPeriodUsage":
			k.CurrentPeriodUsage = w.keyAmounts()
		case "usage":
			w.objectOrNull(func(name string) {
				switch name {
				case "trailingSevenDays":
					k.TrailingSevenDays = w.keyAmounts()
				case "currentPeriodUsage":
					k.CurrentPeriodUsage = w.keyAmounts()
				default:
					w.skip()
				}
			})
		default:
			w.skip()
		}
	})
	if k.ID == "" {
		w.fail(errNoID)
	}
	return k
}

// last6 holds a server to its word: of a key no more is ever kept.
func last6(text string) string {
	r := []rune(text)
	return string(r[max(0, len(r)-6):])
}

func (w *jsonWalk) keyAmounts() (a KeyAmounts) {
	w.objectOrNull(func(name string) {
		switch name {
		case "usd":
			a.USD = w.nullDecimal()
		case "diem":
			a.DIEM = w.nullDecimal()
		case "vcu":
			a.VCU = w.nullDecimal()
		default:
			w.skip()
		}
	})
	return a
}

func (l *RateLimits) decode(body []byte) error {
	*l = RateLimits{Balances: map[Currency]decimal.Decimal{}}
	return decodeData(body, func(w *jsonWalk) {
		w.object(func(name string) {
			switch name {
			case "accessPermitted":
				l.AccessPermitted = w.truth()
			case "apiTier":
				w.objectOrNull(func(name string) {
					switch name {
					case "id":
						l.APITierID = w.text()
					case "isCharged":
						l.Charged = w.truth()
					default:
						w.skip()
					}
				})
			case "balances":
				w.objectOrNull(func(name string) {
					if left := w.nullDecimal(); left.Valid {
						l.Balances[Currency(name)] = left.Decimal
					}
				})
			case "keyExpiration":
				l.KeyExpiration = w.instant()
			case "nextEpochBegins":
				l.NextEpochBegins = w.instant()
			case "rateLimits":
				l.Models = jsonArray(w, w.modelRateLimits)
			default:
				w.skip()
			}
		})
	})
}

func (w *jsonWalk) modelRateLimits() (m ModelRateLimits) {
	w.object(func(name string) {
		switch name {
		case "apiModelId":
			m.APIModelID = w.text()
		case "rateLimits":
			m.RateLimits = jsonArray(w, w.modelRateLimit)
		default:
			w.skip()
		}
	})
	return m
}

func (w *jsonWalk) modelRateLimit() (l ModelRateLimit) {
	w.object(func(name string) {
		switch name {
		case "amount":
			l.Amount = w.count()
		case "type":
			l.Type = w.text()
		default:
			w.skip()
		}
	})
	return l
}

func (l *RateLimitLog) decode(body []byte) error {
	*l = RateLimitLog{}
	return decodeData(body, func(w *jsonWalk) { l.Data = jsonArray(w, w.rateLimitBreach) })
}

func (w *jsonWalk) rateLimitBreach() (b RateLimitBreach) {
	w.object(func(name string) {
		switch name {
		case "apiKeyId":
			b.APIKeyID = w.text()
		case "modelId":
			b.ModelID = w.text()
		case "rateLimitTier":
			b.RateLimitTier = w.text()
		case "rateLimitType":
			b.RateLimitType = w.text()
		case "timestamp":
			b.Timestamp = w.instant()
		default:
			w.skip()
		}
	})
	return b
}
