// Discard reads every page of the usage history, one after the other, through
// the client, and throws the pages away: the least that any sync does.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/ducat-ledger/ducat/venice"
)

func main() {
	if err := walk(context.Background(), os.Getenv("VENICE_API_BASE_URL"), os.Getenv("VENICE_API_KEY")); err != nil {
		fmt.Fprintln(os.Stderr, "discard:", err)
		os.Exit(1)
	}
}

// walk prints how many pages and entries there were.
func walk(ctx context.Context, baseURL, key string) error {
	client, err := venice.NewClient(venice.WithAPIKey(key), venice.WithBaseURL(baseURL))
	if err != nil {
		return err
	}
	pages, entries := 0, 0
	for page, err := range client.Billing.UsageHistoryPages(ctx, venice.UsageHistoryParams{PageSize: 1000}) {
		if err != nil {
			return err
		}
		pages++
		entries += len(page.Data)
	}
	_, err = fmt.Printf("%d pages, %d entries\n", pages, entries)
	return err
}
