package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// PutOptions say how to put a file into the books.
type PutOptions struct {
	// Account is whose the entries are, where the file does not say.
	Account string
	// Replace puts the file in the place of what the books have, where they differ.
	Replace bool
	// Part is how many entries a transaction has at most, except that no hour is
	// split; twice as many are in memory. 0 means DefaultPart.
	Part int
	// Progress is told after each part how far it is. May be nil.
	Progress func(Progress)
}

// DefaultPart is as many as a sync puts into a transaction.
const DefaultPart = 200_000

// A Result is what an import did to one account's books.
type Result struct {
	Account string
	Entries int // of the file
	// Covers is what the file covers, and the books now too.
	Covers []ledger.Window
	Claim  Claim
	// Filled is what of it the books did not cover, and Fresh counts the entries
	// there.
	Filled []ledger.Window
	Fresh  int
	// Same counts entries that the books had.
	Same int
	// OnlyFile and OnlyBooks are where both differ, which was left alone.
	OnlyFile, OnlyBooks Difference
	// Change adds up what came and went in what the books covered before: with
	// PutOptions.Replace, or when a sync read the same at the same time.
	Change ledger.Change
}

// Put reads the file again and puts it into the books: what they do not cover is
// filled; what they do cover is compared, and replaced only if that is asked
// for. Each part is one transaction, so an import that ends early has put whole
// parts, and the next one goes on from there. It returns results, in the order of
// accounts, also beside an error. Errors are those of the store, and of a file
// that changed meanwhile.
func (s *Survey) Put(ctx context.Context, store ledger.Store, o PutOptions) ([]*Result, error) {
	if o.Part == 0 {
		o.Part = DefaultPart
	}
	p := &putting{Survey: s, store: store, how: o, chunks: map[string][]*chunk{}, results: map[string]*Result{}}
	var results []*Result
	accounts := s.Accounts()
	if accounts == nil {
		accounts = []string{""}
	}
	for _, account := range accounts {
		t := s.tallies[account]
		if account == "" {
			account = o.Account
		}
		if account == "" {
			return nil, errors.New("the file does not say whose the entries are")
		}
		p.chunks[account] = t.chunks(account, o.Part)
		p.results[account] = &Result{Account: account, Entries: t.entries, Covers: t.covers, Claim: t.claim,
			Change: ledger.NewChange(ledger.Window{})}
		results = append(results, p.results[account])
	}
	return results, p.run(ctx)
}

// putting is the state of an import.
type putting struct {
	*Survey
	store   ledger.Store
	how     PutOptions
	chunks  map[string][]*chunk
	results map[string]*Result
	written int // entries of chunks that are done
}

func (p *putting) run(ctx context.Context) error {
	for _, r := range p.results {
		for _, c := range p.chunks[r.Account] {
			if c.want > 0 {
				continue
			}
			if err := p.commit(ctx, c); err != nil {
				return err
			}
		}
	}
	for p.pending() {
		if err := p.pass(ctx); err != nil {
			return err
		}
	}
	return nil
}

// pending says whether there are chunks that are not done, and lets those be
// collected that there was no room for.
func (p *putting) pending() bool {
	found := false
	for _, chunks := range p.chunks {
		for _, c := range chunks {
			if c.state != done {
				c.state, found = waiting, true
			}
		}
	}
	return found
}

// pass reads the file and collects as many chunks at once as there is room for.
// One that is full is committed and makes room for others, so a file in the
// order of time, either way, takes one pass.
func (p *putting) pass(ctx context.Context) error {
	whole := 2 * p.how.Part
	room := whole
	for row, err := range p.file.Rows(ctx) {
		if err != nil {
			return err
		}
		account := p.accountOf(&row)
		if account == "" {
			account = p.how.Account
		}
		c := find(p.chunks[account], row.Timestamp)
		if c == nil {
			return p.file.changed()
		}
		if c.state == waiting {
			c.state = passed
			if c.want <= room || room == whole {
				c.state, room = open, room-c.want
				c.entries = slices.Grow(c.entries, c.want)
			}
		}
		if c.state != open {
			continue
		}
		c.entries = append(c.entries, row.UsageEntry)
		if len(c.entries) < c.want {
			continue
		}
		if err := p.commit(ctx, c); err != nil {
			return err
		}
		room += c.want
	}
	for _, chunks := range p.chunks {
		if slices.ContainsFunc(chunks, func(c *chunk) bool { return c.state == open }) {
			return p.file.changed()
		}
	}
	return nil
}

// commit brings the books to what a whole chunk says, as far as they may be.
func (p *putting) commit(ctx context.Context, c *chunk) error {
	known, err := p.store.Coverage(ctx, c.account)
	if err != nil && !errors.Is(err, ledger.ErrNoLedger) {
		return err
	}
	r := p.results[c.account]
	missing := known[c.account].Missing(c.window)
	var readings []ledger.Reading
	for _, w := range missing {
		readings = append(readings, c.readings(w, p.options.Now)...)
	}
	for _, w := range remainder(c.window, missing) {
		again, err := p.compare(ctx, r, c, w)
		if err != nil {
			return err
		}
		readings = append(readings, again...)
	}
	if len(readings) > 0 {
		changes, err := p.store.Replace(ctx, c.account, readings)
		if err != nil {
			return fmt.Errorf("putting %s of the account %s into the books: %w", c.window, c.account, err)
		}
		for _, change := range changes {
			r.Fresh += change.Fresh
			r.Change.Add(change)
		}
	}
	r.Filled = joined(r.Filled, missing)
	p.written += c.want
	c.entries, c.state = nil, done
	if p.how.Progress != nil {
		p.how.Progress(Progress{Writing: true, Read: int64(p.written), Total: int64(p.Entries), Entries: p.written})
	}
	return nil
}
