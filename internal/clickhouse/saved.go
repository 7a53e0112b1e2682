package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// save puts rows into one of the tables beside the journal, as one block.
func (s *Store) save(ctx context.Context, insert string, rows [][]any) error {
	if len(rows) == 0 {
		return ctx.Err()
	}
	save := func() error {
		if err := s.prepare(ctx, true); err != nil {
			return err
		}
		batch, err := s.conn.PrepareBatch(ctx, insert)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := batch.Append(row...); err != nil {
				_ = batch.Abort() // err says more
				return err
			}
		}
		return batch.Send()
	}
	return s.explain(ctx, save())
}

// SaveBalance keeps balances, to the microsecond of their instants.
func (s *Store) SaveBalance(ctx context.Context, account string, balances ...ledger.BalanceAt) error {
	var rows [][]any
	place := map[int64]int{} // of two at the same microsecond the second stays
	for _, b := range balances {
		at := b.At.UTC().Truncate(time.Microsecond)
		of := b.Balances
		for _, n := range []decimal.NullDecimal{of.DIEM, of.USD, of.BundledCredits, of.EarnedCredits, decimal.NewNullDecimal(b.DIEMEpochAllocation)} {
			if err := ledger.CheckNumber(n.Decimal); err != nil {
				return fmt.Errorf("balance of %s: %w", at.Format(time.RFC3339Nano), err)
			}
		}
		row := []any{account, at, b.CanConsume, string(b.ConsumptionCurrency),
			nullable(of.DIEM), nullable(of.USD), nullable(of.BundledCredits), nullable(of.EarnedCredits), b.DIEMEpochAllocation}
		if i, ok := place[at.UnixMicro()]; ok {
			rows[i] = row
			continue
		}
		place[at.UnixMicro()] = len(rows)
		rows = append(rows, row)
	}
	return s.save(ctx, `INSERT INTO ledger_balances (account, read_at, can_consume, consumption_currency,
		diem, usd, bundled_credits, earned_credits, diem_allocation)`, rows)
}

// nullable is a number as the driver wants one that may be absent.
func nullable(n decimal.NullDecimal) *decimal.Decimal {
	if !n.Valid {
		return nil
	}
	return &n.Decimal
}

// orNull is a number as the driver gives one that may be absent.
func orNull(d *decimal.Decimal) decimal.NullDecimal {
	if d == nil {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(short(*d))
}

// Balances are the account's balances within a window, oldest first.
func (r reader) Balances(ctx context.Context, account string, w ledger.Window) ([]ledger.BalanceAt, error) {
	where := r.savedWhere()
	where.add("account = ?", account)
	where.within("read_at", w)
	_, found, err := r.balances(ctx, where, "ORDER BY read_at, saved_at DESC LIMIT 1 BY read_at")
	return found, err
}

// LastBalances are the newest balances of accounts.
func (r reader) LastBalances(ctx context.Context, accounts ...string) (map[string]ledger.BalanceAt, error) {
	where := r.savedWhere()
	addIn(&where, "account", accounts)
	names, found, err := r.balances(ctx, where, "ORDER BY account, read_at DESC, saved_at DESC LIMIT 1 BY account")
	last := make(map[string]ledger.BalanceAt, len(found))
	for i, name := range names {
		last[name] = found[i]
	}
	return last, err
}

func (r reader) balances(ctx context.Context, where condition, which string) (accounts []string, found []ledger.BalanceAt, err error) {
	type row struct {
		account                    string
		at                         time.Time
		canConsume                 bool
		currency                   string
		diem, usd, bundled, earned *decimal.Decimal
		allocation                 decimal.Decimal
	}
	err = r.ask(ctx, func() error {
		rows, err := collect(ctx, r.conn, func(r *row) []any {
			return []any{&r.account, &r.at, &r.canConsume, &r.currency, &r.diem, &r.usd, &r.bundled, &r.earned, &r.allocation}
		}, `SELECT account, read_at, can_consume, consumption_currency, diem, usd, bundled_credits, earned_credits, diem_allocation
			FROM ledger_balances`+where.sql()+" "+which, where.args...)
		for _, r := range rows {
			accounts = append(accounts, r.account)
			found = append(found, ledger.BalanceAt{At: r.at.UTC(), Balance: venice.Balance{
				CanConsume:          r.canConsume,
				ConsumptionCurrency: venice.Currency(r.currency),
				DIEMEpochAllocation: short(r.allocation),
				Balances: venice.Balances{
					DIEM: orNull(r.diem), USD: orNull(r.usd), BundledCredits: orNull(r.bundled), EarnedCredits: orNull(r.earned),
				},
			}})
		}
		return err
	})
	return accounts, found, err
}

// SaveKeyDay puts totals by key in the place of those kept for their days.
func (s *Store) SaveKeyDay(ctx context.Context, account string, days ...ledger.KeyDay) error {
	rows := make([][]any, len(days))
	for i, d := range days {
		if err := d.Check(); err != nil {
			return err
		}
		var ids, descriptions []string
		var usd, diem, units []decimal.Decimal
		for _, k := range d.Keys {
			for _, n := range []decimal.Decimal{k.TotalUSD, k.TotalDIEM, k.TotalUnits} {
				if err := ledger.CheckNumber(n); err != nil {
					return fmt.Errorf("totals of key %q on %s: %w", k.Description, d.Day.UTC().Format(time.DateOnly), err)
				}
			}
			ids, descriptions = append(ids, k.APIKeyID), append(descriptions, k.Description)
			usd, diem, units = append(usd, k.TotalUSD), append(diem, k.TotalDIEM), append(units, k.TotalUnits)
		}
		rows[i] = []any{account, d.Day.UTC(), d.ReadAt.UTC(), ids, descriptions, usd, diem, units}
	}
	return s.save(ctx, "INSERT INTO ledger_key_days (account, day, read_at, key_ids, descriptions, usd, diem, units)", rows)
}

// KeyDays are those with a day that begins within a window, in order.
func (r reader) KeyDays(ctx context.Context, w ledger.Window, accounts ...string) (map[string][]ledger.KeyDay, error) {
	type row struct {
		account           string
		day, readAt       time.Time
		ids, descriptions []string
		usd, diem, units  []decimal.Decimal
	}
	where := r.savedWhere()
	addIn(&where, "account", accounts)
	where.within("toDateTime64(day, 6, 'UTC')", w)
	found := map[string][]ledger.KeyDay{}
	err := r.ask(ctx, func() error {
		rows, err := collect(ctx, r.conn, func(r *row) []any {
			return []any{&r.account, &r.day, &r.readAt, &r.ids, &r.descriptions, &r.usd, &r.diem, &r.units}
		}, "SELECT account, day, read_at, key_ids, descriptions, usd, diem, units FROM ledger_key_days"+where.sql()+
			" ORDER BY account, day, saved_at DESC LIMIT 1 BY account, day", where.args...)
		for _, r := range rows {
			day := ledger.KeyDay{Day: r.day.UTC(), ReadAt: r.readAt.UTC()}
			for i := range r.ids {
				day.Keys = append(day.Keys, venice.KeySpend{APIKeyID: r.ids[i], Description: r.descriptions[i],
					TotalUSD: short(r.usd[i]), TotalDIEM: short(r.diem[i]), TotalUnits: short(r.units[i])})
			}
			found[r.account] = append(found[r.account], day)
		}
		return err
	})
	return found, err
}
