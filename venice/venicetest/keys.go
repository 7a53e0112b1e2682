package venicetest

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// The types of key and the periods of their limits.
const (
	typeInference = "INFERENCE"
	typeAdmin     = "ADMIN"

	limitEpoch    = "EPOCH"
	limitMonth    = "MONTH"
	limitLifetime = "LIFETIME"
)

func (k Key) check() error {
	if !slices.Contains([]string{"", typeInference, typeAdmin}, k.Type) {
		return fmt.Errorf("unknown type %q, want %s or %s", k.Type, typeInference, typeAdmin)
	}
	if !slices.Contains([]string{"", limitEpoch, limitMonth, limitLifetime}, k.LimitPeriod) {
		return fmt.Errorf("unknown limit period %q, want %s, %s or %s", k.LimitPeriod, limitEpoch, limitMonth, limitLifetime)
	}
	for _, limit := range []string{k.LimitUSD, k.LimitDIEM} {
		if limit == "" {
			continue
		}
		if d, err := decimal.NewFromString(limit); err != nil || d.IsNegative() {
			return errors.New("a limit must be a number that is not negative")
		}
	}
	return nil
}

func (k Key) kind() string { return cmp.Or(k.Type, typeInference) }

func (k Key) limited() bool { return k.LimitUSD != "" || k.LimitDIEM != "" }

// accountKeys are the API keys of a generated account: among them two with one
// description and one with none, as real accounts have them.
func accountKeys(seed uint64) []Key {
	descriptions := []string{"production", "coding agents", "staging", "batch jobs", "staging", ""}
	keys := make([]Key, len(descriptions))
	for i, description := range descriptions {
		keys[i] = Key{ID: keyID(seed, "account key "+strconv.Itoa(i)), Description: description}
	}
	return keys
}

// keyID is a UUID that the seed decides.
func keyID(seed uint64, purpose string) string {
	id := hex.EncodeToString(secret(seed, purpose)[:16])
	return id[:8] + "-" + id[8:12] + "-4" + id[13:16] + "-a" + id[17:20] + "-" + id[20:]
}

// limitKeys gives generated keys dates, and some of them limits that follow from
// what they spend before now: of one nearly all is used, of another about half.
func (s *Server) limitKeys(now time.Time) {
	begin := now.AddDate(0, 0, -s.cfg.Days)
	for i := range s.keys {
		s.keys[i].CreatedAt = begin.Add(time.Duration(i) * time.Minute).Truncate(time.Minute)
	}
	limit := func(k *Key, period, used string) {
		k.LimitPeriod = period
		spent := s.spentBy(periodStart(period, now), now, k.ID)[k.ID]
		whole, cent := decimal.RequireFromString(used), decimal.New(1, -2)
		k.LimitUSD = number(decimal.Max(cent, spent.usd.Div(whole).RoundUp(2)))
		k.LimitDIEM = number(decimal.Max(cent, spent.diem.Div(whole).RoundUp(2)))
	}
	limit(&s.keys[1], limitMonth, "0.95")
	limit(&s.keys[3], limitEpoch, "0.5")
	s.keys[2].ExpiresAt = day(now).AddDate(0, 0, 5)
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// periodStart is when the present period of a limit began.
func periodStart(period string, now time.Time) time.Time {
	switch period {
	case limitLifetime:
		return time.UnixMilli(firstMS)
	case limitMonth:
		return time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	return day(now)
}

// keyDebits is what a key was debited, as positive numbers. earned credits are in
// none of Venice's figures, but count against a limit in USD.
type keyDebits struct{ usd, diem, vcu, earned decimal.Decimal }

// spentBy sums the debits of [start, end] by key, for the keys with these ids.
func (s *Server) spentBy(start, end time.Time, ids ...string) map[string]keyDebits {
	s.ledger.mu.RLock()
	rows := slices.Clone(s.ledger.all.window(start.UnixMilli(), end.UnixMilli()+1))
	s.ledger.mu.RUnlock()
	sums := make(map[string]keyDebits)
	for _, r := range rows {
		if !slices.Contains(ids, r.key.plain) { // numbers take long to read
			continue
		}
		amount := parseAmount(r.amount)
		if !amount.IsNegative() {
			continue
		}
		sum := sums[r.key.plain]
		switch r.currency.plain {
		case "USD", "BUNDLED_CREDITS":
			sum.usd = sum.usd.Sub(amount)
		case "DIEM":
			sum.diem = sum.diem.Sub(amount)
		case "VCU":
			sum.vcu = sum.vcu.Sub(amount)
		case "EARNED_CREDITS":
			sum.earned = sum.earned.Sub(amount)
		}
		sums[r.key.plain] = sum
	}
	return sums
}

// lastUses is the timestamp of the newest row of each key.
func (s *Server) lastUses() map[string]time.Time {
	s.ledger.mu.RLock()
	defer s.ledger.mu.RUnlock()
	last := make(map[string]time.Time)
	for _, r := range s.ledger.all {
		last[r.key.plain] = time.UnixMilli(r.ms)
	}
	return last
}

// secretKeys are the keys whose secrets the server knows.
type secretKeys struct{ admin, inference Key }

// findSecretKeys takes the first key of each type, or makes one.
func (s *Server) findSecretKeys() secretKeys {
	first := func(kind, description string) Key {
		if i := slices.IndexFunc(s.keys, func(k Key) bool { return k.kind() == kind }); i >= 0 {
			return s.keys[i]
		}
		return Key{ID: keyID(s.cfg.Seed, kind), Description: description, Type: kind}
	}
	return secretKeys{admin: first(typeAdmin, "billing"), inference: first(typeInference, "inference")}
}

// listedKeys are all keys that have not expired, newest first; of those without a
// date, the first is the newest.
func (s *Server) listedKeys(now time.Time) []Key {
	keys := slices.Clone(s.keys)
	for _, k := range []Key{s.secrets.admin, s.secrets.inference} {
		if !slices.ContainsFunc(keys, func(other Key) bool { return other.ID == k.ID }) {
			keys = append(keys, k)
		}
	}
	keys = slices.DeleteFunc(keys, func(k Key) bool { return k.expired(now) })
	slices.SortStableFunc(keys, func(a, b Key) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return keys
}

func (k Key) expired(now time.Time) bool { return !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(now) }

// last6 is the end of a key's secret. Of keys whose secret nobody has, it is made
// of the id.
func (s *Server) last6(k Key) string {
	text := secretText(s.cfg.Seed, k.ID)
	switch k.ID {
	case s.secrets.admin.ID:
		text = s.AdminKey
	case s.secrets.inference.ID:
		text = s.InferenceKey
	}
	return text[len(text)-6:]
}
