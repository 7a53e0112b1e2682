package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/ducat-ledger/ducat/venice"
)

// An Identity stands for all fields of an entry: equal entries have equal
// identities, and others do not. Venice gives entries no identity of their own,
// and two equal ones can be two real charges, so the books keep a multiset:
// an entry is its identity and its ordinal among equals.
type Identity [16]byte

// IdentityOf hashes the canonical form of an entry: its instant in UTC, its
// numbers by value (0.10 is 0.1), its texts as they are.
func IdentityOf(e *venice.UsageEntry) Identity {
	f := make(fields, 0, 512)
	f = f.int(e.Timestamp.UnixNano())
	f = f.text(e.SKU)
	f = f.text(e.PricePerUnitUSD.String())
	f = f.text(e.Units.String())
	f = f.text(e.Amount.String())
	f = f.text(string(e.Currency))
	f = f.text(e.Notes)
	if d := e.InferenceDetails; d != nil {
		f = f.text(d.RequestID)
		f = f.count(d.InferenceExecutionTime)
		f = f.count(d.PromptTokens)
		f = f.count(d.CompletionTokens)
	}
	sum := sha256.Sum256(f)
	return Identity(sum[:len(Identity{})])
}

// fields are written so that no two lists of them look the same: a text stands
// after its length, and a count that was not recorded differs from 0.
type fields []byte

func (f fields) int(n int64) fields { return binary.BigEndian.AppendUint64(f, uint64(n)) }

func (f fields) text(s string) fields { return append(f.int(int64(len(s))), s...) }

func (f fields) count(n *int64) fields {
	if n == nil {
		return append(f, 0)
	}
	return append(f, 1).int(*n)
}

// An Entry is an entry in the books.
type Entry struct {
	venice.UsageEntry
	Account  string
	Identity Identity
	Ordinal  int // among equal entries of the account, from 0
}

// truncate cuts an instant to the millisecond, which is how windows are asked
// for.
func truncate(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
