// Naive prints every entry of the ledger as NDJSON, the way one would write it
// without Ducat: no retries, no checks, and float64 for money.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/ducat-ledger/ducat/bench/floats"
)

func main() {
	if err := walk(os.Getenv("VENICE_API_BASE_URL"), os.Getenv("VENICE_API_KEY")); err != nil {
		fmt.Fprintln(os.Stderr, "naive:", err)
		os.Exit(1)
	}
}

func walk(baseURL, key string) error {
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for query := "pageSize=1000"; ; {
		page, err := get(baseURL+"/billing/usage-history?"+query, key)
		if err != nil {
			return errors.Join(err, out.Flush())
		}
		for _, entry := range page.Data {
			if err := encoder.Encode(entry); err != nil {
				return err
			}
		}
		if page.NextCursor == nil {
			return out.Flush()
		}
		query = "cursor=" + url.QueryEscape(*page.NextCursor)
	}
}

func get(url, key string) (page floats.Page, err error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return page, err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return page, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return page, err
	}
	if response.StatusCode != http.StatusOK {
		return page, fmt.Errorf("%s: %s", response.Status, body)
	}
	return page, json.Unmarshal(body, &page)
}
