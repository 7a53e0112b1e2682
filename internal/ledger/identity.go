package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"time"

	"github.com/shopspring/decimal"

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
	h := hasher{Hash: sha256.New()}
	h.int(e.Timestamp.UnixNano())
	h.text(e.SKU)
	h.number(e.PricePerUnitUSD)
	h.number(e.Units)
	h.number(e.Amount)
	h.text(string(e.Currency))
	h.text(e.Notes)
	if d := e.InferenceDetails; d != nil {
		h.text(d.RequestID)
		h.count(d.InferenceExecutionTime)
		h.count(d.PromptTokens)
		h.count(d.CompletionTokens)
	}
	var sum [sha256.Size]byte
	return Identity(h.Sum(sum[:0])[:16])
}

// A hasher writes fields so that no two lists of fields look the same: a text
// is preceded by its length, a count that was not recorded differs from 0.
type hasher struct {
	hash.Hash
	buf [9]byte
}

func (h *hasher) int(n int64) {
	binary.BigEndian.PutUint64(h.buf[:8], uint64(n))
	h.Write(h.buf[:8])
}

func (h *hasher) text(s string) {
	h.int(int64(len(s)))
	h.Write([]byte(s))
}

func (h *hasher) number(d decimal.Decimal) { h.text(d.String()) }

func (h *hasher) count(n *int64) {
	h.buf[0] = 0
	if n != nil {
		h.buf[0] = 1
		binary.BigEndian.PutUint64(h.buf[1:], uint64(*n))
	}
	h.Write(h.buf[:])
	clear(h.buf[:])
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
