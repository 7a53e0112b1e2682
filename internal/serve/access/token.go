package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"time"
)

// TokenPrefix begins every token, so that scanners for leaked secrets, and
// people, know one when they see it.
const TokenPrefix = "ducat_"

// maxName is the longest name of a token, in bytes.
const maxName = 64

var tokenName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]*$`)

// A Token lets its holder read the books. The secret itself is kept nowhere.
type Token struct {
	// Name says who holds it: letters, digits and . _ @ -, 64 at most.
	Name string `json:"name"`
	// Account is the only account that it shows; "" is all of them.
	Account string `json:"account,omitempty"`
	// Hash is the SHA-256 of the secret.
	Hash Hash `json:"sha256"`
	// Created is when it was made.
	Created time.Time `json:"created"`
	// Expires is when it ends; zero is never.
	Expires time.Time `json:"expires,omitzero"`
}

// Expired says whether the token has ended at an instant.
func (t Token) Expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

func (t Token) viewer() Viewer { return Viewer{Name: t.Name, Account: t.Account} }

// A Hash is the SHA-256 of a secret. A secret has 256 random bits, so nobody
// finds it from its hash, and the hash needs neither salt nor many rounds.
type Hash [sha256.Size]byte

func hashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// MarshalText is the hash in hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("a hash has %d hexadecimal digits, not %d", hex.EncodedLen(len(h)), len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// find is the token with a hash. It compares with all of them, each in constant
// time, so how long it takes tells nothing.
func find(tokens []Token, hash Hash) (found Token, ok bool) {
	for _, t := range tokens {
		if subtle.ConstantTimeCompare(t.Hash[:], hash[:]) == 1 {
			found, ok = t, true
		}
	}
	return found, ok
}

// newSecret is 256 random bits as text.
func newSecret() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails: the runtime stops the process first
	return base64.RawURLEncoding.EncodeToString(bits[:])
}
