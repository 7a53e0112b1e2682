package venicetest

import (
	"math/rand/v2"
	"time"

	"github.com/shopspring/decimal"
)

// generate fills an empty ledger with cfg.Entries rows over cfg.Days days up to
// now, and returns the daily DIEM allocation that suits them. The same seed and
// the same instant give the same rows. They end before the running second: answers
// state the time in whole ones, so a client cannot know the second yet.
func generate(l *ledger, cfg Config, keys []Key) decimal.Decimal {
	now := cfg.Now().Truncate(time.Second).UnixMilli()
	from, to := max(now-int64(cfg.Days)*millisPerDay, firstMS), now-groupSpread
	g := &generator{
		rand:   rand.New(rand.NewPCG(cfg.Seed, 0xd0ca7)),
		rows:   rowMaker{ledger: l},
		keys:   keys,
		models: models(),
		items:  items(),
	}
	// A tenth of a DIEM is the least that can be staked.
	allocation := max(1, int64(cfg.Entries)*meanCost*3/5/int64(cfg.Days)/(dollar/10))
	g.wallet = wallet{allocation: allocation * (dollar / 10)}
	g.fill(from, to, cfg.Entries)
	l.insert(g.rows.made)
	return decimal.New(allocation, -1)
}

// Costs are counted in 1e-8 USD, like the prices.
const (
	dollar   = 100_000_000
	meanCost = dollar / 130 // of a generated row, measured
)

type generator struct {
	rand   *rand.Rand
	rows   rowMaker
	wallet wallet
	keys   []Key
	models []model
	items  []item
	groups int // made so far
}

// groupSpread is more than the rows of one event are apart, in milliseconds.
const groupSpread = 50

// fill makes exactly n rows between from and to, hour by hour in proportion to
// how busy the hour is. The first row is at from, the last shortly before to.
func (g *generator) fill(from, to int64, n int) {
	const hour = int64(time.Hour / time.Millisecond)
	var total, sofar int64
	for t := from; t < to; t += hour {
		total += busyness(t)
	}
	for t := from; t < to; t += hour {
		sofar += busyness(t)
		end := min(t+hour, to)
		due, room := int(int64(n)*sofar/total), n-1
		if end == to {
			due, room = n, n
		}
		due = min(max(due, 1), room)
		if n == 1 {
			due, room = min(1, n), n
		}
		at := t
		if t > from {
			at += g.upTo((end - t) / int64(max(1, due-len(g.rows.made))))
		}
		for len(g.rows.made) < due {
			before := len(g.rows.made)
			g.group(at, room-before)
			made := int64(len(g.rows.made) - before)
			left := int64(max(1, due-len(g.rows.made)))
			at = min(at+g.upTo(2*made*(end-at)/(left+made)), end-1)
			if end == to && left <= 4 {
				at = max(at, to-1-g.upTo(20_000))
			}
		}
	}
}

// busyness is how much happens in the hour at t: little at night, most in the
// afternoon, half at weekends. Hours are UTC.
func busyness(t int64) int64 {
	hours := [24]int64{4, 3, 2, 2, 2, 3, 5, 9, 14, 18, 20, 20, 18, 21, 24, 25, 24, 22, 18, 15, 13, 11, 8, 6}
	at := time.UnixMilli(t).UTC()
	if day := at.Weekday(); day == time.Saturday || day == time.Sunday {
		return hours[at.Hour()]
	}
	return 2 * hours[at.Hour()]
}

// upTo draws from [0, n).
func (g *generator) upTo(n int64) int64 {
	if n <= 0 {
		return 0
	}
	return g.rand.Int64N(n)
}

// about draws a size around n, now and then a multiple of it.
func (g *generator) about(n int64) int64 {
	size := n/4 + g.upTo(n*3/2)
	if g.rand.IntN(40) == 0 {
		size *= 6
	}
	return max(size, 1)
}

// group makes the rows of one event, at most room of them.
func (g *generator) group(at int64, room int) {
	kinds := []struct {
		weight, rows int // rows is the most that the kind makes
		make         func(at int64)
	}{
		{7600, 4, g.chat},
		{400, 5, g.searchChat},
		{1400, 1, g.item},
		{500, 1, g.embed},
		{60, 1, g.tiny},
		{5, 1, g.unknown},
		{20, 2, g.twins},
		{8, 60, g.burst},
		{6, 1, g.refund},
		{2, 1, g.purchase},
		{4, 1, g.earned},
	}
	g.groups++
	// Every sixth group is the next kind in turn, so that a small ledger has all.
	if turn := g.groups / 6; g.groups%6 == 0 && turn < 2*len(kinds) {
		if kind := kinds[turn%len(kinds)]; kind.rows <= room {
			kind.make(at)
			return
		}
	}
	draw := g.rand.IntN(10_005)
	for _, kind := range kinds {
		if draw -= kind.weight; draw < 0 && kind.rows <= room {
			kind.make(at)
			return
		}
	}
	g.item(at)
}
