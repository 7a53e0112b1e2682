package cli

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// Each price of each SKU was charged as often as the server's own rows say, and
// no price before or after they do; one that changed is found.
func TestPricesAreTheTruth(t *testing.T) { onEveryStore(t, testPricesAreTheTruth) }

func testPricesAreTheTruth(t *testing.T, kind storeKind) {
	server := venicetest.NewServer(t, venicetest.Config{Seed: 5, Entries: 800, Days: 30, Now: atNoon, NoLimits: true})
	for n, price := range []string{"6.25", "6.25", "2.5"} {
		server.Post(venicetest.Entry{Timestamp: noon.Add(time.Duration(n-3) * time.Hour), SKU: "openai-gpt-56-sol-llm-input-mtoken",
			PricePerUnitUSD: price, Units: "1", Amount: "-" + price, Currency: []string{"DIEM", "USD"}[n%2]})
	}
	b := kind.customer(t, server)
	if got := b.run(t, "sync"); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	entries := map[string]int64{}
	first, last := map[string]string{}, map[string]string{}
	for _, e := range server.Entries() {
		amount, err := rat(e.Amount)
		if err != nil {
			t.Fatal(err)
		}
		if amount.Sign() > 0 {
			continue
		}
		at := e.Timestamp.UTC().Format("2006-01-02T15:04:05.000Z")
		if entries[e.SKU+" "+dec(e.PricePerUnitUSD).String()]++; first[e.SKU] == "" {
			first[e.SKU] = at
		}
		last[e.SKU] = at
	}
	var p export.Prices
	if got := b.run(t, "prices", "-o", "json"); got.code != exitDone {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	} else if err := json.Unmarshal([]byte(got.stdout), &p); err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	foundFirst, foundLast := map[string]string{}, map[string]string{}
	for _, h := range p.SKUs {
		for _, step := range h.Steps {
			for _, price := range step.Prices {
				found[h.SKU+" "+price.Price] += price.Entries
			}
		}
		foundFirst[h.SKU], foundLast[h.SKU] = h.Steps[0].First, h.Steps[len(h.Steps)-1].Last
	}
	for what, diff := range map[string]string{
		"entries": cmp.Diff(entries, found), "first": cmp.Diff(first, foundFirst), "last": cmp.Diff(last, foundLast),
	} {
		if diff != "" {
			t.Errorf("%s (-truth +prices):\n%s", what, diff)
		}
	}
	var changed export.Prices
	if err := json.Unmarshal([]byte(b.run(t, "prices", "--changed", "--model", "openai-gpt-56-sol", "-o", "json").stdout), &changed); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(len(changed.SKUs), " ", *changed.SKUs[0].Steps[1].Change, "%"); got != "1 -60%" {
		t.Errorf("changed: %s", got)
	}
}
