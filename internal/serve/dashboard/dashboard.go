// Package dashboard shows the books to people: one page, made by the server,
// that is whole without its script and without colours.
package dashboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

// Books are what is shown. Exports take long, so they read a snapshot.
type Books interface {
	ledger.Books
	Snapshot(ctx context.Context) (ledger.Snapshot, error)
}

// Options say what to show. Only Books is needed.
type Options struct {
	Books Books
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Sync says how the syncs of this process go; nil where it makes none.
	Sync func() syncing.State
	// Parquet writes the selected entries of a snapshot of Books to a new file, with
	// a note on what it holds; nil where nothing can.
	Parquet func(ctx context.Context, books ledger.Snapshot, s ledger.Selection, path, note string) error
	// Billing is what FOCUS calls the accounts; those that are not here can not be
	// exported in it.
	Billing map[string]focus.BillingAccount
	// Budgets are shown in this order, those with accounts of their own to who may
	// see all of these. AccountsWith names all accounts there are, given those that
	// the books have: a budget without accounts is of them. Nil knows no others.
	Budgets      []Budget
	AccountsWith func(kept []string) []string
	// Version is that of the program, shown at the foot of the page.
	Version string
	// Log is told of failures that the page only hints at; nil tells nobody.
	Log *slog.Logger
}

// ContentPolicy is the Content-Security-Policy that the page keeps: it needs
// nothing from elsewhere and nothing inline.
const ContentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// A dashboard answers the routes of the page.
type dashboard struct {
	Options
	views    *kept[*view]
	outlooks *kept[*outlook]
	pages    *kept[*document]
	names    *kept[[]string]
}

// How many answers are remembered. A view holds figures, a page up to some
// hundred kilobytes of text.
const (
	keptViews    = 64
	keptOutlooks = 64
	keptPages    = 64
)

// A Handler answers the page at / with what belongs to it: /state, /export/ and
// /assets/. It answers only to viewers whom package access has let in.
type Handler struct {
	http.Handler
	dashboard *dashboard
}

// New is a handler of the books.
func New(o Options) Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sync == nil {
		o.Sync = func() syncing.State { return syncing.State{} }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.AccountsWith == nil {
		o.AccountsWith = func(kept []string) []string { return kept }
	}
	d := &dashboard{o, newKept[*view](keptViews), newKept[*outlook](keptOutlooks), newKept[*document](keptPages), newKept[[]string](1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.page)
	mux.HandleFunc("GET /state", d.state)
	mux.HandleFunc("GET /export/{file}", d.export)
	mux.HandleFunc("GET /assets/{file}", serveAsset)
	return Handler{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", ContentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		if _, ok := access.Of(r.Context()); !ok {
			http.Error(w, "403: nobody has let this request in", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	}), d}
}

// Prepare asks the books for the page of who may see all of them, so that who
// comes first after they have changed need not wait. Its error is of the books.
func (h Handler) Prepare(ctx context.Context) error {
	d, viewer := h.dashboard, access.Viewer{}
	version, err := d.version(ctx)
	if err != nil {
		return err
	}
	accounts, err := d.accounts(access.With(ctx, viewer), version)
	if err != nil {
		return err
	}
	pl, _ := newPlan(params{Page: 1}, d.Now().Truncate(time.Minute), accounts)
	_, _, err = d.ask(ctx, version, pl, accounts, viewer)
	return err
}

// patience is how long the books may take for one view.
const patience = time.Minute

// working is a context for what several requests wait for, so that it does not
// end with the one that came first.
func working(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), patience)
}

// accounts are the names that the viewer may see.
func (d *dashboard) accounts(ctx context.Context, version string) ([]string, error) {
	if v, _ := access.Of(ctx); v.Account != "" {
		return []string{v.Account}, nil
	}
	return d.names.get(version, func() ([]string, error) {
		ctx, cancel := working(ctx)
		defer cancel()
		names, err := d.Books.Accounts(ctx)
		if errors.Is(err, ledger.ErrNoLedger) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("accounts of the books: %w", err)
		}
		return names, nil
	})
}

// version names the state of the books; there is one also before there are any.
func (d *dashboard) version(ctx context.Context) (string, error) {
	version, err := d.Books.Version(ctx)
	if errors.Is(err, ledger.ErrNoLedger) {
		return "none", nil
	}
	return version, err
}
