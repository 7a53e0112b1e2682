package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// A sharedHandle is the handle that the readers of a process share while any of
// them works.
type sharedHandle struct {
	handle  *handle
	readers int
	since   time.Time // when it was opened
	// gone is closed when the last reader has gone.
	gone chan struct{}
}

const (
	// longShared is how long readers join a handle. Later ones wait until it is
	// closed, and then rest, so that readers who follow each other closely do
	// not keep writers of other processes out for ever.
	longShared = time.Second
	rest       = 2 * longestPause
)

// borrow is the ledger open for reading, until done is called. An older ledger
// is migrated first.
func (s *Store) borrow(ctx context.Context) (db *sql.DB, done func(), err error) {
	if s.frozen != nil {
		return s.frozen.DB, func() {}, ctx.Err()
	}
	db, done, err = s.share(ctx)
	if !errors.Is(err, errOlder) {
		return db, done, s.explain(ctx, err)
	}
	if err := s.write(ctx, func(*sql.Conn) error { return nil }); err != nil {
		return nil, nil, err
	}
	db, done, err = s.share(ctx)
	return db, done, s.explain(ctx, err)
}

func (s *Store) share(ctx context.Context) (db *sql.DB, done func(), err error) {
	if err := s.gate.Acquire(ctx, 1); err != nil {
		return nil, nil, err
	}
	h, err := s.atDesk(ctx)
	if err != nil {
		s.gate.Release(1)
		return nil, nil, err
	}
	defer func() { s.desk <- h }()
	if h.readers == 0 {
		opened, err := s.openToRead(ctx)
		if err != nil {
			s.gate.Release(1)
			return nil, nil, err
		}
		*h = sharedHandle{handle: opened, since: time.Now(), gone: make(chan struct{})}
	}
	h.readers++
	return h.handle.DB, s.giveBack, nil
}

// atDesk takes the shared handle from the desk, to be put back, when it is one
// that a reader may join.
func (s *Store) atDesk(ctx context.Context) (*sharedHandle, error) {
	for {
		var h *sharedHandle
		select {
		case h = <-s.desk:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if h.readers == 0 || time.Since(h.since) < longShared {
			return h, nil
		}
		gone := h.gone
		s.desk <- h
		select {
		case <-gone:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if err := pause(ctx, rest); err != nil {
			return nil, err
		}
	}
}

func (s *Store) giveBack() {
	h := <-s.desk
	h.readers--
	if h.readers == 0 {
		_ = h.handle.Close() // nothing was written
		close(h.gone)
	}
	s.desk <- h
	s.gate.Release(1)
}

// pause waits, unless the context ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
