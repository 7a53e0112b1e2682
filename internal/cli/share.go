package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// eachAccount calls sync for the accounts, one after the other, and joins its
// errors. On a store that several machines share, other workers do a part of
// them, which are named, and waited for.
func eachAccount(ctx context.Context, store ledger.Store, accounts []config.Account, o ledger.ShareOptions,
	sync func(context.Context, config.Account) error) (others []string, failed error) {
	if leases, shared := store.(ledger.Leases); shared {
		names := make([]string, len(accounts))
		byName := make(map[string]config.Account, len(accounts))
		for i, account := range accounts {
			names[i] = account.Name
			byName[account.Name] = account
		}
		return ledger.Share(ctx, leases, names, o, func(ctx context.Context, name string) error {
			return sync(ctx, byName[name])
		})
	}
	for _, account := range accounts {
		failed = errors.Join(failed, sync(ctx, account))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failed
}

// freshFor is how long nobody needs to sync an account again in rounds that come
// every so often: not quite as long, since rounds are never exactly so far apart.
func freshFor(every time.Duration) time.Duration { return every - every/10 }

// leftToOthers says whether a sync was broken off because another worker does it.
func leftToOthers(ctx context.Context) bool {
	return errors.Is(context.Cause(ctx), ledger.ErrLeaseTaken)
}

// waitingNotice tells a person who waits what for.
func (a app) waitingNotice(held []ledger.Lease) {
	if !a.err.tty {
		return
	}
	names := make([]string, len(held))
	for i, l := range held {
		names[i] = fmt.Sprintf("%s (by %s)", l.Account, l.Holder)
	}
	fmt.Fprintf(a.err, "%s\n", a.err.paint(dim, "waiting for other workers, who sync "+someOf(names)))
}
