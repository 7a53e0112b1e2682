package export

import (
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// A Statement says which part of the books an answer holds.
type Statement struct {
	Window   Window     `json:"window"`
	Complete bool       `json:"complete"`
	Coverage []Coverage `json:"coverage"`
	// Models and Currencies are there where others were left out.
	Models     []string          `json:"models,omitempty"`
	Currencies []venice.Currency `json:"currencies,omitempty"`
}

// A Window is a half-open range of time; a null start is the beginning.
type Window struct {
	Start *string `json:"start"`
	End   string  `json:"end"`
}

// NewWindow leaves the start of all time unsaid.
func NewWindow(w ledger.Window) Window {
	j := Window{End: *Instant(w.End)}
	if w.Start.After(ledger.Beginning) {
		j.Start = Instant(w.Start)
	}
	return j
}

func (w Window) String() string {
	if w.Start == nil {
		return "the beginning to " + w.End
	}
	return *w.Start + " to " + w.End
}

// A Coverage says up to when an account is known, null for never, and what is
// missing of it.
type Coverage struct {
	Account string   `json:"account"`
	AsOf    *string  `json:"asOf"`
	Missing []Window `json:"missing"`
}

// NewCoverage spells what the books know of each account.
func NewCoverage(coverage []report.Coverage) []Coverage {
	j := make([]Coverage, len(coverage))
	for i, c := range coverage {
		j[i] = Coverage{Account: c.Account, AsOf: Instant(c.AsOf), Missing: make([]Window, len(c.Missing))}
		for k, w := range c.Missing {
			j[i].Missing[k] = NewWindow(w)
		}
	}
	return j
}

// Instant spells an instant for JSON; null for none.
func Instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(string(AppendTime(nil, t)))
}
