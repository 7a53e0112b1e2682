package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

// page answers with the view that the address names.
func (d *dashboard) page(w http.ResponseWriter, r *http.Request) {
	now := d.Now().Truncate(time.Minute)
	version, err := d.version(r.Context())
	if err != nil {
		d.unavailable(w, r, err)
		return
	}
	accounts, err := d.accounts(r.Context(), version)
	if err != nil {
		d.unavailable(w, r, err)
		return
	}
	p, wrong := readParams(r.URL.Query(), accounts)
	if len(wrong) > 0 {
		d.refuse(w, r, wrong)
		return
	}
	viewer, _ := access.Of(r.Context())
	state := d.Sync()
	key := fmt.Sprintf("%q %s %d %q", viewer, stateName(version, state), now.Unix(), p.url())
	page, err := d.pages.get(key, func() (*document, error) {
		return d.make(r.Context(), version, p, accounts, viewer, state, now)
	})
	var refused *refusedError
	switch {
	case errors.As(err, &refused):
		d.refuse(w, r, refused.wrong)
	case err != nil:
		d.unavailable(w, r, err)
	default:
		page.serve(w, r, http.StatusOK)
	}
}

// A refusedError is an address that asks for what has no answer.
type refusedError struct{ wrong []string }

func (e *refusedError) Error() string { return strings.Join(e.wrong, "; ") }

// make asks for the view and writes the page.
func (d *dashboard) make(ctx context.Context, version string, p params, accounts []string, viewer access.Viewer, state syncing.State, now time.Time) (*document, error) {
	pl, wrong := newPlan(p, now, accounts)
	if len(wrong) > 0 {
		return nil, &refusedError{wrong}
	}
	v, ahead, err := d.ask(ctx, version, pl, accounts, viewer)
	if text := refusal(err); text != "" {
		return nil, &refusedError{[]string{text}}
	}
	if err != nil {
		return nil, err
	}
	s := newSheet(v, accounts, d.forms(v.question.Accounts, v.params.Search), now)
	s.foresee(ahead, v.params)
	s.Viewer, s.Version, s.State = viewer, d.Version, stateName(version, state)
	s.Freshness = newFreshness(v, state, viewer, now)
	s.Every = state.Every
	return write("page", s)
}

// ask asks for what a page shows, side by side.
func (d *dashboard) ask(ctx context.Context, version string, pl plan, accounts []string, viewer access.Viewer) (v *view, ahead *outlook, err error) {
	var both errgroup.Group
	both.Go(func() (err error) {
		v, err = d.view(ctx, version, pl)
		return err
	})
	both.Go(func() (err error) {
		ahead, err = d.outlook(ctx, version, pl, accounts, viewer)
		return err
	})
	err = both.Wait()
	return v, ahead, err
}

// A notice is a page without figures: what is wrong, and the way back.
type notice struct {
	Assets
	Title string
	Lines []string
	Home  bool // the way back leads elsewhere than to the same address
}

// refuse says what is wrong with an address.
func (d *dashboard) refuse(w http.ResponseWriter, r *http.Request, wrong []string) {
	d.notify(w, r, http.StatusBadRequest, notice{Title: "This view does not exist", Lines: wrong, Home: true})
}

// unavailable says that the books cannot be read. Why is for the log: it names
// files.
func (d *dashboard) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		d.Log.Error("the books cannot be read", "path", r.URL.Path, "error", err)
	}
	n := notice{Title: "The books cannot be read now", Lines: []string{"The log of the server says why. Try again in a moment."}}
	if errors.Is(err, ledger.ErrBusy) {
		n.Lines = []string{"Another process is writing them. Try again in a moment."}
	}
	w.Header().Set("Retry-After", "5")
	d.notify(w, r, http.StatusServiceUnavailable, n)
}

func (d *dashboard) notify(w http.ResponseWriter, r *http.Request, status int, n notice) {
	n.Assets = assets
	page, err := write("notice", n)
	if err != nil {
		d.Log.Error("page", "error", err)
		http.Error(w, "the page cannot be written", http.StatusInternalServerError)
		return
	}
	page.serve(w, r, status)
}
