package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// webApp is what Venice calls use that came through no key.
const webApp = "Web App"

// gatherKeys turns Venice's sums by key into sums of the books. A day counts as
// known up to where it was when its sums were read.
func (q *Question) gatherKeys(ctx context.Context, books ledger.Books, a *answer) error {
	q.wholeDays()
	w := ledger.Window{Start: q.start(), End: q.Window.End}
	if q.open() {
		w.End = q.Now
	}
	if len(q.Accounts) == 0 {
		return nil
	}
	days, err := books.KeyDays(ctx, w, q.Accounts...)
	if err != nil {
		return fmt.Errorf("totals by key of the accounts: %w", err)
	}
	for account, kept := range days {
		for _, day := range kept {
			a.known[account] = a.known[account].Add(knownOf(day), day.ReadAt)
		}
	}
	names := keyNames(days)
	for account, kept := range days {
		for _, day := range kept {
			for _, key := range day.Keys {
				g := make([]string, len(q.By))
				for i, d := range q.By {
					switch d {
					case ByKey:
						g[i] = names[key.APIKeyID]
					case ledger.ByAccount:
						g[i] = account
					default:
						g[i] = periodAt(d, time.UTC, day.Day).name
					}
				}
				a.sums = append(a.sums, keySums(g, key)...)
			}
		}
	}
	return nil
}

// knownOf is the part of a day that had passed when its sums were read.
func knownOf(day ledger.KeyDay) ledger.Window {
	end := day.Day.AddDate(0, 0, 1)
	if day.ReadAt.Before(end) {
		end = day.ReadAt
	}
	return ledger.Window{Start: day.Day, End: end}
}

// wholeDays widens the window to whole UTC days.
func (q *Question) wholeDays() {
	const day = 24 * time.Hour
	q.Window.Start = q.Window.Start.UTC().Truncate(day)
	if end := q.Window.End.UTC(); !end.IsZero() && !end.Equal(end.Truncate(day)) {
		q.Window.End = end.Truncate(day).Add(day)
	}
}

// keySums are what a key spent in a day, in each currency that it spent.
func keySums(g []string, key venice.KeySpend) []ledger.Sum {
	var sums []ledger.Sum
	for _, part := range []struct {
		currency venice.Currency
		spend    decimal.Decimal
	}{{venice.USD, key.TotalUSD}, {venice.DIEM, key.TotalDIEM}} {
		if !part.spend.IsZero() {
			sums = append(sums, ledger.Sum{Group: g, Currency: part.currency, Spend: part.spend})
		}
	}
	return sums
}

// keyNames gives each key id a name: its newest description, with the id where
// several keys share it.
func keyNames(days map[string][]ledger.KeyDay) map[string]string {
	names, newest := map[string]string{}, map[string]time.Time{}
	for _, kept := range days {
		for _, day := range kept {
			for _, key := range day.Keys {
				id := key.APIKeyID
				if at, ok := newest[id]; !ok || day.Day.After(at) {
					newest[id] = day.Day
					names[id] = cmp.Or(key.Description, id, webApp)
				}
			}
		}
	}
	ids := map[string][]string{}
	for id, name := range names {
		ids[name] = append(ids[name], id)
	}
	for name, shared := range ids {
		for _, id := range slices.Sorted(slices.Values(shared)) {
			if len(shared) > 1 && id != "" {
				names[id] = name + " (" + id + ")"
			}
		}
	}
	return names
}
