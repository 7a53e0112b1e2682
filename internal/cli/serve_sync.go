package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

// syncLoop keeps the books of all configured accounts fresh. A key that is
// missing now is told now.
func (a app) syncLoop(c *config.Config, store ledger.Store, o *serveOptions) (*syncing.Loop, error) {
	for _, account := range c.Accounts {
		if _, err := a.clientOf(account, o.conn); err != nil {
			return nil, err
		}
	}
	return syncing.New(o.every, func(ctx context.Context) error {
		var failed error
		for _, account := range c.Accounts {
			if err := a.refresh(ctx, store, account, o.conn, o.serve.Log); err != nil {
				failed = errors.Join(failed, fmt.Errorf("account %s: %w", account.Name, err))
			}
		}
		a.keepStatus(ctx, c, store)
		return failed
	}, o.serve.Log)
}

// refresh syncs an account. Its key is read each time, as it may be another one
// than before.
func (a app) refresh(ctx context.Context, store ledger.Store, account config.Account, conn *connection, log *slog.Logger) error {
	client, err := a.clientOf(account, conn)
	if err != nil {
		return err
	}
	result, err := ledger.Sync(ctx, store, client.Billing, account.Name, ledger.SyncOptions{Now: a.now})
	if err == nil {
		log.Info("synced", "account", account.Name, "until", result.Horizon, "entries", result.Entries,
			"fresh", result.Change.Fresh, "changed", result.Change.Added+result.Change.Removed)
	}
	return err
}
