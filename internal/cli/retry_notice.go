package cli

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// A retryNotice tells a person who waits why: it makes a line of each retry that
// the client library logs.
type retryNotice struct{ out stream }

func (n retryNotice) Enabled(_ context.Context, level slog.Level) bool {
	return n.out.tty && level >= slog.LevelInfo
}

func (n retryNotice) Handle(_ context.Context, r slog.Record) error {
	var wait time.Duration
	var reason string
	r.Attrs(func(attr slog.Attr) bool {
		switch attr.Key {
		case "in":
			wait = attr.Value.Duration()
		case "after":
			reason = attr.Value.String()
		}
		return true
	})
	text := fmt.Sprintf("trying again in %s: %s", wait.Round(100*time.Millisecond), printable(reason))
	_, err := fmt.Fprintf(n.out, "\r\x1b[K%s\n", n.out.paint(dim, text))
	return err
}

func (n retryNotice) WithAttrs([]slog.Attr) slog.Handler { return n }
func (n retryNotice) WithGroup(string) slog.Handler      { return n }
