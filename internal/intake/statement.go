package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// maxStatement is more than any statement takes.
const maxStatement = 16 << 20

// A statement is what a file says of itself.
type statement struct {
	// partial says that the file calls itself incomplete.
	partial bool
	// only are the models, currencies and texts that were chosen, where others were
	// left out.
	only []string
	// covered are the windows that it holds, of each account; nil when it does not say.
	covered map[string][]ledger.Window
}

// covers says whether the statement tells what the file holds.
func (s *statement) covers() bool { return s != nil && s.covered != nil }

// onlyAccount is the account that the file is of, if there is only one.
func (s *statement) onlyAccount() (account string, ok bool) {
	if !s.covers() || len(s.covered) != 1 {
		return "", false
	}
	for account = range s.covered {
	}
	return account, true
}

// readBeside reads the statement that stands beside a file, if there is one; also
// beside what the file was before it was compressed.
func readBeside(path string) (*statement, error) {
	unpacked := strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
	for _, name := range slices.Compact([]string{path + export.IncompleteSuffix, unpacked + export.IncompleteSuffix}) {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Size() > maxStatement {
			err = fmt.Errorf("%s is too large for a statement of coverage", name)
		}
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		said, err := parseStatement(text)
		if err == nil && !said.covers() {
			err = errors.New("it has no window and coverage")
		}
		if err != nil {
			return nil, fmt.Errorf("%s, which should say what %s lacks: %w", name, path, err)
		}
		return said, nil
	}
	return nil, nil
}

// parseStatement reads a statement, of which parts may be missing.
func parseStatement(text []byte) (*statement, error) {
	var j struct {
		Window   *export.Window    `json:"window"`
		Complete *bool             `json:"complete"`
		Coverage []export.Coverage `json:"coverage"`

		Models     []string `json:"models"`
		Currencies []string `json:"currencies"`
		Search     string   `json:"search"`
	}
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, err
	}
	s := &statement{partial: j.Complete != nil && !*j.Complete, only: append(j.Models, j.Currencies...)}
	if j.Search != "" {
		s.only = append(s.only, fmt.Sprintf("a search for %q", j.Search))
	}
	if j.Window == nil || j.Coverage == nil {
		return s, nil
	}
	whole, err := parseWindow(*j.Window)
	if err != nil {
		return nil, fmt.Errorf("window: %w", err)
	}
	s.covered = map[string][]ledger.Window{}
	for _, c := range j.Coverage {
		if _, twice := s.covered[c.Account]; twice || c.Account == "" {
			return nil, fmt.Errorf("coverage of the account %q: expected a name, and each once", c.Account)
		}
		var missing ledger.Coverage
		for _, m := range c.Missing {
			w, err := parseWindow(m)
			if err != nil {
				return nil, fmt.Errorf("coverage of the account %q: %w", c.Account, err)
			}
			missing = missing.Add(w, time.Time{})
		}
		s.covered[c.Account] = missing.Missing(whole)
	}
	return s, nil
}

func parseWindow(j export.Window) (w ledger.Window, err error) {
	w.Start = ledger.Beginning
	if j.Start != nil {
		if w.Start, err = parseInstant(*j.Start); err != nil {
			return w, err
		}
	}
	if w.End, err = parseInstant(j.End); err != nil {
		return w, err
	}
	if w.End.Before(w.Start) {
		return w, fmt.Errorf("%s ends before it starts", w)
	}
	return w, nil
}

func parseInstant(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !t.Equal(t.Truncate(time.Millisecond)) {
		return t, fmt.Errorf("%q is no RFC 3339 instant to the millisecond", text)
	}
	return t.UTC(), nil
}
