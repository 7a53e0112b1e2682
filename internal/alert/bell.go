package alert

import "context"

// A Bell makes rounds beside those who cause them, so that a receiver which hangs
// delays no sync.
type Bell struct {
	round func(context.Context)
	rung  chan struct{}
}

// NewBell is a bell that makes such rounds.
func NewBell(round func(context.Context)) *Bell {
	return &Bell{round, make(chan struct{}, 1)}
}

// Ring asks for a round and does not wait for it. Rings during a round make one
// more.
func (b *Bell) Ring() {
	select {
	case b.rung <- struct{}{}:
	default: // the round that is to come will do
	}
}

// Run makes a round, one at a time, after each ring, until ctx ends. It returns
// when the last one has.
func (b *Bell) Run(ctx context.Context) {
	for {
		select {
		case <-b.rung:
			b.round(ctx)
		case <-ctx.Done():
			return
		}
	}
}
