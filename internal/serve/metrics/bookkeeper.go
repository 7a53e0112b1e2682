package metrics

import (
	"context"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A bookkeeper keeps the figures for as long as the books are the same.
type bookkeeper struct {
	books  ledger.Books
	series int

	// turn holds one: who put it there reads the books, and has what is below.
	turn    chan struct{}
	version string // of kept
	kept    *figures
}

func newBookkeeper(books ledger.Books, series int) *bookkeeper {
	return &bookkeeper{books: books, series: series, turn: make(chan struct{}, 1)}
}

// readings is how often books are read that change meanwhile.
const readings = 3

// figures are those of the books now. One caller at a time reads the books; the
// others wait for it, and then mostly find that there is nothing left to read.
// The caller's context ends its own wait and its own reading only.
func (k *bookkeeper) figures(ctx context.Context) (*figures, error) {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	version, err := k.books.Version(ctx)
	if err != nil {
		return nil, err
	}
	if k.kept != nil && version == k.version {
		return k.kept, nil
	}
	for reading := 1; ; reading++ {
		f, err := readFigures(ctx, k.books, k.series)
		if err != nil {
			return nil, err
		}
		after, err := k.books.Version(ctx)
		if err != nil {
			return nil, err
		}
		if after == version {
			k.version, k.kept = version, f
			return f, nil
		}
		if reading == readings { // each figure is true of the books at some time of the reading
			return f, nil
		}
		version = after
	}
}
