package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"regexp"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A cursor is where a walk stands, and what it walks through.
type cursor struct {
	account  string
	currency venice.Currency
	window   ledger.Window // a zero side is open
	pageSize int
	// last is the place of the last entry that was given out, in the order of the
	// books.
	last    place
	expires time.Time // to the second
}

// A place is that of an entry in the order of an account's books.
type place struct {
	at       time.Time
	identity ledger.Identity
	ordinal  int
}

// before says whether the place is before that of an entry.
func (p place) before(e *ledger.Entry) bool {
	if !p.at.Equal(e.Timestamp) {
		return p.at.Before(e.Timestamp)
	}
	if p.identity != e.Identity {
		return string(p.identity[:]) < string(e.Identity[:])
	}
	return p.ordinal < e.Ordinal
}

var cursorForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// maxCursor is the longest cursor that Venice's clients expect, in bytes.
const maxCursor = 512

// A cursor is good for a day, and then for the rest of an hour, so that pages
// stay the same for an hour and can be kept by clients.
const cursorLife = 24 * time.Hour

func expiry(now time.Time) time.Time { return now.Truncate(time.Hour).Add(time.Hour + cursorLife) }

const (
	cursorVersion = 1
	sumLength     = 16
)

var errCursor = errors.New("cursor is malformed, changed or expired")

// A sealer makes cursors of which it knows that it made them.
type sealer struct{ secret []byte }

func (s sealer) sum(b []byte) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write(b)
	return h.Sum(nil)[:sumLength]
}

// seal spells a cursor. One that would be too long for clients, because of its
// account's name, is an error.
func (s sealer) seal(c cursor) (string, error) {
	b := []byte{cursorVersion}
	for _, t := range []time.Time{c.expires, c.window.Start, c.window.End, c.last.at} {
		b = binary.BigEndian.AppendUint64(b, uint64(t.Unix()))
		b = binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond()))
	}
	b = append(b, c.last.identity[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(c.last.ordinal))
	b = binary.BigEndian.AppendUint16(b, uint16(c.pageSize))
	b = append(b, byte(len(c.currency)))
	b = append(append(b, c.currency...), c.account...)
	token := base64.RawURLEncoding.EncodeToString(append(b, s.sum(b)...))
	if len(token) > maxCursor {
		return "", errors.New("the account's name is too long for a cursor")
	}
	return token, nil
}

func (s sealer) open(token string, now time.Time) (cursor, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < sumLength {
		return cursor{}, errCursor
	}
	b, sum := b[:len(b)-sumLength], b[len(b)-sumLength:]
	if !hmac.Equal(sum, s.sum(b)) || b[0] != cursorVersion {
		return cursor{}, errCursor
	}
	b = b[1:] // the rest is as seal wrote it
	take := func(n int) (part []byte) {
		part, b = b[:n], b[n:]
		return part
	}
	instant := func() time.Time {
		seconds := int64(binary.BigEndian.Uint64(take(8)))
		return time.Unix(seconds, int64(binary.BigEndian.Uint32(take(4)))).UTC()
	}
	var c cursor
	c.expires = instant()
	c.window.Start, c.window.End = instant(), instant()
	c.last.at = instant()
	c.last.identity = ledger.Identity(take(len(ledger.Identity{})))
	c.last.ordinal = int(binary.BigEndian.Uint32(take(4)))
	c.pageSize = int(binary.BigEndian.Uint16(take(2)))
	c.currency = venice.Currency(take(int(take(1)[0])))
	c.account = string(b)
	if !now.Before(c.expires) {
		return cursor{}, errCursor
	}
	return c, nil
}
