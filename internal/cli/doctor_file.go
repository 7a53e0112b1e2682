package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// ledgerFile is the path of the ledger; ok is false where it is not known, or no
// file.
func (p *patient) ledgerFile() (path string, ok bool) {
	if p.config == nil || p.config.Ledger.IsAddress() {
		return "", false
	}
	return string(p.config.Ledger), true
}

// checkLedger leaves the store open for the checks of the accounts.
func checkLedger(ctx context.Context, p *patient) []finding {
	const name = "ledger"
	path, ok := p.ledgerFile()
	if !ok {
		return nil
	}
	file, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return doubtful(name, "ducat sync", "there is none yet at %s", path)
	}
	// A sync holds the file only for the moment of a commit.
	store, err := duckdb.Open(path, duckdb.Options{Wait: p.timeout})
	if err != nil {
		return broken(name, "set DUCAT_LEDGER to another path", err, "%s", sentence(err))
	}
	version, err := store.SchemaVersion(ctx)
	switch {
	case err == nil:
		p.opened, p.store = store, store
		return fine(name, "%s, version %d, %s", path, version, megabytes(uint64(file.Size())))
	case errors.Is(err, ledger.ErrBusy):
		return broken(name, "wait until that process is done, or end it", err, "%s", sentence(err))
	case errors.Is(err, ledger.ErrNewer):
		return broken(name, updateDucat, err, "%s", sentence(err))
	case errors.Is(err, ledger.ErrNotLedger):
		return broken(name, "set DUCAT_LEDGER to another path", err, "%s", sentence(err))
	default:
		return broken(name, "bring back a copy of the file, or move it away and run 'ducat sync'", err, "%s", sentence(err))
	}
}

// checkWritable tries what a commit needs: to write the file, and to make another
// beside it.
func checkWritable(_ context.Context, p *patient) []finding {
	const name = "ledger writable"
	path, ok := p.ledgerFile()
	if !ok {
		return nil
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	switch {
	case err == nil:
		err = file.Close()
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return broken(name, "chmod u+rw on the file, or set DUCAT_LEDGER to another path", err, "%s", sentence(err))
	}
	folder := existing(filepath.Dir(path))
	trial, err := os.CreateTemp(folder, ".ducat-doctor-")
	if err == nil {
		err = errors.Join(trial.Close(), os.Remove(trial.Name()))
	}
	if err != nil {
		return broken(name, "chmod u+rwx on the folder, or set DUCAT_LEDGER to another path", err, "%s", sentence(err))
	}
	return fine(name, "yes, in %s", folder)
}

// existing is the folder, or the nearest above it that is there.
func existing(folder string) string {
	for {
		if _, err := os.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}

// leastFree is what a sync of some months may need, beside a copy of the ledger
// that an export makes.
const leastFree = 256 << 20

func checkDisk(_ context.Context, p *patient) []finding {
	const name = "disk"
	path, ok := p.ledgerFile()
	if !ok {
		return nil
	}
	free, err := freeSpace(existing(filepath.Dir(path)))
	if err != nil {
		return doubtful(name, "look with the means of the system", "how much is free is not known: %s", sentence(err))
	}
	need := uint64(leastFree)
	if file, err := os.Stat(path); err == nil {
		need += uint64(file.Size())
	}
	if free < need {
		return doubtful(name, "make room, or set DUCAT_LEDGER to another disk", "%s are free, less than the %s that a sync and an export may take",
			megabytes(free), megabytes(need))
	}
	return fine(name, "%s are free", megabytes(free))
}

func megabytes(n uint64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", (n+1023)>>10)
}
