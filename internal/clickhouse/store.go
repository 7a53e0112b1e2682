// Package clickhouse keeps the books in a database of ClickHouse, on one server
// or a cluster. It implements [ledger.Store].
//
// The books are a journal, of which no row is ever changed: a row is an entry,
// the removal of one that Venice no longer has, or the account's coverage. What
// a Replace changes is one block of one INSERT, which ClickHouse shows at once
// or not at all; so no reader sees half of it. The changes of an account are
// numbered, and an insert carries its number as the token by which ClickHouse
// drops a repeated insert: of two writers that made the same number, one is
// taken, and the other begins again. ARCHITECTURE.md says why.
package clickhouse

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A Store is a ledger in a database of ClickHouse. It implements [ledger.Store];
// its methods may be called from several goroutines.
//
// Errors, besides those of the context: [ledger.ErrNoLedger] for reading where
// there is no ledger yet (the first write makes it, and the database too),
// [ledger.ErrNotLedger] and [ledger.ErrNewer] for a database that this program
// must not touch, [ledger.ErrInexact] for a number of more than 24 decimals or
// 14 digits before them, or an instant that is finer than a microsecond or not
// of the years 1970 to 2261.
type Store struct{ reader }

var _ ledger.Store = (*Store)(nil)

// A reader answers what is asked of the books.
type reader struct {
	*link
	at *moment // nil for now
}

var _ ledger.Books = reader{}

// A link is the way to the server, shared by a store and its snapshots.
type link struct {
	place
	conn  driver.Conn
	ready atomic.Bool // the ledger is there, of this program's version
}

// Open is the store at an address, clickhouse://user:password@host:9000/database,
// or http:// or https:// for ClickHouse's HTTP interface. What stands behind a
// question mark is the driver's (secure=true, compress=zstd, dial_timeout=5s and
// settings of ClickHouse), but for cluster=NAME, which spreads a new ledger over
// that cluster. A password that the address leaves out is taken from password.
// Nothing is connected yet.
func Open(address, password string) (*Store, error) {
	p, err := parse(address, password)
	if err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(p.options())
	if err != nil {
		return nil, p.explain(context.Background(), err)
	}
	return &Store{reader{link: &link{place: p, conn: conn}}}, nil
}

// Address is where the books are, without a password.
func (s *Store) Address() string { return s.place.String() }

// Close ends the connections.
func (s *Store) Close() error { return s.conn.Close() }

// ask calls work with a ledger that is there, and explains its errors.
func (l *link) ask(ctx context.Context, work func() error) error {
	err := l.prepare(ctx, false)
	if err == nil {
		err = work()
	}
	return l.explain(ctx, err)
}

// collect asks a query and gives its rows. Each is scanned into the fields that
// into names.
func collect[T any](ctx context.Context, conn driver.Conn, into func(*T) []any, query string, args ...any) (all []T, err error) {
	var row T
	err = each(ctx, conn, into(&row), func() {
		all = add(all, row)
		row = *new(T) // else the next would be scanned into what this one points to
	}, query, args...)
	return all, err
}

// each asks a query, and calls next whenever it has scanned a row into the fields.
func each(ctx context.Context, conn driver.Conn, fields []any, next func(), query string, args ...any) error {
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	for err == nil && rows.Next() {
		if err = rows.Scan(fields...); err == nil {
			next()
		}
	}
	return errors.Join(err, rows.Close(), rows.Err())
}

// add appends a row. Where append makes room for a quarter more, it makes room for
// twice as many: of hundreds of thousands of rows, each is copied once, not five
// times.
func add[T any](rows []T, row T) []T {
	if len(rows) == cap(rows) {
		rows = slices.Grow(rows, len(rows)+1)
	}
	return append(rows, row)
}

// one asks a query of one row.
func one(ctx context.Context, conn driver.Conn, into []any, query string, args ...any) error {
	return conn.QueryRow(ctx, query, args...).Scan(into...)
}
