package mcp

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A cursor is where a list of entries stands, and what it lists. It holds all of
// the question, so that a server which was started anew can go on.
type cursor struct {
	Listing    listing   `json:"listing"`
	Start, End time.Time // the range as it was at first
	Last       *place    // the last entry that was given out
}

// A place is that of an entry in the order of the books.
type place struct {
	At       time.Time
	Account  string
	Identity []byte
	Ordinal  int
}

func placeOf(e *ledger.Entry) place { return place{e.Timestamp, e.Account, e.Identity[:], e.Ordinal} }

func (p place) compare(o place) int {
	return cmp.Or(p.At.Compare(o.At), cmp.Compare(p.Account, o.Account),
		bytes.Compare(p.Identity, o.Identity), cmp.Compare(p.Ordinal, o.Ordinal))
}

// maxCursor is the longest cursor that is read, in bytes.
const maxCursor = 32 << 10

var errCursor = refuse("invalid cursor: expected next of an earlier answer of this tool; leave it out to begin anew")

func (c cursor) seal() (opaque, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	sealed := base64.RawURLEncoding.EncodeToString(text)
	if len(sealed) > maxCursor {
		return "", refuse("the question is too long to go on with: expected fewer or shorter filters")
	}
	return opaque(sealed), nil
}

func openCursor(sealed opaque) (c cursor, err error) {
	text, err := base64.RawURLEncoding.DecodeString(string(sealed))
	if err != nil {
		return c, errCursor
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil || c.Last == nil || !c.Start.Before(c.End) {
		return c, errCursor
	}
	return c, nil
}
