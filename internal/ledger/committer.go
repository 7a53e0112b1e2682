package ledger

import (
	"context"
	"time"
)

const (
	commitEntries = 50_000      // a transaction holds about so many entries
	commitEvery   = time.Second // and what was read waits no longer for it
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
			if c.readings == nil || failed != nil || time.Since(c.since) < commitEvery {
				continue
			}
		}
		if failed = c.commit(keep); failed != nil {
			stop()
		}
	}
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
