package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// apiKeyColumns are those of ledger_api_keys after the account and saved_at: the
// instant, and a list of each field of a key.
var apiKeyColumns = []string{"read_at", "key_ids", "types", "descriptions", "last6", "created_at", "expires_at", "last_used_at",
	"limit_periods", "model_privacy", "limit_usd", "limit_diem", "limit_vcu", "period_usd", "period_diem", "period_vcu", "week_usd", "week_diem", "week_vcu"}

// keyLists are API keys, field by field.
type keyLists struct {
	readAt                                            time.Time
	ids, types, descriptions, last6, periods, privacy []string
	created, expires, lastUsed                        []*time.Time
	amounts                                           [9][]*decimal.Decimal
}

// columns are pointers to the lists, in the order of apiKeyColumns.
func (l *keyLists) columns() []any {
	all := []any{&l.readAt, &l.ids, &l.types, &l.descriptions, &l.last6, &l.created, &l.expires, &l.lastUsed, &l.periods, &l.privacy}
	for i := range l.amounts {
		all = append(all, &l.amounts[i])
	}
	return all
}

// amountsOf are the amounts of a key, in the order of their lists.
func amountsOf(k *venice.APIKey) (amounts [9]*decimal.NullDecimal) {
	for i, of := range []*venice.KeyAmounts{&k.ConsumptionLimits, &k.CurrentPeriodUsage, &k.TrailingSevenDays} {
		amounts[3*i], amounts[3*i+1], amounts[3*i+2] = &of.USD, &of.DIEM, &of.VCU
	}
	return amounts
}

// SaveKeys puts API keys in the place of those kept.
func (s *Store) SaveKeys(ctx context.Context, account string, keys ledger.KeysAt) error {
	l := keyLists{readAt: micros(keys.At)}
	for i := range keys.Keys {
		k := &keys.Keys[i]
		l.ids, l.types = append(l.ids, k.ID), append(l.types, string(k.Type))
		l.descriptions, l.last6 = append(l.descriptions, k.Description), append(l.last6, k.Last6Chars)
		l.periods, l.privacy = append(l.periods, string(k.LimitPeriod)), append(l.privacy, k.ModelPrivacy)
		l.created, l.expires, l.lastUsed = append(l.created, orNone(k.CreatedAt)), append(l.expires, orNone(k.ExpiresAt)), append(l.lastUsed, orNone(k.LastUsedAt))
		for j, n := range amountsOf(k) {
			if err := ledger.CheckNumber(n.Decimal); err != nil {
				return fmt.Errorf("API key %q: %w", k.Description, err)
			}
			l.amounts[j] = append(l.amounts[j], nullable(*n))
		}
	}
	row := []any{account, l.readAt, l.ids, l.types, l.descriptions, l.last6, l.created, l.expires, l.lastUsed, l.periods, l.privacy}
	for _, list := range l.amounts {
		row = append(row, list)
	}
	return s.save(ctx, "INSERT INTO ledger_api_keys (account, "+strings.Join(apiKeyColumns, ", ")+")", [][]any{row})
}

func micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// orNone is nil for the zero time.
func orNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(micros(t))
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// Keys are the API keys of accounts as they were last kept.
func (r reader) Keys(ctx context.Context, accounts ...string) (map[string]ledger.KeysAt, error) {
	type row struct {
		account string
		keyLists
	}
	where := r.savedWhere()
	addIn(&where, "account", accounts)
	kept := map[string]ledger.KeysAt{}
	err := r.ask(ctx, func() error {
		rows, err := collect(ctx, r.conn, func(r *row) []any { return append([]any{&r.account}, r.columns()...) },
			"SELECT account, "+strings.Join(apiKeyColumns, ", ")+" FROM ledger_api_keys"+where.sql()+
				" ORDER BY account, saved_at DESC LIMIT 1 BY account", where.args...)
		for _, l := range rows {
			ring := ledger.KeysAt{At: l.readAt.UTC()}
			for i := range l.ids {
				k := venice.APIKey{
					ID: l.ids[i], Type: venice.KeyType(l.types[i]), Description: l.descriptions[i], Last6Chars: l.last6[i],
					CreatedAt: orZero(l.created[i]), ExpiresAt: orZero(l.expires[i]), LastUsedAt: orZero(l.lastUsed[i]),
					LimitPeriod: venice.LimitPeriod(l.periods[i]), ModelPrivacy: l.privacy[i],
				}
				for j, n := range amountsOf(&k) {
					*n = orNull(l.amounts[j][i])
				}
				ring.Keys = append(ring.Keys, k)
			}
			kept[l.account] = ring
		}
		return err
	})
	return kept, err
}
