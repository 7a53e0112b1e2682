package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/alert"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// minWatch keeps a watch from asking Venice without a pause.
const minWatch = 10 * time.Second

// syncOptions are the flags of 'ducat sync'.
type syncOptions struct {
	accounts []string
	since    instant
	full     bool
	parallel int
	overlap  ledger.Overlap
	watch    time.Duration
	output   *choice
	conn     *connection
	progress func(ledger.Progress) // instead of a bar; nil for the bar
}

func (a app) syncCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Bring the books up to date",
		Long: `Reads from Venice what the books do not have yet, and again what may have been
posted late: the last hour each time, the last two days every six hours. What
changed in what was already read is said. Older days are checked by
'ducat reconcile'.

The first sync reads the whole history, several windows side by side. It may be
interrupted at any instant: what was read is kept, and the next sync goes on
from there. Every other command works while it runs.

Afterwards, receivers are told of the budgets of which a threshold is reached:
see 'ducat budget --help'.

Several machines that share a ledger may all sync at the same time: each account
is then read by one of them, and who ends first waits for the others. What one
that was killed has left undone, another does. See docs/scale.md.`,
		Example: `  ducat sync
  ducat sync --since 2026-01-01
  ducat sync --watch 5m
  ducat sync --full --parallel 8`,
		Args: noArgs,
	}
	o := new(syncOptions)
	o.since.parse = func(s string) (time.Time, error) { return parseWhen(s, a.now()) }
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&o.accounts, "account", nil, "only this account; can be repeated")
	flags.Var(&o.since, "since", "leave out what is older: 2026-01-31, 2026-01-31T12:00:00Z, 90d")
	flags.BoolVar(&o.full, "full", false, "read everything again")
	flags.IntVar(&o.parallel, "parallel", ledger.DefaultParallel,
		fmt.Sprintf("pages asked for at once, 1 to %d; fewer when Venice is slow", ledger.MaxParallel))
	o.overlap = ledger.DefaultOverlap
	flags.DurationVar(&o.overlap.Short, "overlap", o.overlap.Short, "how much of the end every sync reads again")
	flags.DurationVar(&o.overlap.Long, "overlap-long", o.overlap.Long, "how late entries are expected: as much is read again, every six hours")
	flags.DurationVar(&o.watch, "watch", 0, "go on, and sync again so often (5m)")
	o.output = outputFlag(cmd, formatTable, formatJSON)
	o.conn = connectionFlags(cmd)

	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if err := o.check(); err != nil {
			return wrongUsage(err, cmd.CommandPath())
		}
		c, store, err := a.books()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		accounts, err := configured(c, o.accounts)
		if err != nil {
			return err
		}
		if o.watch > 0 {
			return a.syncForEver(cmd.Context(), c, store, accounts, o)
		}
		err = a.syncOnce(cmd.Context(), c, store, accounts, o)
		if cmd.Context().Err() == nil {
			a.alert(cmd.Context(), c, store)
		}
		return err
	}
	return cmd
}

func (o *syncOptions) check() error {
	switch {
	case o.parallel < 1 || o.parallel > ledger.MaxParallel:
		return fmt.Errorf("--parallel must be 1 to %d", ledger.MaxParallel)
	case o.overlap.Short < time.Hour:
		return errors.New("--overlap must be 1h or more: Venice hangs on small ranges")
	case o.overlap.Long < o.overlap.Short:
		return errors.New("--overlap-long must not be less than --overlap")
	case o.watch != 0 && o.watch < minWatch:
		return fmt.Errorf("--watch must be %s or more", minWatch)
	default:
		return nil
	}
}

// syncOnce syncs the accounts and tells what that did.
func (a app) syncOnce(ctx context.Context, c *config.Config, store ledger.Store, accounts []config.Account, o *syncOptions) error {
	round, failed := a.syncAccounts(ctx, store, accounts, o)
	defer a.keepStatus(ctx, c, store)
	if o.output.value == formatJSON {
		return errors.Join(failed, writeJSON(a.out, "", round))
	}
	if _, err := fmt.Fprint(a.out, round.text(a.out)); err != nil {
		return err
	}
	return failed
}

// syncAccounts syncs them one after the other. One that fails does not keep the
// others from theirs.
func (a app) syncAccounts(ctx context.Context, store ledger.Store, accounts []config.Account, o *syncOptions) (syncRound, error) {
	share := ledger.ShareOptions{Fresh: freshFor(o.watch)}
	if o.progress == nil {
		share.Waiting = a.waitingNotice
	}
	var reports []syncReport
	others, failed := eachAccount(ctx, store, accounts, share, func(ctx context.Context, account config.Account) error {
		result, err := a.syncAccount(ctx, store, account, o)
		if err != nil && leftToOthers(ctx) {
			return err
		}
		if err != nil && len(accounts) > 1 {
			err = fmt.Errorf("account %s: %w", account.Name, err)
		}
		if result != nil {
			reports = append(reports, newSyncReport(result, err))
		}
		return err
	})
	return newSyncRound(reports, others), failed
}

// syncForEver syncs until it is interrupted. A failure is told, and tried again
// at the next round. Alerts are sent beside the syncs.
func (a app) syncForEver(ctx context.Context, c *config.Config, store ledger.Store, accounts []config.Account, o *syncOptions) error {
	bell := alert.NewBell(func(ctx context.Context) { a.alert(ctx, c, store) })
	var ringing sync.WaitGroup
	defer ringing.Wait()
	ringing.Go(func() { bell.Run(ctx) })
	for {
		if err := a.syncOnce(ctx, c, store, accounts, o); err != nil && ctx.Err() == nil {
			a.report(ctx, err, o.output.value == formatJSON)
		}
		bell.Ring()
		timer := time.NewTimer(o.watch)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

func (a app) syncAccount(ctx context.Context, store ledger.Store, account config.Account, o *syncOptions) (*ledger.SyncResult, error) {
	client, err := a.clientOf(account, o.conn)
	if err != nil {
		return nil, err
	}
	bar := newProgressBar(a.err)
	defer bar.stop()
	progress := bar.sync
	if o.progress != nil {
		progress = o.progress
	}
	return ledger.Sync(ctx, store, client.Billing, account.Name, ledger.SyncOptions{
		Since:    o.since.Time,
		Full:     o.full,
		Parallel: o.parallel,
		Overlap:  o.overlap,
		Keys:     client.APIKeys,
		Progress: progress,
		Now:      a.now,
	})
}
