package cli

import (
	"flag"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// The campaign is played again from any of its seeds:
//
//	go test ./internal/cli -run TestCampaign -seed 123
//
// A seed decides the account, the faults, the changes and the kills. When a kill
// finds the command in its work is up to the machine too, so a failure that is a
// race may need -count.
var (
	campaignSeed = flag.Uint64("seed", 0, "play this one seed of the campaign, or with -runs so many from it on")
	campaignRuns = flag.Uint64("runs", 0, "how many seeds of the campaign to play (default: some of each store)")
)

// campaignSeeds are the first and the number of the seeds to play.
func campaignSeeds(kind storeKind) (first, runs uint64) {
	first, runs = *campaignSeed, *campaignRuns
	switch {
	case runs == 0 && first == 0:
		return 1, kind.seeds
	case runs == 0:
		return first, 1
	}
	return max(1, first), runs
}

// After whatever goes wrong, and however often the command is killed, the books
// come to equal the ledger at Venice as a multiset, digit for digit.
func TestCampaign(t *testing.T) { onEveryStore(t, testCampaign) }

func testCampaign(t *testing.T, kind storeKind) {
	first, runs := campaignSeeds(kind)
	var total campaignTally
	began := time.Now()
	t.Cleanup(func() {
		t.Logf("campaign: %d runs from seed %d in %s: %s", runs, first, time.Since(began).Round(time.Second), &total)
	})
	for seed := first; seed < first+runs; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			r := newCampaignRun(t, kind, seed, &total)
			for _, round := range r.plan.rounds {
				r.play(round)
			}
			r.settle()
			r.compare()
			total.runs.Add(1)
		})
	}
}

// A campaignTally counts what happened in all runs.
type campaignTally struct {
	runs, syncs, kills, interrupts, changes, entries atomic.Int64
}

func (c *campaignTally) String() string {
	return fmt.Sprintf("%d good, %d entries, %d syncs, of them %d killed and %d interrupted, %d changes of entries",
		c.runs.Load(), c.entries.Load(), c.syncs.Load(), c.kills.Load(), c.interrupts.Load(), c.changes.Load())
}
