package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// SaveBalance keeps balances, to the microsecond of their instants.
func (s *Store) SaveBalance(ctx context.Context, account string, balances ...ledger.BalanceAt) error {
	rows := make(map[int64][]driver.Value, len(balances)) // by microsecond
	for _, b := range balances {
		at := b.At.UTC().Truncate(time.Microsecond)
		row := []driver.Value{account, at, b.CanConsume, string(b.ConsumptionCurrency)}
		allocation := decimal.NewNullDecimal(b.DIEMEpochAllocation)
		for _, d := range []decimal.NullDecimal{b.Balances.DIEM, b.Balances.USD, b.Balances.BundledCredits, b.Balances.EarnedCredits, allocation} {
			if !d.Valid {
				row = append(row, nil)
				continue
			}
			number, err := stored(d.Decimal)
			if err != nil {
				return fmt.Errorf("balance of %s: %w", at.Format(time.RFC3339Nano), err)
			}
			row = append(row, number)
		}
		rows[at.UnixMicro()] = row
	}
	instants := slices.Sorted(maps.Keys(rows))
	return s.write(ctx, func(conn *sql.Conn) error {
		if _, err := conn.ExecContext(ctx, "DELETE FROM ledger_balances WHERE account = ? AND read_at IN (SELECT make_timestamp(unnest(?::BIGINT[])))", account, instants); err != nil {
			return err
		}
		return appendRows(ctx, conn, "ledger_balances", func() ([]driver.Value, error) {
			if len(instants) == 0 {
				return nil, nil
			}
			row := rows[instants[0]]
			instants = instants[1:]
			return row, nil
		})
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
	where := ofAccounts([]string{account})
	where.within("read_at", w)
	_, found, err := s.balances(ctx, where.sql()+" ORDER BY read_at", where.args...)
	return found, err
}

// LastBalances are the newest balances of accounts.
func (s *Store) LastBalances(ctx context.Context, accounts ...string) (map[string]ledger.BalanceAt, error) {
	c := ofAccounts(accounts)
	names, found, err := s.balances(ctx, c.sql()+" QUALIFY row_number() OVER (PARTITION BY account ORDER BY read_at DESC) = 1", c.args...)
	last := make(map[string]ledger.BalanceAt, len(found))
	for i, name := range names {
		last[name] = found[i]
	}
	return last, err
}

func (s *Store) balances(ctx context.Context, which string, args ...any) (accounts []string, found []ledger.BalanceAt, err error) {
	type row struct {
		account                                string
		at                                     time.Time
		canConsume                             bool
		currency                               venice.Currency
		diem, usd, bundled, earned, allocation number
	}
	err = s.read(ctx, func(db *sql.DB) error {
		rows, err := collect(ctx, db, func(r *row) []any {
			return []any{&r.account, &r.at, &r.canConsume, &r.currency, &r.diem, &r.usd, &r.bundled, &r.earned, &r.allocation}
		}, `SELECT account, read_at, can_consume, consumption_currency, diem, usd, bundled_credits, earned_credits, diem_allocation
			FROM ledger_balances`+which, args...)
		for _, r := range rows {
			accounts = append(accounts, r.account)
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
	return accounts, found, err
}

// within chooses by a column of days or instants; a zero side of the window is open.
func (c *condition) within(column string, w ledger.Window) {
	if !w.Start.IsZero() {
		c.add(column+" >= ?::TIMESTAMP", ledger.NotBefore(w.Start))
	}
	if !w.End.IsZero() {
		c.add(column+" < ?::TIMESTAMP", ledger.NotBefore(w.End))
	}
}

// SaveKeyDay puts totals by key in the place of those kept for their days.
func (s *Store) SaveKeyDay(ctx context.Context, account string, days ...ledger.KeyDay) error {
	rows := make([][][]any, len(days))
	for i, d := range days {
		var err error
		if rows[i], err = keyRows(account, d); err != nil {
			return err
		}
	}
	return s.write(ctx, func(conn *sql.Conn) error {
		for i, d := range days {
			if err := saveKeyDay(ctx, conn, account, d, rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// keyRows are the rows of ledger_keys for a day.
func keyRows(account string, d ledger.KeyDay) ([][]any, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	day := d.Day.UTC()
	rows := make([][]any, len(d.Keys))
	for i, k := range d.Keys {
		rows[i] = []any{account, day, i, k.APIKeyID, k.Description}
		for _, n := range []decimal.Decimal{k.TotalUSD, k.TotalDIEM, k.TotalUnits} {
			text, err := asText(decimal.NewNullDecimal(n))
			if err != nil {
				return nil, fmt.Errorf("totals of key %q on %s: %w", k.Description, day.Format(time.DateOnly), err)
			}
			rows[i] = append(rows[i], text)
		}
	}
	return rows, nil
}

func saveKeyDay(ctx context.Context, conn *sql.Conn, account string, d ledger.KeyDay, rows [][]any) error {
	day := d.Day.UTC()
	for _, table := range []string{"ledger_key_days", "ledger_keys"} {
		if _, err := conn.ExecContext(ctx, "DELETE FROM "+table+" WHERE account = ? AND day = ?::DATE", account, day); err != nil {
			return err
		}
	}
	if _, err := conn.ExecContext(ctx, "INSERT INTO ledger_key_days VALUES (?, ?, ?)", account, day, d.ReadAt.UTC()); err != nil {
		return err
	}
	for _, args := range rows {
		if _, err := conn.ExecContext(ctx, "INSERT INTO ledger_keys VALUES (?, ?, ?, ?, ?, ?::DECIMAL(38, 24), ?::DECIMAL(38, 24), ?::DECIMAL(38, 24))", args...); err != nil {
			return err
		}
	}
	return nil
}

// KeyDays are those with a day that begins within a window, in order.
func (s *Store) KeyDays(ctx context.Context, w ledger.Window, accounts ...string) (map[string][]ledger.KeyDay, error) {
	type row struct {
		account          string
		day, readAt      time.Time
		id, description  *string // null for a day without keys
		usd, diem, units number
	}
	where := ofAccounts(accounts)
	where.within("day", w)
	found := map[string][]ledger.KeyDay{}
	err := s.read(ctx, func(db *sql.DB) error {
		rows, err := collect(ctx, db, func(r *row) []any {
			return []any{&r.account, &r.day, &r.readAt, &r.id, &r.description, &r.usd, &r.diem, &r.units}
		}, `SELECT account, day, read_at, key_id, description, usd, diem, units
			FROM ledger_key_days LEFT JOIN ledger_keys USING (account, day)`+where.sql()+" ORDER BY account, day, ordinal", where.args...)
		for _, r := range rows {
			days := found[r.account]
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
			found[r.account] = days
		}
		return err
	})
	return found, err
}
