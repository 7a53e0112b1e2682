package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
)

// suffix is how the cache's name ends.
const suffix = ".status.json"

// form changes when what is kept does, or what it means.
const form = 1

// A Cache is a file that keeps a status, so that asking again costs no more than
// reading it. Losing it loses nothing.
type Cache struct{ Path string }

// Beside is the cache of a ledger whose other files begin so. The folder may have
// to be made.
func Beside(ledger string) Cache { return Cache{ledger + suffix} }

// A Stamp says what a status is the status of.
type Stamp struct {
	// Books is the version of the books (ledger.Books.Version), Settings that of
	// what the user has set up.
	Books    string `json:"books"`
	Settings string `json:"settings"`
	// From and Until bound the time in which the same books give the same answer:
	// a UTC day, or less.
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// NewStamp is the stamp of an answer at an instant.
func NewStamp(books, settings string, now time.Time) Stamp {
	return Stamp{Books: books, Settings: settings, From: now.UTC()}
}

// Kept is a status as it was kept.
type Kept struct {
	Stamp
	Status *Status
}

// Keep puts a stamp on an answer, which is good while today, and the period of
// each budget, is what it was.
func Keep(stamp Stamp, s *Status) *Kept {
	year, month, day := stamp.From.Date()
	stamp.Until = time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC)
	for _, b := range s.Budgets {
		stamp.Until = earlier(stamp.Until, b.Ends)
	}
	return &Kept{stamp, s}
}

// Timely says whether the answer is of this time and these settings, though
// perhaps of older books.
func (k *Kept) Timely(want Stamp) bool {
	return k != nil && k.Settings == want.Settings && !want.From.Before(k.From) && want.From.Before(k.Until)
}

// Fresh says whether asking the books again would give the same answer.
func (k *Kept) Fresh(want Stamp) bool { return k.Timely(want) && k.Books == want.Books }

// file is what the cache holds.
type file struct {
	Form int `json:"form"`
	Stamp
	Status *Status `json:"status"`
}

// Load reads what is kept. It is nil where there is nothing of use: no file, one
// of another form, a damaged one.
func (c Cache) Load() *Kept {
	text, err := os.ReadFile(c.Path)
	if err != nil {
		return nil
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil || f.Form != form || f.Status == nil {
		return nil
	}
	return &Kept{f.Stamp, f.Status}
}

// Save keeps a status, in the place of the one before: a reader finds one of
// them whole. Only the owner can read it.
func (c Cache) Save(k *Kept) error {
	c.sweep()
	text, err := json.Marshal(file{form, k.Stamp, k.Status})
	if err != nil {
		return err
	}
	err = os.MkdirAll(filepath.Dir(c.Path), 0o700)
	if err == nil {
		err = export.Whole(c.Path, func(draft string) error { return os.WriteFile(draft, text, 0o600) })
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("status not kept in %s: let its folder be written to: %w", c.Path, err)
	}
	return err
}

// abandoned is how old a draft is of which nobody is at work any more.
const abandoned = time.Minute

// sweep removes the drafts of processes that were killed. What cannot be removed
// does no harm.
func (c Cache) sweep() {
	folder, name := filepath.Split(c.Path)
	files, _ := os.ReadDir(filepath.Clean(folder))
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), "."+name+"-new-") {
			continue
		}
		if info, err := f.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.RemoveAll(filepath.Join(folder, f.Name()))
		}
	}
}
