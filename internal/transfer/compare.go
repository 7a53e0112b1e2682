package transfer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A Difference is something that the two sides do not have alike.
type Difference struct {
	Account string
	// Day (UTC), Currency and SKU say which sums differ; they are empty for what is
	// not entries.
	Day      string
	Currency venice.Currency
	SKU      string
	// What is spelled for people: "entries", "coverage", "balance of" an instant, a
	// SKU "at the price" of some.
	What           string
	Source, Target string
}

func (d Difference) String() string {
	where := d.What
	if d.Day != "" {
		where = fmt.Sprintf("%s, %s, %s", d.Day, d.Currency, d.SKU)
	}
	return fmt.Sprintf("account %s, %s: the source has %s, the target %s", d.Account, where, d.Source, d.Target)
}

// Differences are an error unless there are none.
type Differences struct {
	// First are the first of them, at most differencesKept.
	First []Difference
	// More counts the others.
	More int
}

const differencesKept = 100

func (d *Differences) add(one Difference) {
	if len(d.First) < differencesKept {
		d.First = append(d.First, one)
		return
	}
	d.More++
}

func (d *Differences) Error() string {
	text := "the copy differs: " + d.First[0].String()
	if more := len(d.First) - 1 + d.More; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// Compare says where the target differs from the source: by count, spend, credit
// and units of each account, UTC day, currency and SKU, the prices of each SKU,
// coverage, balances, totals by key and API keys. Where they do the error is
// *Differences, beside the result.
func Compare(ctx context.Context, from, to ledger.Books, o Options) (*Result, error) {
	j, err := start(ctx, from, to, o)
	if err != nil {
		return nil, err
	}
	return j.compare(ctx)
}

func (j *job) compare(ctx context.Context) (*Result, error) {
	r := &Result{Accounts: j.accounts}
	for i, a := range j.accounts {
		if err := j.compareAccount(ctx, a, &r.Differences); err != nil {
			return nil, fmt.Errorf("comparing the account %s: %w", a.Name, err)
		}
		j.tell(true, int64(i+1), int64(len(j.accounts)))
	}
	if len(r.Differences.First) > 0 {
		return r, &r.Differences
	}
	return r, nil
}

func (j *job) compareAccount(ctx context.Context, a *Account, d *Differences) error {
	want, err := dailySums(ctx, j.from, a.Name)
	if err != nil {
		return err
	}
	got, err := j.targetSums(ctx, a.Name)
	if err != nil {
		return err
	}
	a.Amounts = map[venice.Currency]Amount{}
	for c, f := range want {
		sum := a.Amounts[c.currency]
		a.Amounts[c.currency] = Amount{sum.Spend.Add(f.Spend), sum.Credit.Add(f.Credit)}
		if f.equal(got[c]) {
			delete(got, c)
		} else if _, ok := got[c]; !ok {
			got[c] = figures{}
		}
	}
	for _, c := range sorted(got) {
		d.add(Difference{Account: a.Name, Day: c.day, Currency: c.currency, SKU: c.sku, What: "entries", Source: want[c].String(), Target: got[c].String()})
	}
	if err := j.comparePrices(ctx, a.Name, d); err != nil {
		return err
	}
	if source, target := j.source[a.Name], j.target[a.Name]; !slices.EqualFunc(source, target, same) {
		w, v := firstOther(source, target)
		d.add(Difference{Account: a.Name, What: "coverage", Source: w, Target: v})
	}
	return j.compareSaved(ctx, a, d)
}

// comparePrices finds entries with another price, which daily sums do not show.
func (j *job) comparePrices(ctx context.Context, account string, d *Differences) error {
	selection := ledger.Selection{Accounts: []string{account}}
	want, err := j.from.Prices(ctx, selection)
	if err != nil {
		return err
	}
	got, err := orNothing(j.to.Prices(ctx, selection))
	if err != nil {
		return inTarget(err)
	}
	uses := map[string][2]string{}
	for side, list := range [2][]ledger.PriceUse{want, got} {
		for _, u := range list {
			key := u.SKU + " at the price " + u.Price.String()
			both := uses[key]
			both[side] = fmt.Sprintf("%d entries from %s to %s", u.Entries, u.First.Format(time.RFC3339Nano), u.Last.Format(time.RFC3339Nano))
			uses[key] = both
		}
	}
	for _, what := range slices.Sorted(maps.Keys(uses)) {
		if both := uses[what]; both[0] != both[1] {
			d.add(Difference{Account: account, What: what, Source: cmp.Or(both[0], "nothing"), Target: cmp.Or(both[1], "nothing")})
		}
	}
	return nil
}

func sorted(cells map[cell]figures) []cell {
	list := make([]cell, 0, len(cells))
	for c := range cells {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b cell) int {
		return cmp.Or(strings.Compare(a.day, b.day), cmp.Compare(a.currency, b.currency), strings.Compare(a.sku, b.sku))
	})
	return list
}

// firstOther spells the first covered windows that are not the same.
func firstOther(source, target ledger.Coverage) (string, string) {
	spell := func(c ledger.Coverage, i int) string {
		if i >= len(c) {
			return "nothing"
		}
		return fmt.Sprintf("%s as read at %s", c[i].Window, c[i].ReadAt.UTC().Format(time.RFC3339Nano))
	}
	i := 0
	for i < len(source) && i < len(target) && same(source[i], target[i]) {
		i++
	}
	return spell(source, i), spell(target, i)
}
