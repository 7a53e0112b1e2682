package cli

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A campaignPlan is all that a seed decides.
type campaignPlan struct {
	entries, days int
	spells        []spell
	latency       time.Duration
	hangSmall     bool // Venice hangs on small and empty ranges all the time
	spent         bool // the last faults stay until they are spent
	rounds        []campaignRound
}

// A spell is a time without usage, in hours before now.
type spell struct{ from, to int }

// A campaignRound is one sync under fire.
type campaignRound struct {
	args    []string
	faults  []venicetest.Fault
	changes []campaignChange
	kill    *campaignKill
}

// A campaignChange is made in the ledger just before a request is answered.
type campaignChange struct {
	request int // of the round, from 1; 0 is before the command starts
	kind    changeKind
	far     bool    // anywhere, and not only in what the next sync reads again
	place   float64 // 0 to 1, within where the change is made
}

type changeKind string

const (
	changePost    changeKind = "post"
	changeTwin    changeKind = "twin" // of an entry, so that nothing tells the two apart
	changeCorrect changeKind = "correct"
	changeRemove  changeKind = "remove"
)

// A campaignKill ends the command some time after a request came in.
type campaignKill struct {
	request int
	delay   time.Duration
	signal  os.Signal
}

func newCampaignPlan(seed uint64) campaignPlan {
	rng := rand.New(rand.NewPCG(seed, 3))
	chance := func(percent int) bool { return rng.IntN(100) < percent }
	p := campaignPlan{
		entries:   500 + rng.IntN(5501),
		days:      1 + rng.IntN(120),
		hangSmall: chance(50),
		spent:     chance(30),
	}
	if chance(50) {
		p.latency = time.Duration(rng.IntN(20)) * time.Millisecond
	}
	for range rng.IntN(3) {
		from := rng.IntN(p.days * 24)
		p.spells = append(p.spells, spell{from, from + 1 + rng.IntN(p.days*12)})
	}
	if chance(30) { // up to now
		p.spells = append(p.spells, spell{0, 1 + rng.IntN(12)})
	}
	for range 1 + rng.IntN(4) {
		p.rounds = append(p.rounds, newCampaignRound(rng, chance, p))
	}
	return p
}

func newCampaignRound(rng *rand.Rand, chance func(int) bool, p campaignPlan) campaignRound {
	requests := 3 + p.entries/1000 // of a sync, or about so many
	round := campaignRound{args: []string{
		"--parallel", fmt.Sprint(1 + rng.IntN(8)),
		"--retries", fmt.Sprint(rng.IntN(2)),
	}}
	switch {
	case chance(10):
		round.args = append(round.args, "--full")
	case chance(10):
		round.args = append(round.args, "--since", fmt.Sprintf("%dd", 1+rng.IntN(p.days)))
	}
	for range rng.IntN(4) {
		round.faults = append(round.faults, newCampaignFault(rng, requests))
	}
	kinds := []changeKind{changePost, changeTwin, changeCorrect, changeRemove}
	for far := chance(25); chance(60); {
		round.changes = append(round.changes, campaignChange{
			request: rng.IntN(requests + 1), kind: kinds[rng.IntN(len(kinds))], far: far, place: rng.Float64(),
		})
	}
	if chance(65) {
		round.kill = &campaignKill{request: 1 + rng.IntN(requests), signal: syscall.SIGKILL}
		round.kill.delay = time.Duration(rng.IntN(1+rng.IntN(300))) * time.Millisecond // mostly short
		if chance(25) {
			round.kill.signal = os.Interrupt
		}
	}
	return round
}

// newCampaignFault is a fault of any kind, on a route that it can strike.
func newCampaignFault(rng *rand.Rand, requests int) venicetest.Fault {
	kinds := venicetest.FaultKinds()
	f := venicetest.Fault{Kind: kinds[rng.IntN(len(kinds))], After: rng.IntN(requests), Times: rng.IntN(4)}
	routes := slices.DeleteFunc([]string{"", "usage-history", "usage-history", "balance", "usage-analytics"}, func(route string) bool {
		f.Route = route
		_, err := venicetest.ParseFaults(f.String())
		return err != nil
	})
	f.Route = routes[rng.IntN(len(routes))]
	if f.Kind == venicetest.FaultSlowBody {
		f.Wait = 50 * time.Millisecond
	}
	return f
}

// changesFar says whether the round changes what a later sync does not read
// again.
func (r campaignRound) changesFar() bool {
	return slices.ContainsFunc(r.changes, func(c campaignChange) bool { return c.far }) ||
		slices.ContainsFunc(r.faults, changesBehindWalk)
}

// spends says whether the faults of the round end by themselves, and leave the
// ledger as it is.
func (r campaignRound) spends() bool {
	return !slices.ContainsFunc(r.faults, func(f venicetest.Fault) bool {
		return f.Times == 0 || f.Kind == venicetest.FaultPoisonedCursor || changesBehindWalk(f)
	})
}

func changesBehindWalk(f venicetest.Fault) bool {
	return f.Kind == venicetest.FaultLatePost || f.Kind == venicetest.FaultCorrect
}
