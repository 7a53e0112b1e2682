package dashboard

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/syncing"
)

// stateName names what a page depends on beside its address and the clock: the
// books and how syncs go. An open page is made again when it changes.
func stateName(version string, s syncing.State) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %t %d %q", version, s.Running, s.Succeeded.Unix(), s.Failure))
	return hex.EncodeToString(sum[:12])
}

// state answers, cheaply, whether a page is still what the books say.
func (d *dashboard) state(w http.ResponseWriter, r *http.Request) {
	version, err := d.version(r.Context())
	if err != nil {
		d.unavailable(w, r, err)
		return
	}
	s := d.Sync()
	answer := struct {
		State     string     `json:"state"`
		Syncing   bool       `json:"syncing"`
		Failed    bool       `json:"failed"`
		Succeeded *time.Time `json:"succeeded"` // null for never
	}{State: stateName(version, s), Syncing: s.Running, Failed: s.Failure != ""}
	if !s.Succeeded.IsZero() {
		answer.Succeeded = new(s.Succeeded.UTC())
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		d.Log.Debug("state", "error", err)
	}
}

// freshness is what the head of the page says of the books.
type freshness struct {
	Level string // good, partial or bad
	Text  string
	// AsOf is where the books end; zero for books that know nothing.
	AsOf time.Time
	// Sync says how the last sync went; "" where this process makes none.
	Sync string
}

// newFreshness judges the books of a view. What a failure says may name other
// accounts, so only who sees all of them is told.
func newFreshness(v *view, s syncing.State, viewer access.Viewer, now time.Time) freshness {
	f := freshness{Level: "good", Text: "Complete"}
	for i, c := range v.periods.Coverage {
		if i == 0 || c.AsOf.Before(f.AsOf) {
			f.AsOf = c.AsOf
		}
	}
	switch {
	case len(v.periods.Coverage) == 0 || f.AsOf.IsZero():
		f.Level, f.Text = "partial", "Nothing read yet"
	case !v.periods.Complete:
		f.Level, f.Text = "partial", "Incomplete"
	}
	switch {
	case s.Running:
		f.Sync = "Syncing now"
	case s.Failure != "":
		f.Level, f.Sync = "bad", "The last sync failed "+ago(now.Sub(s.Ended))
		if viewer.Account == "" {
			f.Sync += ": " + s.Failure
		}
	case !s.Succeeded.IsZero():
		f.Sync = "Last sync " + ago(now.Sub(s.Succeeded))
	case s.Every > 0:
		f.Sync = "Waiting for the first sync"
	}
	return f
}
