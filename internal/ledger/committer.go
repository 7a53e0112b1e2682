package ledger

import (
	"context"
	"time"
)

// What a commit costs is mostly the same for few entries as for many, so in a
// long sync they become rarer: whoever kills one loses what was read in the last
// two seconds, or in the last fifth of its time up to five seconds.
const (
	commitEntries = 200_000         // a transaction holds about so many entries at most
	commitEvery   = 2 * time.Second // what was read waits so long for it at first,
	commitShare   = 4               // then this part of the time that the sync took so far,
	commitRarest  = 5 * time.Second
	commitGrace   = 30 * time.Second

	// waitingReadings lets walkers read on during a commit: a page each, and few
	// enough not to be felt in memory.
	waitingReadings = 32
)

// A committer writes what the walkers read, several readings in a transaction.
type committer struct {
	store    Store
	account  string
	readAt   time.Time
	onChange func([]Change)

	readings []Reading
	entries  int
	since    time.Time // of the oldest reading that waits
}

// run commits what comes until the channel closes. It goes on when the context
// ends, for a while, so that what was read is kept. After a failure it takes
// no more, and stop is called.
func (c *committer) run(ctx context.Context, readings <-chan Reading, stop func()) error {
	keep, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(commitGrace, cancel) })()
	var failed error
	began := time.Now()
	tick := time.NewTicker(commitEvery / 4)
	defer tick.Stop()
	for {
		select {
		case r, open := <-readings:
			if failed != nil && open {
				continue
			}
			if !open {
				if failed == nil {
					failed = c.commit(keep)
				}
				return failed
			}
			c.add(r)
			if c.entries < commitEntries {
				continue
			}
		case <-tick.C:
			if c.readings == nil || failed != nil || time.Since(c.since) < patience(time.Since(began)) {
				continue
			}
		}
		if failed = c.commit(keep); failed != nil {
			stop()
		}
	}
}

// patience is how long a reading waits for others in a sync that took so long.
func patience(took time.Duration) time.Duration {
	return min(max(commitEvery, took/commitShare), commitRarest)
}

// add keeps a reading, as one with the reading that it continues.
func (c *committer) add(r Reading) {
	r.ReadAt = c.readAt
	if len(c.readings) == 0 {
		c.since = time.Now()
	}
	c.entries += len(r.Entries)
	for i := range c.readings {
		if c.readings[i].Window.End.Equal(r.Window.Start) {
			c.readings[i].Window.End = r.Window.End
			c.readings[i].Entries = append(c.readings[i].Entries, r.Entries...)
			return
		}
	}
	c.readings = append(c.readings, r)
}

func (c *committer) commit(ctx context.Context) error {
	if len(c.readings) == 0 {
		return nil
	}
	changes, err := c.store.Replace(ctx, c.account, c.readings)
	if err != nil {
		return err
	}
	c.onChange(changes)
	c.readings, c.entries = nil, 0
	return nil
}
