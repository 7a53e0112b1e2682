package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// SaveKeys puts API keys in the place of those kept.
func (s *Store) SaveKeys(ctx context.Context, account string, keys ledger.KeysAt) error {
	rows := make([][]any, len(keys.Keys))
	for i := range keys.Keys {
		row, err := apiKeyRow(&keys.Keys[i])
		if err != nil {
			return fmt.Errorf("API key %q: %w", keys.Keys[i].Description, err)
		}
		rows[i] = append([]any{account, i}, row...)
	}
	return s.write(ctx, func(conn *sql.Conn) error {
		for _, table := range []string{"ledger_api_key_lists", "ledger_api_keys"} {
			if _, err := conn.ExecContext(ctx, "DELETE FROM "+table+" WHERE account = ?", account); err != nil {
				return err
			}
		}
		if _, err := conn.ExecContext(ctx, "INSERT INTO ledger_api_key_lists VALUES (?, ?)", account, micros(keys.At)); err != nil {
			return err
		}
		for _, row := range rows {
			insert := "INSERT INTO ledger_api_keys VALUES (?" + strings.Repeat(", ?", 10) + strings.Repeat(", ?::DECIMAL(38, 24)", 9) + ")"
			if _, err := conn.ExecContext(ctx, insert, row...); err != nil {
				return err
			}
		}
		return nil
	})
}

// apiKeyRow is a key in the order of the columns of ledger_api_keys after the first
// two.
func apiKeyRow(k *venice.APIKey) ([]any, error) {
	row := []any{k.ID, string(k.Type), k.Description, k.Last6Chars, instant(k.CreatedAt), instant(k.ExpiresAt), instant(k.LastUsedAt),
		string(k.LimitPeriod), k.ModelPrivacy}
	for _, of := range []venice.KeyAmounts{k.ConsumptionLimits, k.CurrentPeriodUsage, k.TrailingSevenDays} {
		for _, d := range []decimal.NullDecimal{of.USD, of.DIEM, of.VCU} {
			text, err := asText(d)
			if err != nil {
				return nil, err
			}
			row = append(row, text)
		}
	}
	return row, nil
}

// instant is NULL for the zero time.
func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return micros(t)
}

func micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Keys are the API keys as they were last kept, or nil.
func (s *Store) Keys(ctx context.Context, accounts ...string) (map[string]ledger.KeysAt, error) {
	type row struct {
		account                      string
		at                           time.Time
		id                           *string // null for a list without keys
		kind                         *venice.KeyType
		description, last6           *string
		created, expires, lastUsed   *time.Time
		period                       *venice.LimitPeriod
		privacy                      *string
		limits, ofPeriod, ofSevenDay [3]number
	}
	where := ofAccounts(accounts)
	kept := map[string]ledger.KeysAt{}
	err := s.read(ctx, func(db *sql.DB) error {
		rows, err := collect(ctx, db, func(r *row) []any {
			into := []any{&r.account, &r.at, &r.id, &r.kind, &r.description, &r.last6, &r.created, &r.expires, &r.lastUsed, &r.period, &r.privacy}
			for _, amounts := range []*[3]number{&r.limits, &r.ofPeriod, &r.ofSevenDay} {
				into = append(into, &amounts[0], &amounts[1], &amounts[2])
			}
			return into
		}, `SELECT account, read_at, key_id, type, description, last6, created_at, expires_at, last_used_at, limit_period, model_privacy,
				limit_usd, limit_diem, limit_vcu, period_usd, period_diem, period_vcu, week_usd, week_diem, week_vcu
			FROM ledger_api_key_lists LEFT JOIN ledger_api_keys USING (account)`+where.sql()+" ORDER BY ordinal", where.args...)
		for _, r := range rows {
			ring := kept[r.account]
			ring.At = r.at.UTC()
			if r.id == nil {
				kept[r.account] = ring
				continue
			}
			ring.Keys = append(ring.Keys, venice.APIKey{
				ID: *r.id, Type: *r.kind, Description: *r.description, Last6Chars: *r.last6,
				CreatedAt: orZero(r.created), ExpiresAt: orZero(r.expires), LastUsedAt: orZero(r.lastUsed),
				LimitPeriod: *r.period, ModelPrivacy: *r.privacy,
				ConsumptionLimits: keyAmounts(r.limits), CurrentPeriodUsage: keyAmounts(r.ofPeriod), TrailingSevenDays: keyAmounts(r.ofSevenDay),
			})
			kept[r.account] = ring
		}
		return err
	})
	return kept, err
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func keyAmounts(n [3]number) venice.KeyAmounts {
	return venice.KeyAmounts{USD: n[0].NullDecimal, DIEM: n[1].NullDecimal, VCU: n[2].NullDecimal}
}
