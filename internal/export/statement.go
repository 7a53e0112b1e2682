package export

import (
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// IncompleteSuffix is how the name of the file ends that stands beside a CSV or
// NDJSON file, after that file's name, and holds the statement of what it lacks.
const IncompleteSuffix = ".incomplete.json"

// A Statement says which part of the books an answer holds.
type Statement struct {
	Window   Window     `json:"window"`
	Complete bool       `json:"complete"`
	Coverage []Coverage `json:"coverage"`
	// Models and Currencies say that other entries of the window were left out;
	// empty for none.
	Models     []string          `json:"models"`
	Currencies []venice.Currency `json:"currencies"`
	// Search says that entries which do not mention it were left out; "" for none.
	Search string `json:"search"`
}

// NewStatement says what the entries of a selection hold, which is a part of what
// covered is about. SKUs and requests are not chosen.
func NewStatement(covered *report.Report, s ledger.Selection) Statement {
	if s.Window.End.IsZero() { // an open side
		s.Window.End = covered.Window.End
	}
	whole := covered.Window.Intersect(s.Window)
	var coverage []report.Coverage
	complete := true
	for _, c := range covered.Coverage {
		if len(s.Accounts) > 0 && !slices.Contains(s.Accounts, c.Account) {
			continue
		}
		c.Missing = slices.Clone(c.Missing)
		for i := range c.Missing {
			c.Missing[i] = c.Missing[i].Intersect(whole)
		}
		c.Missing = slices.DeleteFunc(c.Missing, ledger.Window.Empty)
		if c.AsOf.After(whole.End) {
			c.AsOf = whole.End
		}
		complete = complete && len(c.Missing) == 0
		coverage = append(coverage, c)
	}
	return Statement{
		Window:     NewWindow(whole),
		Complete:   complete && len(coverage) > 0,
		Coverage:   NewCoverage(coverage),
		Models:     append([]string{}, s.Models...),
		Currencies: append([]venice.Currency{}, s.Currencies...),
	}
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
