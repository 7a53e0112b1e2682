//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/bench/floats"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

const (
	pageEntries = 1000
	pagesInRun  = 100
	decodeLimit = 2 // times encoding/json into float64
)

// decode reads a full page through the client, and as short as can be.
func decode(ctx context.Context, b bench) ([]row, error) {
	page, err := fullPage(ctx)
	if err != nil {
		return nil, err
	}
	client, err := venice.NewClient(venice.WithAPIKey("none"), venice.WithHTTPClient(&http.Client{Transport: page}))
	if err != nil {
		return nil, err
	}
	exact := func() (int, error) {
		p, err := client.Billing.GetUsageHistory(ctx, venice.UsageHistoryParams{})
		if err != nil {
			return 0, err
		}
		return len(p.Data), nil
	}
	short := func() (int, error) { return shortly(ctx, &http.Client{Transport: page}) }
	ours, theirs, err := pairs(b.pairs,
		func() (time.Duration, error) { return repeat(exact) },
		func() (time.Duration, error) { return repeat(short) })
	if err != nil {
		return nil, err
	}
	return []row{ratio("decode a page of 1000", median(ours, self), median(theirs, self), millis, decodeLimit)}, nil
}

// repeat reads the page many times and gives the time for one.
func repeat(read func() (entries int, err error)) (time.Duration, error) {
	runtime.GC() // nobody pays for what the other side left
	began := time.Now()
	for range pagesInRun {
		n, err := read()
		if err != nil {
			return 0, err
		}
		if n != pageEntries {
			return 0, fmt.Errorf("a page has %d entries, want %d", n, pageEntries)
		}
	}
	return time.Since(began) / pagesInRun, nil
}

func shortly(ctx context.Context, client *http.Client) (int, error) {
	body, err := get(ctx, client, venice.DefaultBaseURL, "none")
	if err != nil {
		return 0, err
	}
	var page floats.Page
	err = json.Unmarshal(body, &page)
	return len(page.Data), err
}

// A cannedPage answers every request with itself.
type cannedPage string

func (p cannedPage) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(strings.NewReader(string(p))),
		ContentLength: int64(len(p)),
		Request:       request,
	}, nil
}

// fullPage is a page as the simulator writes it.
func fullPage(ctx context.Context) (cannedPage, error) {
	server, err := venicetest.New(venicetest.Config{Seed: 1, Entries: 2 * pageEntries})
	if err != nil {
		return "", err
	}
	defer server.Close()
	url := fmt.Sprintf("%s/billing/usage-history?pageSize=%d", venice.DefaultBaseURL, pageEntries)
	page, err := get(ctx, &http.Client{Transport: server.Transport()}, url, server.AdminKey)
	return cannedPage(page), err
}

func get(ctx context.Context, client *http.Client, url, key string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s: %s", url, response.Status, body)
	}
	return body, nil
}
