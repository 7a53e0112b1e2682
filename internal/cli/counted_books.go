package cli

import (
	"context"
	"iter"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// countedBooks show by a bar how many of some entries were read.
type countedBooks struct {
	ledger.Books
	bar      *progressBar
	progress progress
	began    time.Time
}

// counted counts the entries of a selection, where somebody looks at the bar.
func counted(ctx context.Context, books ledger.Books, s ledger.Selection, what string, bar *progressBar) (ledger.Books, error) {
	if !bar.out.tty {
		return books, nil
	}
	sums, err := books.Sums(ctx, ledger.Query{Selection: s})
	if err != nil {
		return nil, err
	}
	c := &countedBooks{Books: books, bar: bar, progress: progress{what: what}, began: time.Now()}
	for _, sum := range sums {
		c.progress.total += sum.Entries
	}
	return c, nil
}

// Entries counts, but not what is looked up by request beside the walk.
func (c *countedBooks) Entries(ctx context.Context, s ledger.Selection) iter.Seq2[ledger.Entry, error] {
	entries := c.Books.Entries(ctx, s)
	if len(s.Requests) > 0 {
		return entries
	}
	return func(yield func(ledger.Entry, error) bool) {
		p := &c.progress
		for e, err := range entries {
			if p.entries++; p.entries%1024 == 0 {
				p.done, p.elapsed = int64(p.entries), time.Since(c.began)
				c.bar.show(*p)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
