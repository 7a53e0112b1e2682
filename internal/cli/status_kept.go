package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/status"
)

// How long a status waits for the books where it has an older answer to show
// instead: for a process that writes the file, and for the server.
const (
	filePatience   = 50 * time.Millisecond
	serverPatience = time.Second
)

// status is how the accounts stand: as it was kept, while that is so still, or by
// the books. Outdated is one of what may be older books, since these cannot be
// asked now.
func (a app) status(ctx context.Context) (kept *status.Kept, outdated bool, err error) {
	c, err := a.config()
	if err != nil {
		return nil, false, err
	}
	kept = status.Beside(c.Beside).Load()
	if kept.Timely(a.statusStamp(c, "")) {
		current, err := a.statusSoon(ctx, c, kept)
		if ctx.Err() == nil && notAtHand(err) {
			return kept, true, nil
		}
		return current, false, err
	}
	store, err := a.openLedger(c.Ledger, duckdb.Options{})
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	kept, err = a.renewStatus(ctx, c, store)
	return kept, false, err
}

// statusSoon is what is kept, if the books are still those, or else what they say
// now. It does not wait long for them.
func (a app) statusSoon(ctx context.Context, c *config.Config, kept *status.Kept) (current *status.Kept, err error) {
	store, err := a.openLedger(c.Ledger, duckdb.Options{Wait: filePatience})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	soon, cancel := context.WithTimeout(ctx, serverPatience)
	defer cancel()
	version, err := store.Version(soon)
	if err != nil {
		return nil, err
	}
	if kept.Fresh(a.statusStamp(c, version)) {
		return kept, nil
	}
	return a.renewStatus(ctx, c, store)
}

// notAtHand says whether books could not be asked, and may be a moment later.
func notAtHand(err error) bool {
	return errors.Is(err, ledger.ErrBusy) || errors.Is(err, ledger.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded)
}

// statusStamp says of what a status of books of that version would be now.
func (a app) statusStamp(c *config.Config, version string) status.Stamp {
	settings := sha256.New()
	fmt.Fprintf(settings, "%t", c.Implicit)
	for _, account := range c.Accounts {
		fmt.Fprintf(settings, " %q", account.Name)
	}
	for _, b := range c.Budgets {
		fmt.Fprintf(settings, " %q %q %q %q %s %s %s %v", b.Name, b.Accounts, b.Models, b.Key, b.Unit(), b.Amount, b.Period, b.Zone)
	}
	return status.NewStamp(version, fmt.Sprintf("%x", settings.Sum(nil)), a.now())
}

// renewStatus asks the books, and keeps the answer. That it cannot be kept is
// but warned of.
func (a app) renewStatus(ctx context.Context, c *config.Config, store ledger.Store) (*status.Kept, error) {
	// The version first: books that change meanwhile are then asked again.
	version, err := store.Version(ctx)
	if err != nil {
		return nil, err
	}
	stamp := a.statusStamp(c, version)
	accounts, err := accountsOf(ctx, c, store, nil)
	if err != nil {
		return nil, err
	}
	s, err := status.Ask(ctx, store, accounts, budgetsOf(c, accounts), stamp.From)
	if err != nil {
		return nil, err
	}
	kept := status.Keep(stamp, s)
	if err := status.Beside(c.Beside).Save(kept); err != nil {
		a.warn(err)
	}
	return kept, nil
}

// mostKept is how many accounts have a status that is kept. More than that fit in no
// prompt, and to ask for them after each sync would take longer than the sync.
const mostKept = 100

// keepStatus renews the status after the books have changed, so that who asks for
// it next need not wait. A failure is a warning: the next one tries again.
func (a app) keepStatus(ctx context.Context, c *config.Config, store ledger.Store) {
	if len(c.Accounts) > mostKept {
		return
	}
	_, err := a.renewStatus(ctx, c, store)
	if err != nil && ctx.Err() == nil && !errors.Is(err, ledger.ErrNoLedger) {
		a.warn(fmt.Errorf("status not renewed: %w", err))
	}
}

// warn tells of what does not make the command fail.
func (a app) warn(err error) {
	fmt.Fprintf(a.err, "%s %s\n", a.err.paint(yellow, "warning:"), sentence(err))
}

// budgetsOf are the budgets that are configured; one that names no accounts counts
// all there are.
func budgetsOf(c *config.Config, accounts []string) []report.Budget {
	budgets := make([]report.Budget, len(c.Budgets))
	for i, b := range c.Budgets {
		budgets[i] = b.Budget
		if len(b.Accounts) == 0 {
			budgets[i].Accounts = accounts
		}
	}
	return budgets
}
