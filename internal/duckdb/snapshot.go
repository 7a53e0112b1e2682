package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A Snapshot is a copy of the ledger's file, made while nobody could change it.
// All that reads a Store reads a Snapshot too; what would change it fails.
type Snapshot struct{ *Store }

var _ ledger.Snapshot = Snapshot{}

// walSuffix is how DuckDB names the log of what is not in the file yet.
const walSuffix = ".wal"

// Snapshot copies the ledger's file beside it, which takes about as long as
// reading it, and no room on a file system that can share blocks. Other processes
// can read meanwhile, and change the ledger when the copy is made. Where the
// system allows it, the copy has no name, so that it goes with the process.
func (s *Store) Snapshot(ctx context.Context) (ledger.Snapshot, error) {
	if s.frozen != nil {
		return nil, fmt.Errorf("snapshot of %s: it is one already", s.path)
	}
	// An older ledger is migrated first.
	if err := s.read(ctx, func(*sql.DB) error { return nil }); err != nil {
		return nil, err
	}
	// Closing any descriptor of a file gives up the process's locks on it, so no
	// other reader of this process may have it open.
	if err := s.gate.Acquire(ctx, everyone); err != nil {
		return nil, err
	}
	defer s.gate.Release(everyone)
	original, err := s.openToRead(ctx)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	frozen, err := s.freeze(ctx)
	if err := errors.Join(err, original.Close()); err != nil {
		if frozen != nil {
			_ = frozen.Close() // err says more
		}
		return nil, s.explain(ctx, err)
	}
	return Snapshot{&Store{path: s.path, options: s.options, gate: s.gate, desk: s.desk, frozen: frozen}}, nil
}

// Close gives back the copy's room.
func (s Snapshot) Close() error { return s.frozen.Close() }

// freeze copies the file, which is locked, and opens the copy.
func (s *Store) freeze(ctx context.Context) (*handle, error) {
	defer private()()
	folder, prefix := s.workshops()
	workshop, err := os.MkdirTemp(folder, prefix)
	if err != nil {
		return nil, fmt.Errorf("copying the ledger: %w", err)
	}
	copied := filepath.Join(workshop, "ledger")
	err = copyFile(ctx, s.path, copied)
	if err == nil {
		err = copyFile(ctx, s.path+walSuffix, copied+walSuffix)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("copying the ledger: %w", err), os.RemoveAll(workshop))
	}
	h, err := open(copied, s.options, "&access_mode=read_only")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(workshop))
	}
	if err := os.RemoveAll(workshop); err != nil { // a system that keeps the names of open files
		h.leftover = workshop
	}
	return h, nil
}

// copyFile copies in the way that the system has for it.
func copyFile(ctx context.Context, from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	const piece = 64 << 20 // between two looks at the context
	for {
		n, err := io.CopyN(target, source, piece)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case n < piece:
			return io.ErrShortWrite
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
