//go:build unix

package main

import (
	stdbytes "bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// books are a ledger of their own for `ducat sync`.
type books struct {
	ducat  string
	folder string
}

// newBooks is a place for a ledger that is not there yet.
func (b bench) newBooks(ducat string) (books, error) {
	folder, err := os.MkdirTemp(b.folder, "books-")
	return books{ducat, folder}, err
}

func (b books) path() string { return filepath.Join(b.folder, "ledger") }

// env is the environment in which ducat finds these books and no settings.
func (b books) env(s simulator) []string {
	return append(s.env(), "DUCAT_LEDGER="+b.path(), "XDG_CONFIG_HOME="+b.folder, "HOME="+b.folder)
}

func (b books) remove() error { return os.RemoveAll(b.folder) }

// A synced is a run of `ducat sync`, and how many requests it made.
type synced struct {
	usage
	requests count
}

// sync runs `ducat sync` and makes sure that it put so many entries more into
// the books.
func (b books) sync(ctx context.Context, s simulator, fresh int, flags ...string) (synced, error) {
	before, err := s.requests(ctx)
	if err != nil {
		return synced{}, err
	}
	var out stdbytes.Buffer
	spent, err := measure(ctx, &out, b.env(s), b.ducat, append([]string{"sync", "-o", "json"}, flags...)...)
	if err != nil {
		return synced{}, err
	}
	var told struct {
		Accounts []struct {
			Complete bool
			Fresh    int
		}
	}
	if err := json.Unmarshal(out.Bytes(), &told); err != nil {
		return synced{}, fmt.Errorf("answer of ducat sync: %w", err)
	}
	if len(told.Accounts) != 1 || !told.Accounts[0].Complete || told.Accounts[0].Fresh != fresh {
		return synced{}, fmt.Errorf("ducat sync says %s, want a complete account with %d fresh entries", &out, fresh)
	}
	after, err := s.requests(ctx)
	return synced{spent, after - before}, err
}

// syncNew syncs into new books, and removes them.
func (b bench) syncNew(ctx context.Context, ducat string, s simulator, fresh int, flags ...string) (synced, error) {
	books, err := b.newBooks(ducat)
	if err != nil {
		return synced{}, err
	}
	run, err := books.sync(ctx, s, fresh, flags...)
	if err != nil {
		return synced{}, err
	}
	return run, books.remove()
}

// count is a number of things.
type count int64

func (c count) String() string { return strconv.FormatInt(int64(c), 10) }

// requests asks the simulator how many requests it answered.
func (s simulator) requests(ctx context.Context) (count, error) {
	text, err := get(ctx, http.DefaultClient, strings.TrimSuffix(s.BaseURL, "/api/v1")+"/control/requests", "none")
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return count(n), err
}
