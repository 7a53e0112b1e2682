package alert

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
)

// The pause after a failure, which doubles with each further one.
const (
	firstPause = time.Minute
	longPause  = time.Hour
)

func pauseAfter(tries int) time.Duration {
	return min(longPause, firstPause<<min(tries-1, 10))
}

// deliver tells the receivers, side by side, what is due. The error is of the
// file alone.
func (m *memory) deliver(ctx context.Context, receivers []config.Receiver, s *sender, now time.Time) (outcomes []Outcome, failed error) {
	var mu sync.Mutex
	var working sync.WaitGroup
	for name, list := range m.due(receivers, now) {
		i := slices.IndexFunc(receivers, func(r config.Receiver) bool { return r.Name == name })
		working.Go(func() {
			for n, d := range list {
				outcome, err := m.tell(ctx, d, list[n+1:], receivers[i], s, now)
				mu.Lock()
				if outcome != nil {
					outcomes = append(outcomes, *outcome)
				}
				failed = errors.Join(failed, err)
				mu.Unlock()
				if err != nil || outcome == nil || outcome.Err != nil {
					return
				}
			}
		})
	}
	working.Wait()
	slices.SortStableFunc(outcomes, func(a, b Outcome) int { return cmp.Compare(a.Receiver, b.Receiver) })
	return outcomes, failed
}

// tell makes one attempt. That it begins is remembered before, and how it ended
// after it; one that ctx cut counts as none, and has no outcome. After a failure
// those behind it wait too.
func (m *memory) tell(ctx context.Context, d *delivery, behind []*delivery, r config.Receiver, s *sender, now time.Time) (*Outcome, error) {
	next, alert := *d, d.Alert
	next.Status = sending
	if err := m.change(d, next); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	err := s.send(limited, r, alert)
	switch {
	case err == nil:
		next.Status, next.Alert = sent, nil
		return &Outcome{Alert: alert, Receiver: r.Name}, m.change(d, next)
	case ctx.Err() != nil:
		return nil, nil
	}
	next.Status = waiting
	next.Tries++
	next.Next = now.Add(pauseAfter(next.Tries))
	for _, d := range behind {
		m.postpone(d, next.Next)
	}
	return &Outcome{Alert: alert, Receiver: r.Name, Err: err, Again: next.Next}, m.change(d, next)
}
