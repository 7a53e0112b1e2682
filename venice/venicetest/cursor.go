package venicetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// cursorLife is how long a cursor is good for, by the server's clock. The real
// lifetime is not documented.
const cursorLife = time.Hour

// maxCursorLen is the longest cursor the API accepts, in bytes.
const maxCursorLen = 512

const cursorVersion = 1

var errCursor = errors.New("cursor is malformed, tampered with, of another account, or expired")

// cursor is what a token carries: the walk's filters and where it stands.
type cursor struct {
	User       uint64
	Start, End int64 // Unix ms, half open
	MS         int64 // the last row handed out
	Seq        uint64
	Expires    int64  // Unix ms
	Walk       uint64 // first pages so far: a walk begun anew gets new tokens
	Hop        uint32 // pages so far: no two pages of a walk share a token
	PageSize   uint16
	AfterEmpty bool // the page before was an injected empty one
	Currency   string
}

func (c cursor) position() position { return position{c.MS, c.Seq} }

// sealer makes cursors that only it can read.
type sealer struct {
	secret []byte
	user   uint64
}

func (s sealer) seal(c cursor) string {
	b := []byte{cursorVersion}
	b = binary.BigEndian.AppendUint64(b, s.user)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Start))
	b = binary.BigEndian.AppendUint64(b, uint64(c.End))
	b = binary.BigEndian.AppendUint64(b, uint64(c.MS))
	b = binary.BigEndian.AppendUint64(b, c.Seq)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Expires))
	b = binary.BigEndian.AppendUint64(b, c.Walk)
	b = binary.BigEndian.AppendUint32(b, c.Hop)
	b = binary.BigEndian.AppendUint16(b, c.PageSize)
	if c.AfterEmpty {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = append(b, c.Currency...)
	return base64.RawURLEncoding.EncodeToString(append(b, s.sum(b)...))
}

const (
	sumLen    = 16
	cursorLen = 1 + 7*8 + 4 + 2 + 1 // without the currency and the sum
)

func (s sealer) sum(b []byte) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write(b)
	return h.Sum(nil)[:sumLen]
}

func (s sealer) open(token string, now time.Time) (cursor, error) {
	if len(token) > maxCursorLen {
		return cursor{}, errCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < cursorLen+sumLen {
		return cursor{}, errCursor
	}
	b, sum := b[:len(b)-sumLen], b[len(b)-sumLen:]
	if !hmac.Equal(sum, s.sum(b)) || b[0] != cursorVersion {
		return cursor{}, errCursor
	}
	next := func() uint64 {
		n := binary.BigEndian.Uint64(b)
		b = b[8:]
		return n
	}
	b = b[1:]
	c := cursor{User: next(), Start: int64(next()), End: int64(next()), MS: int64(next()), Seq: next(), Expires: int64(next()), Walk: next()}
	c.Hop, b = binary.BigEndian.Uint32(b), b[4:]
	c.PageSize, b = binary.BigEndian.Uint16(b), b[2:]
	c.AfterEmpty, c.Currency = b[0] == 1, string(b[1:])
	if c.User != s.user || now.UnixMilli() >= c.Expires {
		return cursor{}, errCursor
	}
	return c, nil
}
