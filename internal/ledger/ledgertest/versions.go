package ledgertest

import (
	"context"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Day is the window of Version.
var Day = during("2026-06-26T00:00:00Z", "2026-06-27T00:00:00Z")

// Version is a day's reading with as many entries and requests as its number says,
// all different from those of other versions: half of one is never taken for another.
func Version(n int) ledger.Reading {
	r := ledger.Reading{Window: Day, ReadAt: Day.End.Add(time.Duration(n) * time.Second)}
	for i := range n {
		r.Entries = append(r.Entries, venice.UsageEntry{
			Timestamp: Day.Start.Add(time.Duration(i) * time.Millisecond), SKU: outputSKU, Currency: venice.DIEM,
			InferenceDetails: &venice.InferenceDetails{RequestID: fmt.Sprintf("chatcmpl-%d-%d", n, i)},
		})
	}
	return r
}

// VersionOf is the version that the account default has: the number of its entries,
// where each of them is of that version.
func VersionOf(ctx context.Context, b ledger.Books) (int, error) {
	var entries []ledger.Entry
	for e, err := range b.Entries(ctx, ledger.Selection{Accounts: []string{"default"}}) {
		if err != nil {
			return 0, err
		}
		entries = append(entries, e)
	}
	want := Version(len(entries))
	for i := range entries {
		if entries[i].Identity != ledger.IdentityOf(&want.Entries[i]) {
			return 0, fmt.Errorf("entry %d of %d is of another version", i, len(entries))
		}
	}
	return len(entries), nil
}

// Put replaces a window of the account default.
func Put(ctx context.Context, s ledger.Store, r ledger.Reading) error {
	_, err := s.Replace(ctx, "default", []ledger.Reading{r})
	return err
}
