package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/alert"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// alert tells of budgets, and on stderr how that went. It fails no command: what
// could not be told is tried again by the next round.
func (a app) alert(ctx context.Context, c *config.Config, books ledger.Books) {
	now := a.now()
	outcomes, err := alert.Round(ctx, books, c, a.env, now)
	for _, o := range outcomes {
		fmt.Fprintln(a.err, a.alertText(o, now))
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(a.err, "%s %s\n", a.err.paint(yellow, "warning:"), sentence(err))
	}
}

func (a app) alertText(o alert.Outcome, now time.Time) string {
	what := fmt.Sprintf("of the budget %s at %d %%", o.Alert.Budget, o.Alert.Threshold)
	if o.Err == nil {
		return fmt.Sprintf("alert: told %s %s", o.Receiver, what)
	}
	text := fmt.Sprintf("%s could not be told %s: %s", o.Receiver, what, sentence(o.Err))
	if !o.Again.IsZero() {
		text += fmt.Sprintf("; tried again in %s, or by the next sync after that", o.Again.Sub(now))
	}
	return a.err.paint(yellow, "warning:") + " " + text
}
