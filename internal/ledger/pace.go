package ledger

import (
	"context"
	"sync"
	"time"
)

// A pace bounds how many requests are under way at once: fewer when Venice
// limits the rate, times out or becomes slow, and slowly more when it is well.
type pace struct {
	mu    sync.Mutex
	freed *sync.Cond
	most  int // the bound that was asked for
	limit int // the present bound, 1 to most
	busy  int

	usual time.Duration // the least that a page took, smoothed
	now   time.Duration // what pages take, smoothed
	good  int           // pages in a row without trouble
}

const (
	slowFactor = 3                      // so many times the usual is slow,
	slowLeast  = 250 * time.Millisecond // if it is at least so much more
	goodPages  = 10                     // for each walker, before one more is let in
)

func newPace(most int) *pace {
	p := &pace{most: most, limit: most}
	p.freed = sync.NewCond(&p.mu)
	return p
}

// enter waits for a place. It fails only when the context ends.
func (p *pace) enter(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.freed.Broadcast()
	})()
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.busy >= p.limit && ctx.Err() == nil {
		p.freed.Wait()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.busy++
	return nil
}

// leave gives the place back after a page that took so long, or after trouble:
// a limit, a timeout, a failure.
func (p *pace) leave(took time.Duration, trouble bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.release()
	if trouble {
		p.limit, p.good = max(1, p.limit/2), 0
		return
	}
	p.now = smooth(p.now, took)
	if p.usual == 0 || p.now < p.usual {
		p.usual = p.now
	}
	if p.now > slowFactor*p.usual && p.now > p.usual+slowLeast {
		// Begin anew from here, so that one slow spell counts once.
		p.limit, p.good, p.usual = max(1, p.limit-1), 0, p.now
		return
	}
	if p.good++; p.good >= goodPages*p.limit && p.limit < p.most {
		p.limit, p.good = p.limit+1, 0
	}
}

// leaveQuietly gives the place back after something that is no page.
func (p *pace) leaveQuietly() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.release()
}

// release gives a place back; the lock is held.
func (p *pace) release() {
	p.busy--
	p.freed.Broadcast()
}

func smooth(old, took time.Duration) time.Duration {
	if old == 0 {
		return took
	}
	return (7*old + took) / 8
}
