package duckdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A handle is an open file.
type handle struct {
	*sql.DB
	spill string // a folder for what does not fit in memory
	// leftover is a folder to be removed when the file is closed; "" for none.
	leftover string
}

// Close closes the file. What was committed stays, whatever it returns.
func (h *handle) Close() error {
	err := errors.Join(h.DB.Close(), os.RemoveAll(h.spill))
	if h.leftover != "" {
		err = errors.Join(err, os.RemoveAll(h.leftover))
	}
	return err
}

// The pauses between attempts to open a file that another process has open.
const (
	firstPause   = 2 * time.Millisecond
	longestPause = 40 * time.Millisecond
)

// openToRead opens the ledger for reading. The connection can read nothing but
// the ledger.
func (s *Store) openToRead(ctx context.Context) (*handle, error) {
	if _, err := os.Stat(s.path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s; run 'ducat sync'", ledger.ErrNoLedger, s.path)
	}
	h, err := s.openPatiently(ctx, "&access_mode=read_only")
	if err != nil {
		return nil, err
	}
	if err := h.check(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (h *handle) check(ctx context.Context) error {
	if _, err := h.ExecContext(ctx, "SET enable_external_access = false; SET lock_configuration = true"); err != nil {
		return err
	}
	version, err := versionOf(ctx, h.DB)
	if err == nil && version < len(migrations) {
		return errOlder
	}
	return err
}

// openToWrite opens the ledger for writing, and makes it where there is none.
// Nobody else can open it until it is closed.
func (s *Store) openToWrite(ctx context.Context) (*handle, error) {
	if _, err := os.Stat(s.path); errors.Is(err, fs.ErrNotExist) {
		if err := s.create(ctx); err != nil {
			return nil, err
		}
	}
	h, err := s.openPatiently(ctx, "")
	if err == nil {
		s.sweep()
	}
	return h, err
}

// openPatiently opens the file, as soon as other processes have closed it.
func (s *Store) openPatiently(ctx context.Context, options string) (*handle, error) {
	deadline := time.Now().Add(s.options.Wait)
	for wait := firstPause; ; wait = min(2*wait, longestPause) {
		h, err := open(s.path, s.options, options)
		if !isBusy(err) || !time.Now().Add(wait).Before(deadline) {
			return h, err
		}
		if err := pause(ctx, wait/2+mathrand.N(wait/2)); err != nil {
			return nil, err
		}
	}
}

// open opens a file at once. Extensions are never loaded: DuckDB would fetch one
// over the network to open a file of another program. And the driver gives the
// openers of a process one instance if their options are the same, so these never
// are: stores must not meet in each other's transactions.
func open(path string, o Options, more string) (*handle, error) {
	spill, err := os.MkdirTemp("", "ducat-spill-")
	if err != nil {
		return nil, err
	}
	connector, err := duckdb.NewConnector(fmt.Sprintf(
		"%s?autoinstall_known_extensions=false&autoload_known_extensions=false&memory_limit=%dMB&threads=%d&custom_user_agent=%s%s",
		path, o.MemoryMB, o.Threads, rand.Text(), more), nil)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(spill))
	}
	h := &handle{DB: sql.OpenDB(connector), spill: spill}
	if _, err := h.Exec("SET temp_directory = " + quote(spill)); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// create makes an empty ledger, with its folder. It is made elsewhere and then
// linked to its place: a process that dies on the way leaves no half of a file,
// and of two who try at once, one succeeds and the other uses it.
func (s *Store) create(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("making the ledger's folder: %w", err)
	}
	folder, prefix := s.workshops()
	workshop, err := os.MkdirTemp(folder, prefix)
	if err != nil {
		return fmt.Errorf("making the ledger: %w", err)
	}
	defer os.RemoveAll(workshop)
	err = s.draft(ctx, filepath.Join(workshop, "ledger"))
	if _, missing := os.Stat(s.path); missing == nil {
		return nil // another was first, and may have swept this workshop away
	}
	return err
}

// draft makes an empty ledger at a path and links it to its place.
func (s *Store) draft(ctx context.Context, path string) error {
	h, err := open(path, s.options, "")
	if err != nil {
		return err
	}
	_, err = h.ExecContext(ctx, schemaOfMeta)
	if err == nil {
		err = migrate(ctx, h.DB)
	}
	if err := errors.Join(err, h.Close()); err != nil {
		return err
	}
	if err := os.Link(path, s.path); err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(path, s.path) // a file system without links
}

// workshops is where ledgers are drafted: a folder, and how the names of the
// workshops in it begin.
func (s *Store) workshops() (folder, prefix string) {
	folder, name := filepath.Split(s.path)
	return folder, "." + name + "-new-"
}

// sweep removes the workshops of processes that died in them. It is called when
// there is a ledger, so that nobody needs one any more.
func (s *Store) sweep() {
	folder, prefix := s.workshops()
	files, _ := os.ReadDir(folder) // what cannot be read cannot be tidied
	for _, file := range files {
		if strings.HasPrefix(file.Name(), prefix) {
			_ = os.RemoveAll(filepath.Join(folder, file.Name()))
		}
	}
}
