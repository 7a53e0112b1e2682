package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Why a token cannot be added or removed; test with errors.Is.
var (
	ErrBadToken = errors.New("invalid token")
	ErrExists   = errors.New("there is a token of that name already")
	ErrNoToken  = errors.New("there is no token of that name")
)

// maxFile is more than the tokens of any team need, in bytes.
const maxFile = 1 << 20

// A File keeps tokens at a path. Several processes may use it at once: who
// changes it holds a lock beside it, and it is always there as a whole.
type File string

// content is the form of the file.
type content struct {
	Tokens []Token `json:"tokens"`
}

// Tokens are those in the file, by name, expired ones too; none if it does not exist.
func (f File) Tokens() ([]Token, error) {
	file, err := os.Open(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return f.read(file)
}

func (f File) read(file io.Reader) ([]Token, error) {
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s is longer than %d bytes: it is no file of tokens", string(f), maxFile)
	}
	var c content
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%s is no file of tokens: %w", string(f), err)
	}
	for _, t := range c.Tokens {
		if t.Hash == (Hash{}) || t.Name == "" {
			return nil, fmt.Errorf("%s has a token without name or sha256", string(f))
		}
	}
	slices.SortFunc(c.Tokens, func(a, b Token) int { return strings.Compare(a.Name, b.Name) })
	return c.Tokens, nil
}

// Add makes a token, of which the file gets the hash, and returns its secret.
// Name, Account, Created and Expires are taken from t.
func (f File) Add(t Token) (secret string, err error) {
	switch {
	case len(t.Name) > maxName || !tokenName.MatchString(t.Name):
		return "", fmt.Errorf("%w: a name has letters, digits and . _ @ -, %d at most, and begins with one of the first two",
			ErrBadToken, maxName)
	case t.Expired(t.Created):
		return "", fmt.Errorf("%w: it would have expired at %s", ErrBadToken, t.Expires.UTC().Format(time.RFC3339))
	}
	secret = TokenPrefix + newSecret()
	t.Hash = hashOf(secret)
	err = f.change(func(tokens []Token) ([]Token, error) {
		if slices.ContainsFunc(tokens, func(other Token) bool { return other.Name == t.Name }) {
			return nil, fmt.Errorf("%w: %s; remove it first", ErrExists, t.Name)
		}
		return append(tokens, t), nil
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// Remove ends a token, and the sessions begun with it, at once.
func (f File) Remove(name string) error {
	return f.change(func(tokens []Token) ([]Token, error) {
		rest := slices.DeleteFunc(slices.Clone(tokens), func(t Token) bool { return t.Name == name })
		if len(rest) == len(tokens) {
			return nil, fmt.Errorf("%w: %q", ErrNoToken, name)
		}
		return rest, nil
	})
}

// change rewrites the file while nobody else does.
func (f File) change(edit func([]Token) ([]Token, error)) error {
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o700); err != nil {
		return err
	}
	lock := flock.New(string(f)+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer lock.Close()
	tokens, err := f.Tokens()
	if err != nil {
		return err
	}
	if tokens, err = edit(tokens); err != nil {
		return err
	}
	slices.SortFunc(tokens, func(a, b Token) int { return strings.Compare(a.Name, b.Name) })
	text, err := json.MarshalIndent(content{Tokens: append([]Token{}, tokens...)}, "", "  ")
	if err != nil {
		return err
	}
	return f.write(append(text, '\n'))
}

// write puts a new file in the place of the old one. Only the owner may read it.
func (f File) write(text []byte) error {
	draft, err := os.CreateTemp(filepath.Dir(string(f)), "."+filepath.Base(string(f))+"-new-") // has mode 0600
	if err != nil {
		return err
	}
	_, err = draft.Write(text)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), string(f))
	}
	if err != nil {
		err = errors.Join(err, os.Remove(draft.Name()))
	}
	return err
}
