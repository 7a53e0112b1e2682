package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/ducat-ledger/ducat/venice"
)

// An Account is one account at Venice and how to ask for it. It does not hold
// its key, so it can be printed.
type Account struct {
	Name    string // letters, digits, - and _
	Label   string // the user's words for it; may be ""
	BaseURL string // where to ask; "" is Venice

	// BillingID and BillingName are what a FOCUS export calls the account; either
	// may be "".
	BillingID, BillingName string

	keyEnv, keyFile string // one of them
}

// KeySource says where the key comes from: "$VENICE_API_KEY", or a path.
func (a Account) KeySource() string {
	if a.keyEnv != "" {
		return "$" + a.keyEnv
	}
	return a.keyFile
}

// maxSecret is more than any key or address has.
const maxSecret = 4096

// Key reads the account's API key. The error of one that is missing is a
// [venice.ErrAuthentication], and no error shows any of a key.
func (a Account) Key(env Env) (string, error) {
	if a.keyEnv != "" {
		if key := strings.TrimSpace(env(a.keyEnv)); key != "" {
			return key, nil
		}
		return "", fmt.Errorf("%w: no API key for the account %s: set %s to an ADMIN key of it",
			venice.ErrAuthentication, a.Name, a.keyEnv)
	}
	key, err := readSecret(a.keyFile, "an ADMIN key")
	if err != nil {
		return "", fmt.Errorf("%w: no API key for the account %s: %w", venice.ErrAuthentication, a.Name, err)
	}
	return key, nil
}

// readSecret reads a file with a secret on its only line.
func readSecret(name, what string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return "", err
	}
	key := strings.TrimRight(string(text), "\r\n")
	switch {
	case key == "":
		return "", fmt.Errorf("%s is empty: write %s into it", name, what)
	case len(text) > maxSecret || strings.ContainsAny(key, "\r\n"):
		return "", fmt.Errorf("%s holds more than %s: it must be the only line", name, what)
	}
	return key, nil
}

// warnReadable tells of a file with a secret that others can read. A missing one
// is no matter until the secret is asked for.
func warnReadable(file, what string) []string {
	if file == "" || runtime.GOOS == "windows" { // whose modes say nothing of other users
		return nil
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().Perm()&0o077 == 0:
		return nil
	case err != nil:
		return []string{fmt.Sprintf("%s cannot be looked at: %v", what, err)}
	}
	return []string{fmt.Sprintf("%s can be read by others: chmod 600 %s", what, file)}
}
