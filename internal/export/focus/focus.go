// Package focus exports the books in FOCUS, the FinOps Open Cost and Usage
// Specification, as one row per entry or per UTC day. docs/focus.md is its
// written contract.
//
// The amounts are what Venice billed; nothing is recomputed from prices but the
// columns that FOCUS defines as a product.
package focus

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A Source is where the entries come from; a ledger.Store is one. Sums and
// Entries are also called while a sequence of Entries is being read.
type Source interface {
	// Entries streams the selected entries in the order of time, account,
	// identity and ordinal.
	Entries(ctx context.Context, s ledger.Selection) iter.Seq2[ledger.Entry, error]
	// Sums adds up the selected entries by the dimensions asked for.
	Sums(ctx context.Context, q ledger.Query) ([]ledger.Sum, error)
}

// Export writes the selected entries to a folder: metadata, and one partition
// for each UTC month from the first entry to the last. A partition that is there
// already is replaced as a whole; those of other months are left alone. After an
// error, or the death of the process, each partition is either as it was or new.
// Two exports must not write to one folder at the same time.
//
// Options are checked before anything is written. The result tells what was
// written even beside an error.
func Export(ctx context.Context, source Source, dir string, o Options) (*Result, error) {
	w, err := newWalk(ctx, source, o)
	if err != nil {
		return nil, err
	}
	f, err := openFolder(dir, w.options, w.columns)
	if err != nil {
		return nil, err
	}
	err = w.run(ctx, f)
	if err == nil {
		err = f.finish()
	}
	return w.result(), errors.Join(err, f.close())
}

// WriteCSV writes the selected entries as one CSV with one header, compressed as
// the options say. It has no manifest, so the result is all that tells what was
// skipped, rejected or reported. It refuses what needs a folder: Parquet, and the
// parts of a profile.
func WriteCSV(ctx context.Context, source Source, to io.Writer, o Options) (*Result, error) {
	if o.File == Parquet || o.Profile != "" {
		return nil, errors.New("focus: Parquet and profiles are written to a folder: name one, or choose plain CSV")
	}
	w, err := newWalk(ctx, source, o)
	if err != nil {
		return nil, err
	}
	s, err := newStream(to, w.options, w.columns)
	if err != nil {
		return nil, err
	}
	err = w.run(ctx, s)
	return w.result(), errors.Join(err, s.close())
}
