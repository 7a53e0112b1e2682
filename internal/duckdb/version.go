package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Version tells by the file and its log, without opening either. A writer that
// has the file open may be seen as a change before it has made one.
func (s *Store) Version(ctx context.Context) (string, error) {
	if s.frozen != nil {
		return "frozen", ctx.Err()
	}
	file, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w at %s; run 'ducat sync'", ledger.ErrNoLedger, s.path)
	}
	if err != nil {
		return "", err
	}
	version := fmt.Sprintf("%d-%d", file.Size(), file.ModTime().UnixNano())
	if log, err := os.Stat(s.path + walSuffix); err == nil {
		version += fmt.Sprintf("-%d-%d", log.Size(), log.ModTime().UnixNano())
	}
	return version, ctx.Err()
}
