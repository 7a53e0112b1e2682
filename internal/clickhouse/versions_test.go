package clickhouse_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

var day = ledger.Window{
	Start: time.Date(2026, 6, 26, 0, 0, 0, 0, time.UTC),
	End:   time.Date(2026, 6, 27, 0, 0, 0, 0, time.UTC),
}

// version is a day's reading with as many entries and requests as its number
// says, all different from those of other versions.
func version(n int) ledger.Reading {
	r := ledger.Reading{Window: day, ReadAt: day.End.Add(time.Duration(n) * time.Second)}
	for i := range n {
		r.Entries = append(r.Entries, venice.UsageEntry{
			Timestamp: day.Start.Add(time.Duration(i) * time.Millisecond), SKU: "zai-org-glm-5-1-llm-output-mtoken", Currency: venice.DIEM,
			InferenceDetails: &venice.InferenceDetails{RequestID: fmt.Sprintf("chatcmpl-%d-%d", n, i)},
		})
	}
	return r
}

// versionOf is the version that is in the books of the account default: the number of entries, where
// each of them is of that version.
func versionOf(ctx context.Context, b ledger.Books) (int, error) {
	var entries []ledger.Entry
	for e, err := range b.Entries(ctx, ledger.Selection{Accounts: []string{"default"}}) {
		if err != nil {
			return 0, err
		}
		entries = append(entries, e)
	}
	want := version(len(entries))
	for i := range entries {
		if entries[i].Identity != ledger.IdentityOf(&want.Entries[i]) {
			return 0, fmt.Errorf("entry %d of %d is of another version", i, len(entries))
		}
	}
	return len(entries), nil
}

func put(ctx context.Context, s ledger.Store, r ledger.Reading) error {
	_, err := s.Replace(ctx, "default", []ledger.Reading{r})
	return err
}
