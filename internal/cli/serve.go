package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/serve"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

// serveOptions are the flags of 'ducat serve'.
type serveOptions struct {
	listen string
	every  time.Duration
	serve  serve.Options
	quiet  bool
	output *choice
	conn   *connection
}

func (a app) serveCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Show the books to people and programs",
		Long: `A dashboard at /, Venice's billing API at /api/v1/billing/ (any client of Venice's
works by changing its base URL), and metrics for Prometheus at /metrics, all of
them from the books. Nobody who asks needs an ADMIN key, or ever sees it. With
--sync the books are kept fresh meanwhile.

It listens on this machine only, unless told otherwise, and shows everything to
whoever asks there, until the first token is made with 'ducat token add'. From
then on, and always where others can reach it, a token is needed; elsewhere than
on this machine TLS is needed, too.

It runs until interrupted, lets requests end, and then exits 0. Requests are
logged to stderr, without secrets. docs/serve.md has the rest.`,
		Example: `  ducat serve --sync 5m
  ducat serve -o json
  ducat serve --listen 0.0.0.0:8443 --host books.example.com --tls-cert cert.pem --tls-key key.pem --sync 5m`,
		Args: noArgs,
	}
	o := new(serveOptions)
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "where to listen; port 0 takes a free one")
	flags.DurationVar(&o.every, "sync", 0, "keep the books fresh: sync so often (5m)")
	flags.StringSliceVar(&o.serve.Hosts, "host", nil, "a name that the server is asked by, without port; can be repeated")
	flags.StringVar(&o.serve.CertFile, "tls-cert", "", "the certificate for TLS, in PEM; read again when it is renewed")
	flags.StringVar(&o.serve.KeyFile, "tls-key", "", "its key")
	flags.BoolVar(&o.serve.TLSInFront, "insecure-http", false, "something in front of it does TLS, and nobody else reaches it")
	flags.BoolVar(&o.serve.RequireToken, "require-token", false, "want a token on this machine, too")
	flags.Float64Var(&o.serve.Rate, "rate", serve.DefaultRate, "requests a second that one viewer may make; 0 is no limit")
	flags.BoolVar(&o.quiet, "quiet", false, "log only what is wrong")
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
		return a.serve(cmd.Context(), c, store, o)
	}
	return cmd
}

func (o *serveOptions) check() error {
	switch {
	case o.every != 0 && o.every < syncing.MinEvery:
		return fmt.Errorf("--sync must be %s or more", syncing.MinEvery)
	case o.serve.Rate < 0:
		return errors.New("--rate must not be negative")
	case (o.serve.CertFile == "") != (o.serve.KeyFile == ""):
		return errors.New("--tls-cert and --tls-key belong together")
	default:
		return nil
	}
}

// serve shows the books until ctx ends.
func (a app) serve(ctx context.Context, c *config.Config, store ledger.Store, o *serveOptions) error {
	o.serve.Tokens = access.File(c.Tokens)
	o.serve.Now = a.now
	o.serve.Log = a.serveLog(o)
	var state func() syncing.State
	if o.every > 0 {
		loop, err := a.syncLoop(c, store, o)
		if err != nil {
			return err
		}
		o.serve.Sync, state = loop.Run, loop.State
	} else if _, err := store.Accounts(ctx); err != nil {
		return err // books that nobody would ever make
	}
	a.show(store, state, &o.serve)
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	server, err := serve.New(listener, o.serve)
	if err != nil {
		err = errors.Join(err, listener.Close())
		if errors.Is(err, serve.ErrUnsafe) {
			return wrongUsage(err, "ducat serve")
		}
		return err
	}
	if err := a.tellServing(server, listener.Addr(), o); err != nil {
		return errors.Join(err, listener.Close())
	}
	return server.Serve(ctx)
}

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

// serveLog is what is told on stderr: lines for people, JSON for programs.
func (a app) serveLog(o *serveOptions) *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if o.quiet {
		options.Level = slog.LevelWarn
	}
	if o.output.value == formatJSON {
		return slog.New(slog.NewJSONHandler(a.err, options))
	}
	return slog.New(slog.NewTextHandler(a.err, options))
}

// servingJSON is the first line of 'serve -o json'.
type servingJSON struct {
	URL           string  `json:"url"`
	Address       string  `json:"address"`
	TokenRequired bool    `json:"tokenRequired"`
	Sync          *string `json:"sync"`
}

// tellServing says where the server listens, before it does.
func (a app) tellServing(server *serve.Server, addr net.Addr, o *serveOptions) error {
	if o.output.value == formatJSON {
		first := servingJSON{URL: server.URL(), Address: addr.String(), TokenRequired: server.Closed()}
		if o.every > 0 {
			first.Sync = new(o.every.String())
		}
		return writeJSON(a.out, "", first)
	}
	who := "anybody on this machine"
	if server.Closed() {
		who = "whoever has a token"
	}
	_, err := fmt.Fprintf(a.err, "%s shows the books to %s. Ctrl-C ends it.\n", a.err.paint(bold, server.URL()), who)
	return err
}
