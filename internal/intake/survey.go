package intake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// SurveyOptions say what to look for.
type SurveyOptions struct {
	// Covers is where the file is complete, by the user's word; the zero value goes
	// by the file.
	Covers ledger.Window
	// Now is when the import takes place; nothing later can be covered.
	Now time.Time
	// Check says what of an entry cannot be kept, as [ledger.Store] does.
	Check func(*venice.UsageEntry) error
	// Progress is told now and then how far the pass is. May be nil.
	Progress func(Progress)
}

// Progress is how far a pass through the file is.
type Progress struct {
	Writing bool // the books are written; or else the file is looked through
	// Read of Total is done: bytes or rows of the file, or when writing, entries.
	Read, Total int64
	Entries     int // looked through, or written
}

// progressEvery is how many rows go by between calls of Progress.
const progressEvery = 4096

// A Survey is what a first pass found: every entry of the file can be kept.
type Survey struct {
	// Entries counts those of the file.
	Entries int

	file    *File
	options SurveyOptions
	tallies map[string]*tally // by account; "" is not known yet
}

// A tally counts the entries of one account.
type tally struct {
	covers      []ledger.Window
	claim       Claim
	entries     int
	first, last time.Time
	hours       map[slot]int
}

// A slot is an hour, or the part of it that is in one of the covered windows.
type slot struct {
	window int   // which of the covered windows
	hour   int64 // since 1970
}

// A Claim says where it is known from what a file covers.
type Claim string

// The claims.
const (
	ByUser    Claim = "user"    // SurveyOptions.Covers
	ByFile    Claim = "file"    // its statement
	ByEntries Claim = "entries" // from the first entry to just after the last
)

// Survey reads the whole file and refuses it if anything is wrong with any entry,
// naming the place: then nothing of it should be kept.
func (f *File) Survey(ctx context.Context, o SurveyOptions) (*Survey, error) {
	for {
		knew := f.said.covers()
		s := &Survey{file: f, options: o, tallies: map[string]*tally{}}
		if err := s.pass(ctx, &knew); err != nil {
			return nil, err
		}
		// A JSON text can say what it covers after its entries, which are then to be
		// held against that.
		if knew || !f.said.covers() {
			return s, s.finish()
		}
	}
}

func (s *Survey) pass(ctx context.Context, knew *bool) error {
	for row, err := range s.file.Rows(ctx) {
		if err != nil {
			return err
		}
		*knew = s.file.said.covers()
		if err := s.take(&row); err != nil {
			return s.file.place(row.At, err)
		}
		if s.Entries++; s.Entries%progressEvery == 0 && s.options.Progress != nil {
			read, total := s.file.share()
			s.options.Progress(Progress{Read: read, Total: total, Entries: s.Entries})
		}
	}
	return nil
}

// take counts an entry, if nothing is wrong with it.
func (s *Survey) take(r *Row) error {
	if err := s.check(r); err != nil {
		return err
	}
	account := s.accountOf(r)
	t := s.tallies[account]
	if t == nil {
		var err error
		if t, err = s.newTally(account); err != nil {
			return err
		}
		if s.tallies[account] = t; len(s.tallies) > 1 && s.tallies[""] != nil {
			return errors.New("some entries say whose they are, and others do not")
		}
	}
	window := t.windowOf(r.Timestamp)
	if window < 0 {
		return fmt.Errorf("the entry of %s is outside of what the file is said to cover", instant(r.Timestamp))
	}
	if t.entries == 0 || r.Timestamp.Before(t.first) {
		t.first = r.Timestamp
	}
	if t.entries == 0 || r.Timestamp.After(t.last) {
		t.last = r.Timestamp
	}
	t.entries++
	t.hours[slot{window, hourOf(r.Timestamp)}]++
	return nil
}

// check says what is wrong with an entry for itself.
func (s *Survey) check(r *Row) error {
	texts := []string{r.Account, r.SKU, string(r.Currency), r.Notes}
	if r.InferenceDetails != nil {
		texts = append(texts, r.InferenceDetails.RequestID)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return errors.New("a text is not UTF-8")
		}
	}
	switch {
	case r.Timestamp.Before(ledger.Beginning):
		return fmt.Errorf("the entry of %s is from before 1970", instant(r.Timestamp))
	case r.Timestamp.After(s.options.Now):
		return fmt.Errorf("the entry of %s is in the future; is the clock of this machine right?", instant(r.Timestamp))
	case s.options.Check != nil:
		return s.options.Check(&r.UsageEntry)
	}
	return nil
}

// accountOf is whose an entry is, as far as the file says.
func (s *Survey) accountOf(r *Row) string {
	if r.Account == "" {
		account, _ := s.file.said.onlyAccount()
		return account
	}
	return r.Account
}

// newTally finds what the file covers of an account, if that is known before its
// entries are.
func (s *Survey) newTally(account string) (*tally, error) {
	t := &tally{claim: ByEntries, hours: map[slot]int{}}
	if said := s.file.said; said.covers() {
		covered, named := said.covered[account]
		switch {
		case account == "":
			return nil, errors.New("the file is of several accounts and does not say whose this entry is")
		case !named:
			return nil, fmt.Errorf("the account %q is not among those that the file says it covers", account)
		}
		t.covers, t.claim = covered, ByFile
	}
	if user := s.options.Covers; !user.Empty() {
		if t.claim == ByFile {
			var known ledger.Coverage
			for _, w := range t.covers {
				known = known.Add(w, time.Time{})
			}
			if lacks := known.Missing(user); len(lacks) > 0 {
				return nil, fmt.Errorf("the file itself says that it lacks %s of what it is said to cover", lacks[0])
			}
		}
		t.covers, t.claim = []ledger.Window{user}, ByUser
	}
	for _, w := range t.covers {
		if w.Start.Before(ledger.Beginning) || w.End.After(s.options.Now) {
			return nil, fmt.Errorf("the file is said to cover %s, which is not all between 1970 and now", w)
		}
	}
	return t, nil
}

// windowOf is which of the covered windows holds an instant, or -1.
func (t *tally) windowOf(at time.Time) int {
	if t.claim == ByEntries {
		return 0
	}
	return slices.IndexFunc(t.covers, func(w ledger.Window) bool { return w.Contains(at) })
}

// finish finds what the file covers where that could not be known before.
func (s *Survey) finish() error {
	said := s.file.said
	if said != nil && len(said.only) > 0 {
		return fmt.Errorf("%s holds only the entries of %s: as part of what there was it cannot be imported; export without choosing",
			s.file.path, strings.Join(said.only, ", "))
	}
	if said.covers() {
		for account := range said.covered {
			if s.tallies[account] != nil {
				continue
			}
			t, err := s.newTally(account)
			if err != nil {
				return fmt.Errorf("%s: %w", s.file.path, err)
			}
			s.tallies[account] = t
		}
	}
	if len(s.tallies) == 0 {
		if s.options.Covers.Empty() {
			return fmt.Errorf("%s has no entries, and nothing says for which time there were none", s.file.path)
		}
		t, err := s.newTally("")
		if err != nil {
			return fmt.Errorf("%s: %w", s.file.path, err)
		}
		s.tallies[""] = t
	}
	for _, t := range s.tallies {
		if t.claim != ByEntries {
			continue
		}
		if said != nil && said.partial {
			return fmt.Errorf("%s says that it is not complete, and not which part it holds; say so with --covers START/END", s.file.path)
		}
		t.covers = []ledger.Window{{
			Start: t.first.UTC().Truncate(time.Millisecond),
			End:   t.last.UTC().Truncate(time.Millisecond).Add(time.Millisecond),
		}}
	}
	return nil
}

// Accounts are those that the file names, in order; none, when it does not say
// whose the entries are.
func (s *Survey) Accounts() []string {
	if s.tallies[""] != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.tallies))
}

func hourOf(t time.Time) int64 { return t.Unix() / int64(time.Hour/time.Second) }

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
