package duckdb

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// errOlder is met where the ledger's version is older than the program's.
var errOlder = errors.New("ledger is older than this program")

// isBusy says whether the file could not be opened because others have it open.
// The later texts are what DuckDB says when they are of the same process.
func isBusy(err error) bool {
	return says(err, "Could not set lock on file") ||
		says(err, "with a different configuration than existing connections") ||
		says(err, "Unique file handle conflict")
}

func says(err error, text string) bool {
	return err != nil && strings.Contains(err.Error(), text)
}

// explain gives an error of the driver the meaning that it has for a ledger.
// DuckDB tells its errors apart only by their texts.
func (s *Store) explain(ctx context.Context, err error) error {
	known := func(meant error, advice string) error {
		return fmt.Errorf("%w: %s: %s", meant, s.path, advice)
	}
	fault, ofDuckDB := errors.AsType[*duckdb.Error](err)
	switch {
	case errors.Is(err, ledger.ErrNotLedger), errors.Is(err, ledger.ErrNewer):
		return fmt.Errorf("%s: %w", s.path, err)
	case !ofDuckDB:
		return err
	case ctx.Err() != nil: // the query was interrupted
		return ctx.Err()
	case isBusy(err):
		return known(ledger.ErrBusy, fmt.Sprintf("%s has had it open for %s; try again when that is done",
			holder(fault.Msg), s.options.Wait))
	case says(err, "not a valid DuckDB database file"), says(err, "sqlite_scanner"):
		return known(ledger.ErrNotLedger, "it is a file of another kind; name another one")
	case tooNew(fault.Msg):
		return known(ledger.ErrNewer, "it was written by a newer DuckDB; update ducat")
	case says(err, "Could not read enough bytes"), says(err, "Corrupt database file"), says(err, "Serialization Error"):
		return fmt.Errorf("ledger %s is damaged: bring back a copy, or move it away and run 'ducat sync': %s", s.path, firstLine(fault.Msg))
	case says(err, "No space left on device"), says(err, "File too large"):
		return fmt.Errorf("no space for ledger %s: make room and try again; it is as it was before: %s", s.path, firstLine(fault.Msg))
	}
	return fmt.Errorf("ledger %s: %w", s.path, err)
}

var (
	heldBy   = regexp.MustCompile(`Conflicting lock is held in (.*?)\(PID (\d+)\)`)
	versions = regexp.MustCompile(`version number (\d+), but we can only read versions between \d+ and (\d+)`)
)

// holder is the process that DuckDB names, as in "/usr/bin/ducat (process 321)".
func holder(message string) string {
	found := heldBy.FindStringSubmatch(message)
	if found == nil {
		return "another process, or this one,"
	}
	program := strings.TrimSpace(found[1])
	if program == "" {
		return "process " + found[2]
	}
	return fmt.Sprintf("%s (process %s)", program, found[2])
}

func tooNew(message string) bool {
	found := versions.FindStringSubmatch(message)
	if found == nil {
		return false
	}
	has, errHas := strconv.Atoi(found[1])
	most, errMost := strconv.Atoi(found[2])
	return errHas == nil && errMost == nil && has > most
}

// firstLine is the first line of a message.
func firstLine(message string) string {
	first, _, _ := strings.Cut(message, "\n")
	return first
}
