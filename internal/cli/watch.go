package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/alert"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// watchEvery is how often a watch syncs by itself.
const watchEvery = time.Minute

// watchOptions are the flags of 'ducat watch'.
type watchOptions struct {
	accounts []string
	every    time.Duration
	noSync   bool
	conn     *connection
}

func (a app) watchCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "The accounts, live",
		Long: `What is left, how much of today's DIEM is gone and when it refills, what was
spent hour by hour, and the latest entries: on the whole terminal, at any size,
by the same figures as 'ducat report'. Days and hours are UTC.

It brings the books up to date by itself, which needs the keys that 'ducat sync'
does; --no-sync only looks at the books. What fails is shown, and tried again.

Keys: q or Ctrl-C leaves, s syncs now. On a pipe it prints a line each round, as
'ducat status' does, until it is interrupted.`,
		Example: `  ducat watch
  ducat watch --every 30s --account work
  ducat watch --no-sync`,
		Args: noArgs,
	}
	o := new(watchOptions)
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&o.accounts, "account", nil, "only this account; can be repeated")
	flags.DurationVar(&o.every, "every", watchEvery, "sync so often, "+minWatch.String()+" or more")
	flags.BoolVar(&o.noSync, "no-sync", false, "only look at the books")
	o.conn = connectionFlags(cmd)

	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if o.every < minWatch {
			return wrongUsage(fmt.Errorf("--every must be %s or more", minWatch), cmd.CommandPath())
		}
		c, store, err := a.books()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		_, err = accountsOf(cmd.Context(), c, store, o.accounts)
		if err != nil && !errors.Is(err, ledger.ErrNoLedger) && !notAtHand(err) {
			return err
		}
		w := &watching{app: a, config: c, store: store, options: o, again: make(chan struct{}, 1)}
		if !o.noSync {
			if w.accounts, err = configured(c, o.accounts); err != nil {
				return err
			}
		}
		if a.out.tty {
			return w.live(cmd.Context())
		}
		return w.plain(cmd.Context())
	}
	return cmd
}

// watching is one run of 'ducat watch'.
type watching struct {
	app
	config  *config.Config
	store   ledger.Store
	options *watchOptions
	// accounts are synced; none with --no-sync.
	accounts []config.Account
	// again is for who does not want to wait for the next sync.
	again chan struct{}
}

// live shows the view until somebody leaves it. What syncs and looks beside it
// has ended when it returns.
func (w *watching) live(ctx context.Context) error {
	beside, cancel := context.WithCancel(ctx)
	model := newWatchModel(w.out, w.options, w.now())
	model.syncNow = func() {
		select {
		case w.again <- struct{}{}:
		default: // it is asked for already
		}
	}
	program := tea.NewProgram(model, tea.WithOutput(w.out.Writer), tea.WithoutSignalHandler())
	stop := context.AfterFunc(ctx, program.Quit)
	defer stop()
	// Nothing but the view may write to the terminal.
	w.err = stream{Writer: io.Discard}
	tell := func(msg tea.Msg) { program.Send(msg) }
	var others sync.WaitGroup
	others.Go(func() { w.looks(beside, tell) })
	if !w.options.noSync {
		others.Go(func() { w.syncs(beside, tell) })
	}
	_, err := program.Run()
	cancel()
	others.Wait()
	return errors.Join(err, ctx.Err())
}

// The messages to the model.
type (
	tickMsg   time.Time // it is now
	sightMsg  struct{ *sight }
	blindMsg  struct{ err error } // the books cannot be looked at
	syncMsg   struct{}            // a sync begins
	readMsg   ledger.Progress
	syncedMsg struct {
		at, next time.Time
		err      error
	}
)

// syncs makes rounds of syncs until ctx ends. Alerts are sent beside them.
func (w *watching) syncs(ctx context.Context, tell func(tea.Msg)) {
	bell, silence := w.bell(ctx)
	defer silence()
	every := w.options.every
	for ctx.Err() == nil {
		tell(syncMsg{})
		err := w.sync(ctx, every, func(p ledger.Progress) { tell(readMsg(p)) })
		if ctx.Err() != nil {
			return
		}
		bell.Ring()
		now := w.now()
		tell(syncedMsg{at: now, next: now.Add(w.options.every), err: err})
		timer := time.NewTimer(w.options.every)
		every = w.options.every
		select {
		case <-timer.C:
		case <-w.again:
			every = 0 // what was synced just now, too
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// sync is one of the rounds that come every so often, or a single one.
func (w *watching) sync(ctx context.Context, every time.Duration, progress func(ledger.Progress)) error {
	_, err := w.syncAccounts(ctx, w.store, w.accounts, &syncOptions{
		overlap: ledger.DefaultOverlap, watch: every, conn: w.options.conn, progress: progress,
	})
	w.keepStatus(ctx, w.config, w.store)
	return err
}

// bell is what sends alerts after a sync, until silence ends it.
func (w *watching) bell(ctx context.Context) (bell *alert.Bell, silence func()) {
	bell = alert.NewBell(func(ctx context.Context) { w.alert(ctx, w.config, w.store) })
	ctx, cancel := context.WithCancel(ctx)
	var ringing sync.WaitGroup
	ringing.Go(func() { bell.Run(ctx) })
	return bell, func() {
		cancel()
		ringing.Wait()
	}
}

const (
	// lookEvery is how often the books are looked at whether they changed.
	lookEvery = time.Second
	// looksApart is how many times as long as a look took nobody looks again, so
	// that a sync which writes all the time is not held up.
	looksApart = 4
)

// looks tells the time, and how the accounts stand whenever the books have
// changed, or a minute has passed, until ctx ends.
func (w *watching) looks(ctx context.Context, tell func(tea.Msg)) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var seen string
	var rest time.Time
	for ctx.Err() == nil {
		now := w.now()
		tell(tickMsg(now))
		version, err := w.store.Version(ctx)
		is := version + now.Format(" 15:04")
		switch {
		case err != nil:
			tell(blindMsg{err})
		case is != seen && !time.Now().Before(rest):
			began := time.Now()
			s, err := w.look(ctx)
			rest = time.Now().Add(looksApart * time.Since(began))
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				tell(blindMsg{err})
				break
			}
			seen = is
			tell(sightMsg{s})
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// plain prints a line for each round until ctx ends.
func (w *watching) plain(ctx context.Context) error {
	bell, silence := w.bell(ctx)
	defer silence()
	for {
		if !w.options.noSync {
			if err := w.sync(ctx, w.options.every, nil); err != nil && ctx.Err() == nil {
				w.report(ctx, err, false)
			}
			bell.Ring()
		}
		if err := w.printLine(ctx); err != nil && ctx.Err() == nil {
			if !errors.Is(err, ledger.ErrNoLedger) && !notAtHand(err) {
				return err
			}
			w.report(ctx, err, false)
		}
		timer := time.NewTimer(w.options.every)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// printLine prints how the accounts stand now.
func (w *watching) printLine(ctx context.Context) error {
	kept, outdated, err := w.status(ctx)
	if err != nil {
		return err
	}
	s, err := statusOf(kept.Status, w.options.accounts)
	if err != nil {
		return err
	}
	now := w.now()
	stand := standing{s.Total(), s.Budgets, now, staleAfter, outdated}
	_, err = fmt.Fprintf(w.out, "%s %s\n", now.UTC().Format(time.RFC3339), stand.line(w.out))
	return err
}
