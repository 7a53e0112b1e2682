package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// NewestVersion is the version of the ledgers that this program writes.
func NewestVersion() int { return len(place{}.migrations()) }

// SchemaVersion is the version of the ledger. It changes nothing. Errors are those
// of reading.
func (s *Store) SchemaVersion(ctx context.Context) (int, error) {
	version, err := s.version(ctx)
	return version, s.explain(ctx, err)
}

// Server is the version of the server, such as "25.8.1.1", and its clock. It needs
// no ledger and no database.
func (s *Store) Server(ctx context.Context) (version string, clock time.Time, err error) {
	err = s.outside(func(conn driver.Conn) error {
		return one(ctx, conn, []any{&version, &clock}, "SELECT version(), now64(6, 'UTC')")
	})
	return version, clock, s.explain(ctx, err)
}

// What a user needs on the ledger's database, as GRANT names it: to read, to write,
// and more for the first write and for the first after an update.
const (
	ToRead  = "SELECT"
	ToWrite = "INSERT"
)

var rights = []string{ToRead, ToWrite, "CREATE DATABASE", "CREATE TABLE", "CREATE VIEW", "ALTER"}

// MissingRights are those that the user lacks.
func (s *Store) MissingRights(ctx context.Context) (missing []string, err error) {
	err = s.outside(func(conn driver.Conn) error {
		for _, right := range rights {
			var granted uint8
			if err := one(ctx, conn, []any{&granted}, fmt.Sprintf("CHECK GRANT %s ON %s.*", right, quoteName(s.database))); err != nil {
				return err
			}
			if granted == 0 {
				missing = append(missing, right)
			}
		}
		return nil
	})
	return missing, s.explain(ctx, err)
}

// Grant is the statement that gives the user rights on the ledger's database.
func (s *Store) Grant(rights []string) string {
	return fmt.Sprintf("GRANT %s ON %s.* TO %s", strings.Join(rights, ", "), quoteName(s.database), quoteName(s.driver.Auth.Username))
}

// Tables are the ledger's tables on the server that is asked.
type Tables struct {
	Rows, Bytes uint64 // in all of them, what was replaced and not merged yet included
	// Parts is how many parts the table has that has most of them. Servers slow down
	// inserts where there are more than a thousand.
	Parts uint64
	// Free is how much room is left on the server's disks, in bytes; 0 where the
	// user may not know.
	Free uint64
	// ReadOnly are replicated tables that take no inserts; Delay is how far the
	// replica is behind that is furthest, in seconds.
	ReadOnly []string
	Delay    uint64
}

// Tables looks at the tables of the ledger, in the server's own tables, which the
// user may not be allowed to read.
func (s *Store) Tables(ctx context.Context) (t Tables, err error) {
	err = one(ctx, s.conn, []any{&t.Rows, &t.Bytes, &t.Parts}, `
		SELECT sum(rows), sum(bytes), max(parts) FROM (
			SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts
			FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table)`)
	if err == nil {
		err = one(ctx, s.conn, []any{&t.ReadOnly, &t.Delay}, `
			SELECT groupArrayIf(table, is_readonly), max(absolute_delay) FROM system.replicas WHERE database = currentDatabase()`)
	}
	if err == nil {
		err = one(ctx, s.conn, []any{&t.Free}, "SELECT sum(unreserved_space) FROM system.disks")
	}
	return t, s.explain(ctx, err)
}
