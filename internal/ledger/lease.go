package ledger

import (
	"context"
	"errors"
	"time"
)

// ErrLeaseTaken: another worker has the lease, or had it meanwhile.
var ErrLeaseTaken = errors.New("another worker has the lease")

// A Lease says who syncs an account, and when it was last synced. Its instants
// are by the clock of the store that keeps it, to the microsecond.
type Lease struct {
	Account string
	// Number counts the changes of the account's lease, from 1.
	Number uint64
	// Holder names the worker that has the lease, or had it last.
	Holder string
	// Since is when the holder took it. Until is when it runs out, unless it is
	// prolonged; zero where it was given up.
	Since, Until time.Time
	// Synced is when the last sync that ended well had begun; zero for none.
	Synced time.Time
}

// Free says whether the lease may be taken at an instant.
func (l Lease) Free(now time.Time) bool { return !l.Until.After(now) }

// Leases are a register of leases in a store that several machines share. The
// books are right without them, whoever writes; they only keep workers from
// doing the same twice. package ledgertest has the tests that all of them pass.
type Leases interface {
	// Leases are those of all accounts that ever had one, in any order, and what
	// the clock of the store shows.
	Leases(ctx context.Context) ([]Lease, time.Time, error)

	// PutLease changes the lease of an account, as seen with the number before, to
	// this one. It fails with ErrLeaseTaken where somebody else has changed it
	// since: of several who put the same number at once, one succeeds. To put the
	// same lease again, after a failure that left open whether it is there, is no
	// change and succeeds.
	PutLease(ctx context.Context, l Lease) error
}
