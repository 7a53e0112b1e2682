//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	stdsync "sync"
	"time"
)

const (
	servedCopies = 1000 // of a thousand entries
	clients      = 50
	serveFor     = 30 * time.Second

	pageLimit   = 20  // times a static page, at p99
	deepLimit   = 3   // times the first page
	paintLimit  = 100 // times 1 ms, to the first byte of a view that nobody has seen yet
	servedLimit = 1.3 // times the memory before the load
)

// The paths that are measured. The description of the API is a static page of
// about the size of the dashboard.
const (
	dashboardPath = "/"
	staticPath    = "/openapi.json"
	usagePath     = "/api/v1/billing/usage?limit=200&sortOrder=asc&page="
)

// serve asks for the dashboard of a million entries with many clients at once, and
// for pages of usage deep in the history.
func serve(ctx context.Context, b bench) (rows []row, err error) {
	ducat, err := b.build(ctx, "./cmd/ducat")
	if err != nil {
		return nil, err
	}
	books, err := b.manyBooks(ctx, ducat, servedCopies)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, books.remove()) }()
	args := []string{"serve", "--listen", "127.0.0.1:0", "--rate", "0", "--quiet", "-o", "json"}
	err = running(ctx, books.env(simulator{}), ducat, args, func(first []byte, pid int) error {
		var said struct{ URL string }
		if err := json.Unmarshal(first, &said); err != nil {
			return err
		}
		rows, err = measureServer(ctx, strings.TrimSuffix(said.URL, "/"), pid, b.pairs)
		return err
	})
	return rows, err
}

func measureServer(ctx context.Context, url string, pid, count int) ([]row, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var cold []time.Duration
	for n := range count {
		took, err := ask(ctx, client, fmt.Sprintf("%s/?since=%dd", url, 60+n))
		if err != nil {
			return nil, err
		}
		cold = append(cold, took)
	}
	last := servedCopies * seedEntries / 200
	deep, near, err := pairs(4*count,
		func() (time.Duration, error) { return ask(ctx, client, url+usagePath+strconv.Itoa(last-3)) },
		func() (time.Duration, error) { return ask(ctx, client, url+usagePath+"1") })
	if err != nil {
		return nil, err
	}
	// Both share the time, a turn each, so that what else the machine does falls on
	// both.
	var pages, statics []time.Duration
	var before bytes
	const turns = 6
	for turn := range turns {
		for _, side := range []struct {
			path string
			took *[]time.Duration
		}{{dashboardPath, &pages}, {staticPath, &statics}} {
			took, err := load(ctx, client, url+side.path, serveFor/turns)
			if err != nil {
				return nil, err
			}
			*side.took = append(*side.took, took...)
		}
		if turn == 0 {
			if before, err = resident(pid); err != nil {
				return nil, err
			}
		}
	}
	after, err := resident(pid)
	if err != nil {
		return nil, err
	}
	return []row{
		ratio(fmt.Sprintf("dashboard of 1M entries, %d clients: p99 against a static page", clients), p99(pages), p99(statics), millis, pageLimit),
		ratio("dashboard of 1M entries, new view: first byte against 1 ms", median(cold, self), time.Millisecond, millis, paintLimit),
		ratio("usage page 4997 of 1M entries against page 1", median(deep, self), median(near, self), millis, deepLimit),
		ratio(fmt.Sprintf("memory after %d requests against %d", len(pages)+len(statics), (len(pages)+len(statics))/turns), after, before, megabytes, servedLimit),
	}, nil
}

// ask is how long it takes to the first byte of a good answer.
func ask(ctx context.Context, client *http.Client, url string) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	answer, err := client.Do(request)
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return 0, err
	}
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: status %s", url, answer.Status)
	}
	return took, nil
}

// load asks with many clients at once for a time, and gives how long each request
// took. A request that fails ends it.
func load(ctx context.Context, client *http.Client, url string, long time.Duration) ([]time.Duration, error) {
	end := time.Now().Add(long)
	var (
		wait stdsync.WaitGroup
		mu   stdsync.Mutex
		all  []time.Duration
		errs []error
	)
	for range clients {
		wait.Go(func() {
			var mine []time.Duration
			var err error
			for err == nil && time.Now().Before(end) {
				var took time.Duration
				if took, err = ask(ctx, client, url); err == nil {
					mine = append(mine, took)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all, errs = append(all, mine...), append(errs, err)
		})
	}
	wait.Wait()
	return all, errors.Join(errs...)
}

func p99(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)*99/100]
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// resident is the memory that a process has now.
func resident(pid int) (bytes, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("%s does not tell what memory a process has: %w", runtime.GOOS, err)
	}
	found := residentLine.FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("no resident memory in the status of process %d", pid)
	}
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	return bytes(kilobytes) * 1024, err
}
