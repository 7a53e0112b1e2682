package ledgertest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Sums adds up the selected entries, in the order of their groups' first entries.
func (m *Memory) Sums(ctx context.Context, q ledger.Query) ([]ledger.Sum, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	entries, err := m.selected(ctx, q.Selection)
	if err != nil {
		return nil, err
	}
	var sums []ledger.Sum
	index := map[string]int{}
	skus := map[string]venice.SKU{}
	for _, e := range entries {
		group := groupOf(q, e)
		sku, ok := skus[e.SKU]
		if !ok {
			sku = venice.ParseSKU(e.SKU)
			skus[e.SKU] = sku
		}
		key := fmt.Sprintf("%q %q %q %q", group, e.Currency, sku.Meter, sku.Unit)
		i, ok := index[key]
		if !ok {
			i = len(sums)
			index[key] = i
			sums = append(sums, ledger.Sum{Group: group, Currency: e.Currency, Meter: sku.Meter, Unit: sku.Unit})
		}
		sum := &sums[i]
		sum.Entries++
		if e.Amount.IsPositive() {
			sum.Credit = sum.Credit.Add(e.Amount)
		} else {
			sum.Spend = sum.Spend.Sub(e.Amount)
			sum.Units = sum.Units.Add(e.Units)
		}
	}
	return sums, nil
}

// Requests counts distinct requests, in the order of their groups' first entries.
func (m *Memory) Requests(ctx context.Context, q ledger.Query) ([]ledger.RequestCount, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	entries, err := m.selected(ctx, q.Selection)
	if err != nil {
		return nil, err
	}
	var counts []ledger.RequestCount
	index := map[string]int{}
	seen := map[string]bool{}
	for _, e := range entries {
		group := groupOf(q, e)
		key := fmt.Sprintf("%q", group)
		i, ok := index[key]
		if !ok {
			i = len(counts)
			index[key] = i
			counts = append(counts, ledger.RequestCount{Group: group})
		}
		if e.InferenceDetails == nil || e.InferenceDetails.RequestID == "" {
			continue
		}
		request := key + fmt.Sprintf("%q %q", e.Account, e.InferenceDetails.RequestID)
		if !seen[request] {
			seen[request] = true
			counts[i].Requests++
		}
	}
	return counts, nil
}

// Prices gives each price of each SKU, in the order of their first entries.
func (m *Memory) Prices(ctx context.Context, s ledger.Selection) ([]ledger.PriceUse, error) {
	entries, err := m.selected(ctx, s)
	if err != nil {
		return nil, err
	}
	var uses []ledger.PriceUse
	index := map[string]int{}
	for _, e := range entries {
		if e.Amount.IsPositive() {
			continue
		}
		key := fmt.Sprintf("%q %s", e.SKU, e.PricePerUnitUSD) // without zeros at its end
		i, ok := index[key]
		if !ok {
			i = len(uses)
			index[key] = i
			uses = append(uses, ledger.PriceUse{SKU: e.SKU, Price: e.PricePerUnitUSD, First: e.Timestamp})
		}
		uses[i].Last = e.Timestamp
		uses[i].Entries++
	}
	return uses, nil
}

func groupOf(q ledger.Query, e ledger.Entry) []string {
	group := make([]string, len(q.By))
	for i, d := range q.By {
		group[i] = valueOf(d, e, q.Zone)
	}
	return group
}

func valueOf(d ledger.Dimension, e ledger.Entry, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	local := e.Timestamp.In(zone)
	switch d {
	case ledger.ByMinute:
		return local.Format("2006-01-02T15:04:00Z07:00")
	case ledger.ByHour:
		return strings.Replace(local.Format(time.RFC3339), local.Format(":04:05"), ":00:00", 1)
	case ledger.ByDay:
		return local.Format(time.DateOnly)
	case ledger.ByWeek:
		sinceMonday := (int(local.Weekday()) + 6) % 7
		return time.Date(local.Year(), local.Month(), local.Day()-sinceMonday, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
	case ledger.ByMonth:
		return local.Format("2006-01")
	case ledger.ByModel:
		return venice.ParseSKU(e.SKU).Model
	case ledger.BySKU:
		return e.SKU
	case ledger.ByMeter:
		return venice.ParseSKU(e.SKU).Meter
	case ledger.ByCurrency:
		return string(e.Currency)
	default: // the query was checked
		return e.Account
	}
}
