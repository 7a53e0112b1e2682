package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
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
	f := make(fields, 0, 512)
	f = f.int(e.Timestamp.UnixNano())
	f = f.text(e.SKU)
	f = f.number(e.PricePerUnitUSD)
	f = f.number(e.Units)
	f = f.number(e.Amount)
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

// number writes the one coefficient that does not end in 0, and its exponent.
func (f fields) number(d decimal.Decimal) fields {
	const most = 18 // digits that surely fit in 64 bits
	if d.NumDigits() > most {
		return f.largeNumber(d)
	}
	coefficient, exponent := d.CoefficientInt64(), int64(d.Exponent())
	for coefficient != 0 && coefficient%10 == 0 {
		coefficient /= 10
		exponent++
	}
	if coefficient == 0 {
		exponent = 0
	}
	return f.int(coefficient).int(exponent)
}

// largeNumber writes the same for any number of digits.
func (f fields) largeNumber(d decimal.Decimal) fields {
	coefficient, exponent := d.Coefficient(), int64(d.Exponent())
	ten, rest := big.NewInt(10), new(big.Int)
	for {
		shorter, _ := new(big.Int).QuoRem(coefficient, ten, rest)
		if rest.Sign() != 0 {
			break
		}
		coefficient, exponent = shorter, exponent+1
	}
	if coefficient.IsInt64() {
		return f.int(coefficient.Int64()).int(exponent)
	}
	return f.text(coefficient.String()).int(exponent)
}

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
