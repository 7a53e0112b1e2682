package cli

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/ducat-ledger/ducat/internal/alert"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

// syncLoop keeps the books of all configured accounts fresh, and rings the bells
// after each round. A key that is missing now is told now.
func (a app) syncLoop(c *config.Config, store ledger.Store, o *serveOptions, bells []*alert.Bell) (*syncing.Loop, error) {
	for _, account := range c.Accounts {
		if _, err := a.clientOf(account, o.conn); err != nil {
			return nil, err
		}
	}
	return syncing.New(o.every, func(ctx context.Context) error {
		defer func() {
			for _, bell := range bells {
				bell.Ring()
			}
		}()
		others, failed := eachAccount(ctx, store, c.Accounts, ledger.ShareOptions{Fresh: freshFor(o.every)}, func(ctx context.Context, account config.Account) error {
			if err := a.refresh(ctx, store, account, o.conn, o.serve.Log); err != nil {
				return fmt.Errorf("account %s: %w", account.Name, err)
			}
			return nil
		})
		if n := len(others); n > 0 {
			o.serve.Log.Info("other workers synced", "accounts", n)
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
	result, err := ledger.Sync(ctx, store, client.Billing, account.Name, ledger.SyncOptions{Now: a.now, Keys: client.APIKeys})
	if err == nil {
		log.Info("synced", "account", account.Name, "until", result.Horizon, "entries", result.Entries,
			"fresh", result.Change.Fresh, "changed", result.Change.Added+result.Change.Removed)
	}
	if result != nil && result.KeysErr != nil {
		log.Warn("no list of keys", "account", account.Name, "error", sentence(result.KeysErr))
	}
	return err
}

// alertBell tells of budgets beside the syncs, and the log how that went.
func (a app) alertBell(c *config.Config, books ledger.Books, log *slog.Logger) *alert.Bell {
	return alert.NewBell(func(ctx context.Context) {
		now := a.now()
		outcomes, err := alert.Round(ctx, books, c, a.env, now)
		for _, o := range outcomes {
			about := []any{"receiver", o.Receiver, "budget", o.Alert.Budget, "percent", o.Alert.Threshold}
			switch {
			case o.Err == nil:
				log.Info("alert told", about...)
			case o.Again.IsZero():
				log.Warn("alert not told", append(about, "error", sentence(o.Err))...)
			default:
				log.Warn("alert not told", append(about, "error", sentence(o.Err), "again", o.Again)...)
			}
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("alerts", "error", sentence(err))
		}
	})
}

// ringing runs a loop with bells beside it, and waits for all of them.
func ringing(run func(context.Context), bells ...*alert.Bell) func(context.Context) {
	return func(ctx context.Context) {
		var rounds sync.WaitGroup
		defer rounds.Wait()
		for _, bell := range bells {
			rounds.Go(func() { bell.Run(ctx) })
		}
		run(ctx)
	}
}
