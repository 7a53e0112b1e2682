package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/alert"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// alert tells of budgets, and on stderr how that went, where a sync may be drawing
// its bar meanwhile. It fails no command: what could not be told is tried again by
// a later round.
func (a app) alert(ctx context.Context, c *config.Config, books ledger.Books) {
	now := a.now()
	outcomes, err := alert.Round(ctx, books, c, a.env, now)
	erase := ""
	if a.err.tty {
		erase = "\r\x1b[K"
	}
	for _, o := range outcomes {
		fmt.Fprintf(a.err, "%s%s\n", erase, a.alertText(o, now))
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(a.err, "%s%s %s\n", erase, a.err.paint(yellow, "warning:"), sentence(err))
	}
}

func (a app) alertText(o alert.Outcome, now time.Time) string {
	what := fmt.Sprintf("the budget %s has reached %d %%", o.Alert.Budget, o.Alert.Threshold)
	if o.Err == nil {
		return fmt.Sprintf("alert: %s was told that %s", o.Receiver, what)
	}
	text := fmt.Sprintf("%s could not be told that %s: %s", o.Receiver, what, sentence(o.Err))
	if !o.Again.IsZero() {
		text += fmt.Sprintf("; the first sync in %s or later tries again", o.Again.Sub(now))
	}
	return a.err.paint(yellow, "warning:") + " " + text
}
