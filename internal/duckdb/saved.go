package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// SaveBalance keeps a balance, to the microsecond of its instant.
func (s *Store) SaveBalance(ctx context.Context, account string, b ledger.BalanceAt) error {
	at := b.At.UTC().Truncate(time.Microsecond)
	args := []any{account, at, b.CanConsume, string(b.ConsumptionCurrency)}
	allocation := decimal.NewNullDecimal(b.DIEMEpochAllocation)
	for _, d := range []decimal.NullDecimal{b.Balances.DIEM, b.Balances.USD, b.Balances.BundledCredits, b.Balances.EarnedCredits, allocation} {
		text, err := asText(d)
		if err != nil {
			return fmt.Errorf("balance of %s: %w", at.Format(time.RFC3339Nano), err)
		}
		args = append(args, text)
	}
	return s.write(ctx, func(conn *sql.Conn) error {
		if _, err := conn.ExecContext(ctx, "DELETE FROM ledger_balances WHERE account = ? AND read_at = ?", account, at); err != nil {
			return err
		}
		_, err := conn.ExecContext(ctx, "INSERT INTO ledger_balances VALUES (?, ?, ?, ?, ?::DECIMAL(38, 24), ?::DECIMAL(38, 24), ?::DECIMAL(38, 24), ?::DECIMAL(38, 24), ?::DECIMAL(38, 24))", args...)
		return err
	})
}

// asText is a number for a cast in a query, where the driver takes no decimal.
// The cast would round, so an error is ledger.ErrInexact.
func asText(d decimal.NullDecimal) (any, error) {
	if !d.Valid {
		return nil, nil
	}
	if _, err := stored(d.Decimal); err != nil {
		return nil, err
	}
	return d.Decimal.String(), nil
}

// Balances are the account's balances within a window, oldest first.
func (s *Store) Balances(ctx context.Context, account string, w ledger.Window) ([]ledger.BalanceAt, error) {
	where := inWindow(account, "read_at", w)
	return s.balances(ctx, where.sql()+" ORDER BY read_at", where.args...)
}

// LastBalance is the newest balance of the account, or nil.
func (s *Store) LastBalance(ctx context.Context, account string) (*ledger.BalanceAt, error) {
	found, err := s.balances(ctx, " WHERE account = ? ORDER BY read_at DESC LIMIT 1", account)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func (s *Store) balances(ctx context.Context, which string, args ...any) ([]ledger.BalanceAt, error) {
	type row struct {
		at                                     time.Time
		canConsume                             bool
		currency                               venice.Currency
		diem, usd, bundled, earned, allocation number
	}
	var found []ledger.BalanceAt
	err := s.read(ctx, func(db *sql.DB) error {
		rows, err := collect(ctx, db, func(r *row) []any {
			return []any{&r.at, &r.canConsume, &r.currency, &r.diem, &r.usd, &r.bundled, &r.earned, &r.allocation}
		}, `SELECT read_at, can_consume, consumption_currency, diem, usd, bundled_credits, earned_credits, diem_allocation
			FROM ledger_balances`+which, args...)
		for _, r := range rows {
			found = append(found, ledger.BalanceAt{At: r.at.UTC(), Balance: venice.Balance{
				CanConsume:          r.canConsume,
				ConsumptionCurrency: r.currency,
				DIEMEpochAllocation: r.allocation.Decimal,
				Balances: venice.Balances{
					DIEM:           r.diem.NullDecimal,
					USD:            r.usd.NullDecimal,
					BundledCredits: r.bundled.NullDecimal,
					EarnedCredits:  r.earned.NullDecimal,
				},
			}})
		}
		return err
	})
	return found, err
}

// inWindow chooses an account's rows with a time within a window.
func inWindow(account, column string, w ledger.Window) condition {
	var c condition
	c.add("account = ?", account)
	if !w.Start.IsZero() {
		c.add(column+" >= ?::TIMESTAMP", notBefore(w.Start))
	}
	if !w.End.IsZero() {
		c.add(column+" < ?::TIMESTAMP", notBefore(w.End))
	}
	return c
}

// SaveKeyDays puts totals by key in the place of those kept for the days.
func (s *Store) SaveKeyDays(ctx context.Context, account string, days ...ledger.KeyDay) error {
	if len(days) == 0 {
		return nil
	}
	var heads, spends [][]driver.Value
	for _, d := range days {
		if err := d.Check(); err != nil {
			return err
		}
		day := d.Day.UTC()
		heads = append(heads, []driver.Value{account, day, d.ReadAt.UTC()})
		for i, k := range d.Keys {
			usd, errUSD := stored(k.TotalUSD)
			diem, errDIEM := stored(k.TotalDIEM)
			units, errUnits := stored(k.TotalUnits)
			if err := cmp.Or(errUSD, errDIEM, errUnits); err != nil {
				return fmt.Errorf("totals of key %q on %s: %w", k.Description, day.Format(time.DateOnly), err)
			}
			spends = append(spends, []driver.Value{account, day, int32(i), k.APIKeyID, k.Description, usd, diem, units})
		}
	}
	return s.write(ctx, func(conn *sql.Conn) error {
		for _, head := range heads {
			for _, table := range []string{"ledger_key_days", "ledger_keys"} {
				if _, err := conn.ExecContext(ctx, "DELETE FROM "+table+" WHERE account = ? AND day = ?::DATE", head[0], head[1]); err != nil {
					return err
				}
			}
		}
		if err := appendRows(ctx, conn, "ledger_key_days", each(heads)); err != nil {
			return err
		}
		return appendRows(ctx, conn, "ledger_keys", each(spends))
	})
}

// each gives rows one after the other, for appendRows.
func each(rows [][]driver.Value) func() ([]driver.Value, error) {
	return func() (row []driver.Value, err error) {
		if len(rows) > 0 {
			row, rows = rows[0], rows[1:]
		}
		return row, nil
	}
}

// KeyDays are those with a day that begins within a window, in order.
func (s *Store) KeyDays(ctx context.Context, account string, w ledger.Window) ([]ledger.KeyDay, error) {
	type row struct {
		day, readAt      time.Time
		id, description  *string // null for a day without keys
		usd, diem, units number
	}
	where := inWindow(account, "day", w)
	var days []ledger.KeyDay
	err := s.read(ctx, func(db *sql.DB) error {
		rows, err := collect(ctx, db, func(r *row) []any {
			return []any{&r.day, &r.readAt, &r.id, &r.description, &r.usd, &r.diem, &r.units}
		}, `SELECT day, read_at, key_id, description, usd, diem, units
			FROM ledger_key_days LEFT JOIN ledger_keys USING (account, day)`+where.sql()+" ORDER BY day, ordinal", where.args...)
		for _, r := range rows {
			last := len(days) - 1
			if last < 0 || !days[last].Day.Equal(r.day) {
				days = append(days, ledger.KeyDay{Day: r.day.UTC(), ReadAt: r.readAt.UTC()})
				last++
			}
			if r.id != nil {
				days[last].Keys = append(days[last].Keys, venice.KeySpend{
					APIKeyID: *r.id, Description: *r.description,
					TotalUSD: r.usd.Decimal, TotalDIEM: r.diem.Decimal, TotalUnits: r.units.Decimal,
				})
			}
		}
		return err
	})
	return days, err
}
