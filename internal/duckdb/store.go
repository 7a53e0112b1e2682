// Package duckdb keeps the books in one DuckDB file. It implements
// [ledger.Store].
//
// DuckDB lets one process write a file, or several read it. So nothing is kept
// open here: each operation opens the file, works and closes it, and operations
// of several processes wait for each other.
package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Options change how a store works. The zero value is good for most.
type Options struct {
	// Wait is how long an operation waits for another process that has the file
	// open, until it gives up with [ledger.ErrBusy]; 0 means 10 s. Operations of
	// the same store wait for each other as long as their contexts allow.
	Wait time.Duration
	// MemoryMB limits the memory that DuckDB takes for its work, in megabytes;
	// what does not fit is spilled to the folder for temporary files. 0 means 256.
	// Results come on top of it.
	MemoryMB int
	// Threads limits how many threads DuckDB works with; 0 means one for each
	// processor, 4 at most.
	Threads int
}

func (o Options) withDefaults() Options {
	if o.Wait == 0 {
		o.Wait = 10 * time.Second
	}
	if o.MemoryMB == 0 {
		o.MemoryMB = 256
	}
	if o.Threads == 0 {
		o.Threads = min(runtime.NumCPU(), 4)
	}
	return o
}

// A Store is a ledger in a DuckDB file. It implements [ledger.Store]; its methods
// may be called from several goroutines. One process should have one Store for a
// file: two of them wait for each other as two processes do.
//
// Errors, besides those of the context: [ledger.ErrNoLedger] for reading a file
// that is not there (the first write makes it), [ledger.ErrNotLedger] and
// [ledger.ErrNewer] for a file that this program must not touch,
// [ledger.ErrBusy] with the process that holds the file, [ledger.ErrInexact] for
// a number of more than 24 decimals or 14 digits before them, or an instant
// finer than a microsecond.
type Store struct {
	path    string
	options Options

	// gate admits many readers or one writer.
	gate *semaphore.Weighted
	// desk holds the readers' shared handle while nobody changes it.
	desk chan *sharedHandle
	// frozen is the open file of a snapshot, of which nothing else is left.
	frozen *handle
}

var _ ledger.Store = (*Store)(nil)

// everyone is the weight of a writer in the gate; a reader weighs 1.
const everyone = 1 << 30

// Open is the store of the ledger at a path. It does not touch the file, which
// may not be there yet. The driver cannot open a path with a question mark, a
// number sign or a percent sign that is not followed by two hexadecimal digits,
// so those are refused.
func Open(path string, o Options) (*Store, error) {
	if path == "" {
		return nil, fmt.Errorf("the ledger's path is empty; name a file")
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("ledger %s: %w", path, err)
	}
	if _, err := url.Parse(whole); err != nil || strings.ContainsAny(whole, "?#") {
		return nil, fmt.Errorf("ledger %q: the database cannot open a path with ?, # or %% in it; choose another name", whole)
	}
	s := &Store{path: whole, options: o.withDefaults(), gate: semaphore.NewWeighted(everyone), desk: make(chan *sharedHandle, 1)}
	s.desk <- &sharedHandle{}
	return s, nil
}

// Path is the absolute path of the file.
func (s *Store) Path() string { return s.path }

// Close waits for the operations that are under way. The file is closed after
// each operation, so there is nothing else to end.
func (s *Store) Close() error {
	if err := s.gate.Acquire(context.Background(), everyone); err != nil {
		return err
	}
	s.gate.Release(everyone)
	return nil
}

// read calls work with the ledger open for reading, next to other readers.
func (s *Store) read(ctx context.Context, work func(*sql.DB) error) error {
	db, done, err := s.borrow(ctx)
	if err != nil {
		return err
	}
	defer done()
	return s.explain(ctx, work(db))
}

// write calls work within a transaction on the ledger, alone. When work fails,
// or the process ends, nothing of it stays.
func (s *Store) write(ctx context.Context, work func(*sql.Conn) error) error {
	if s.frozen != nil {
		return fmt.Errorf("snapshot of %s: it cannot be changed", s.path)
	}
	if err := s.gate.Acquire(ctx, everyone); err != nil {
		return err
	}
	defer s.gate.Release(everyone)
	return s.explain(ctx, s.change(ctx, work))
}
