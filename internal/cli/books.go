package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// config reads what the user has set up, and passes on what it warns of.
func (a app) config() (*config.Config, error) {
	c, err := config.Load(a.env)
	if err != nil {
		return nil, &usageError{msg: err.Error(), hint: "see 'ducat help environment'"}
	}
	for _, warning := range c.Warnings {
		a.warn(errors.New(warning))
	}
	return c, nil
}

// books opens the ledger that the user has set up.
func (a app) books() (*config.Config, ledger.Store, error) { return a.booksWith(duckdb.Options{}) }

func (a app) booksWith(o duckdb.Options) (*config.Config, ledger.Store, error) {
	c, err := a.config()
	if err != nil {
		return nil, nil, err
	}
	store, err := a.openLedger(c.Ledger, o)
	return c, store, err
}

// openLedger opens the books at a place, of whichever kind. o is for a file.
func (a app) openLedger(place config.Place, o duckdb.Options) (ledger.Store, error) {
	switch {
	case clickhouse.IsAddress(string(place)):
		store, err := clickhouse.Open(string(place), a.env(envClickHousePassword))
		if err != nil {
			return nil, &usageError{msg: err.Error(), hint: "see 'ducat help environment'"}
		}
		return store, nil
	case place.IsAddress():
		return nil, &usageError{
			msg:  fmt.Sprintf("ledger %s: no such kind of server is known, only clickhouse://, http:// and https:// of ClickHouse", place),
			hint: "see 'ducat help environment'",
		}
	}
	return duckdb.Open(string(place), o)
}

// accountsOf are the accounts that a question is about: those asked for, or else
// those that are configured and those in the books. The account that is there
// without any setting counts only when the books have no other.
func accountsOf(ctx context.Context, c *config.Config, store ledger.Store, asked []string) ([]string, error) {
	kept, err := store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	all := c.AccountsWith(kept)
	if len(asked) == 0 {
		return all, nil
	}
	for _, name := range asked {
		if !slices.Contains(all, name) {
			return nil, &usageError{
				msg:  fmt.Sprintf("invalid --account %q: neither configured nor in the books", name),
				hint: "there are " + someOf(all),
			}
		}
	}
	slices.Sort(asked)
	return slices.Compact(asked), nil
}

// configured are the accounts that can be asked: those named, or all.
func configured(c *config.Config, names []string) ([]config.Account, error) {
	if len(names) == 0 {
		return c.Accounts, nil
	}
	var accounts []config.Account
	for _, name := range names {
		account, ok := c.Account(name)
		if !ok {
			return nil, &usageError{
				msg:  fmt.Sprintf("invalid --account %q: it is not configured", name),
				hint: "see 'ducat accounts'",
			}
		}
		accounts = append(accounts, account)
	}
	return accounts, nil
}

// clientOf connects with an account's key and address.
func (a app) clientOf(account config.Account, c *connection) (*venice.Client, error) {
	key, err := account.Key(a.env)
	if err != nil {
		return nil, err
	}
	return a.connect(key, account.BaseURL, c)
}
