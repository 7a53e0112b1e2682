// Package intake reads files of entries, old exports of Venice's as well as our
// own, and puts what they hold into a ledger. A file is read several times, each
// time in bounded memory: a first pass finds whatever is wrong with it before
// anything is written.
package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A Form is how a file spells entries.
type Form string

// The forms.
const (
	CSV     Form = "csv"
	NDJSON  Form = "ndjson"
	JSON    Form = "json"
	Parquet Form = "parquet"
)

// unit is what errors count in a file of the form, from 1.
func (f Form) unit() string {
	switch f {
	case JSON:
		return "element"
	case Parquet:
		return "row"
	}
	return "line"
}

// A Table is a Parquet file of entries, which a database reads.
type Table interface {
	// Statement is what the file says of itself under the name "ducat", or "".
	Statement() string
	// Rows is how many there are.
	Rows() int64
	// Entries gives them in the order of the file, in bounded memory. An error is
	// yielded once, in the place of the row that it is about, and ends the sequence.
	Entries(ctx context.Context) iter.Seq2[ledger.Entry, error]
	Close() error
}

// Options say how to read a file.
type Options struct {
	// Raw takes the cells of CSV as they are: quotes that guard a text from being
	// taken for a formula stay.
	Raw bool
	// Parquet opens a Parquet file; nil refuses them.
	Parquet func(ctx context.Context, path string) (Table, error)
}

// A File is a file of entries. It is not safe for concurrent use.
type File struct {
	path   string
	form   Form
	packed packing
	raw    bool
	table  Table       // of Parquet
	info   fs.FileInfo // when it was opened: it must not change between passes
	said   *statement  // what the file says of itself; of JSON, once it was read
	passed int64       // bytes or rows of the pass under way
}

// Open finds out what form a file has, by its content. Errors say what it is
// instead of a file of entries.
func Open(ctx context.Context, path string, o Options) (*File, error) {
	f := &File{path: path, raw: o.Raw}
	var err error
	if f.info, err = os.Stat(path); err != nil {
		return nil, err
	}
	if !f.info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file: it is read more than once, so a pipe will not do; write to a file first", path)
	}
	head, whole, err := f.head(ctx)
	if err != nil {
		return nil, f.explain(ctx, err)
	}
	if f.form, err = detect(head, whole); err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	if f.form == Parquet {
		err = f.openTable(ctx, o)
	} else {
		f.said, err = readBeside(path)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// openTable lets the database open the file.
func (f *File) openTable(ctx context.Context, o Options) (err error) {
	switch {
	case f.packed != plain:
		return fmt.Errorf("%s is a compressed Parquet file, which cannot be read in parts: decompress it first", f.path)
	case o.Parquet == nil:
		return fmt.Errorf("%s is a Parquet file, which cannot be read here", f.path)
	}
	if f.table, err = o.Parquet(ctx, f.path); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	if text := f.table.Statement(); text != "" {
		if f.said, err = parseStatement([]byte(text)); err != nil {
			return errors.Join(fmt.Errorf("%s: its statement: %w", f.path, err), f.Close())
		}
	}
	return nil
}

// Close ends the use of the file.
func (f *File) Close() error {
	if f.table == nil {
		return nil
	}
	return f.table.Close()
}

// Form is the form that was found.
func (f *File) Form() Form { return f.form }

// Path is where the file is.
func (f *File) Path() string { return f.path }

// A Row is an entry of a file.
type Row struct {
	// Account is whose it is, or "" where the file does not say.
	Account string
	// At is the line, element or row, counted from 1.
	At int
	venice.UsageEntry
}

// Rows reads the file from its beginning. An error names the place, is yielded
// once and ends the sequence.
func (f *File) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := f.unchanged(); err != nil {
			yield(Row{}, err)
			return
		}
		f.passed = 0
		read := map[Form]func(*source, func(Row) bool) error{CSV: f.readCSV, NDJSON: f.readNDJSON, JSON: f.readJSON}[f.form]
		if read == nil {
			f.readTable(ctx, yield)
			return
		}
		src, err := f.open(ctx)
		if err != nil {
			yield(Row{}, f.explain(ctx, err))
			return
		}
		defer src.Close()
		err = read(src, func(r Row) bool {
			src.found()
			f.passed = src.read
			return yield(r, nil)
		})
		if err != nil && err != errStopped {
			yield(Row{}, f.explain(ctx, err))
		}
	}
}

// explain says which file an error is about.
func (f *File) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s is cut off: %w", f.path, err)
	}
	return fmt.Errorf("%s: %w", f.path, err)
}

// errStopped is met where the consumer wants no more rows.
var errStopped = errors.New("stopped")

// place puts before an error where in the file it is.
func (f *File) place(at int, err error) error {
	return fmt.Errorf("%s: %s %d: %w", f.path, f.form.unit(), at, err)
}

// unchanged refuses a file that is being written: its passes would not agree.
func (f *File) unchanged() error {
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	if info.Size() != f.info.Size() || !info.ModTime().Equal(f.info.ModTime()) {
		return f.changed()
	}
	return nil
}

func (f *File) changed() error {
	return fmt.Errorf("%s changed while it was read; try again when nobody writes to it", f.path)
}

// share is how much of the file the pass under way has behind it.
func (f *File) share() (read, total int64) {
	if f.table != nil {
		return f.passed, f.table.Rows()
	}
	return f.passed, f.info.Size()
}

// head is how the text begins, at most headSize of it.
func (f *File) head(ctx context.Context) (head []byte, whole bool, err error) {
	if f.packed, err = packingOf(f.path); err != nil {
		return nil, false, err
	}
	src, err := f.open(ctx)
	if err != nil {
		return nil, false, err
	}
	defer src.Close()
	head, err = io.ReadAll(io.LimitReader(src, headSize))
	return head, len(head) < headSize, err
}
