package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/alert"
	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/serve"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/api"
	"github.com/ducat-ledger/ducat/internal/serve/dashboard"
	"github.com/ducat-ledger/ducat/internal/serve/metrics"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

// maxRate is more than any machine answers in a second.
const maxRate = 1_000_000

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
	case !(o.serve.Rate >= 0 && o.serve.Rate <= maxRate): // also what is no number
		return fmt.Errorf("--rate must be 0 to %d", maxRate)
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
	var page dashboard.Handler
	prepare := func(ctx context.Context) {
		if err := page.Prepare(ctx); err != nil && ctx.Err() == nil {
			o.serve.Log.Warn("the page could not be prepared", "error", sentence(err))
		}
	}
	o.serve.Sync = prepare
	var loop *syncing.Loop
	if o.every > 0 {
		bells := []*alert.Bell{a.alertBell(c, store, o.serve.Log), alert.NewBell(prepare)}
		var err error
		if loop, err = a.syncLoop(c, store, o, bells); err != nil {
			return err
		}
		o.serve.Sync = ringing(loop.Run, bells...)
	} else if _, err := store.Accounts(ctx); err != nil {
		return err // books that nobody would ever make
	}
	page = a.show(store, loop, &o.serve, o.conn, dashboard.Options{
		Billing: billingAccounts(c), Budgets: shownBudgets(c), AccountsWith: c.AccountsWith})
	return a.listen(ctx, o.listen, o.serve, func(s *serve.Server) error { return a.tellServing(s, o) })
}

// shownBudgets are the budgets that the dashboard shows.
func shownBudgets(c *config.Config) []dashboard.Budget {
	budgets := make([]dashboard.Budget, len(c.Budgets))
	for i, b := range c.Budgets {
		budgets[i] = dashboard.Budget{Budget: b.Budget, Thresholds: b.Thresholds}
	}
	return budgets
}

// show makes what is served from the books, with what the page is told of the
// configuration. The loop is nil where none keeps them fresh; requests to Venice
// by conn are measured.
func (a app) show(books ledger.Store, loop *syncing.Loop, o *serve.Options, conn *connection, page dashboard.Options) dashboard.Handler {
	var state func() syncing.State
	if loop != nil {
		state = loop.State
	}
	version := buildVersion().Version
	m := metrics.New(metrics.Options{Books: books, Now: o.Now, Sync: state, Version: version, Logger: o.Log})
	conn.measure = m.Transport
	o.Metrics, o.Instrument = m.Handler(), m.Instrument
	o.API = api.New(api.Options{Books: books, Now: o.Now, Log: o.Log})
	page.Books, page.Now, page.Sync, page.Version, page.Log = books, o.Now, state, version, o.Log
	page.Parquet = func(ctx context.Context, books ledger.Snapshot, s ledger.Selection, path, note string) error {
		return writeParquet(ctx, books, s, path, note, true)
	}
	handler := dashboard.New(page)
	o.Dashboard = handler
	return handler
}

// listen serves at an address until ctx ends. It tells where, when requests
// arrive already.
func (a app) listen(ctx context.Context, address string, o serve.Options, tell func(*serve.Server) error) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server, err := serve.New(listener, o)
	if err == nil {
		err = tell(server)
	}
	if err != nil {
		err = errors.Join(err, listener.Close())
		if errors.Is(err, serve.ErrUnsafe) {
			return wrongUsage(err, "ducat serve")
		}
		return err
	}
	return server.Serve(ctx)
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
	TokenRequired bool    `json:"tokenRequired"`
	Sync          *string `json:"sync"`
}

// tellServing says where the server listens.
func (a app) tellServing(server *serve.Server, o *serveOptions) error {
	if o.output.value == formatJSON {
		first := servingJSON{URL: server.URL(), TokenRequired: server.Closed()}
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
