package config

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// A Place is where books are: the path of a file, or the address of a database
// server, which may hold a password. It can be printed, in JSON too, where an
// address is without its password; convert it to a string to open it.
type Place string

// scheme is how an address begins, and no path.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)

// IsAddress says whether it is the address of a server, of whatever kind, rather
// than the path of a file.
func (p Place) IsAddress() bool { return scheme.MatchString(string(p)) }

// String is the path, or of the address the scheme, user, hosts and database.
func (p Place) String() string {
	if !p.IsAddress() {
		return string(p)
	}
	// A password may have anything in it, if only by mistake, so it ends where no
	// other could: at the last @. Options may name one as well.
	kind, rest, _ := strings.Cut(string(p), "://")
	user := ""
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, _, _ = strings.Cut(rest[:at], ":")
		user, rest = user+"@", rest[at+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return kind + "://" + user + rest
}

// MarshalText gives String.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// beside is how the paths of files begin that belong to the ledger, with those of
// servers in a folder.
func (p Place) beside(folder string) string {
	if !p.IsAddress() {
		return string(p)
	}
	return filepath.Join(folder, fmt.Sprintf("ledger-%.8x", sha256.Sum256([]byte(p.String()))))
}
