package access

import (
	"errors"
	"io/fs"
	"os"
	"sync"
)

// fresh keeps the tokens of a file as they are now: it reads the file again when
// that has changed. A change is always another file, put in the place of the old.
type fresh struct {
	file File

	mu     sync.Mutex
	seen   fs.FileInfo // nil: no file, or nothing read yet
	tokens []Token
	had    bool // there were tokens once
}

// all are the tokens. Where the file cannot be read there is an error and no
// token: nobody is let in by what may be out of date.
func (f *fresh) all() ([]Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(string(f.file))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.seen, f.tokens = nil, nil
		return nil, nil
	case err != nil:
		return nil, err
	case f.seen != nil && same(f.seen, info):
		return f.tokens, nil
	}
	// Looked at before it is read: what changes between the two is read again.
	tokens, err := f.file.Tokens()
	if err != nil {
		f.seen = nil
		return nil, err
	}
	f.seen, f.tokens = info, tokens
	f.had = f.had || len(tokens) > 0
	return tokens, nil
}

func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// everHad says whether there was a token since the start.
func (f *fresh) everHad() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.had
}
