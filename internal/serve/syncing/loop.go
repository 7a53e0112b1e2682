package syncing

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	// MinEvery keeps a loop from asking Venice without a pause.
	MinEvery = 10 * time.Second
	// firstRetry is about the pause after a failure, which doubles with each
	// further one until it is the time between two rounds.
	firstRetry = 10 * time.Second
	// maxFailure is the longest text of a failure, in runes.
	maxFailure = 500
)

// A Loop makes rounds of syncs. State may be called at any time.
type Loop struct {
	every time.Duration
	round func(context.Context) error
	log   *slog.Logger

	mu    sync.Mutex
	state State
}

// New is a loop that makes a round at once and then so often, at least MinEvery.
// A round brings all accounts up to date; its error must hold no secret, since
// people are shown it.
func New(every time.Duration, round func(context.Context) error, log *slog.Logger) (*Loop, error) {
	if every < MinEvery {
		return nil, fmt.Errorf("syncs must be %s or more apart, not %s", MinEvery, every)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Loop{every: every, round: round, log: log, state: State{Every: every}}, nil
}

// State tells how the rounds went so far.
func (l *Loop) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// Run makes rounds until ctx ends. It returns when the last one has: a round
// gets the same ctx, and puts what it has read into the books before it ends.
func (l *Loop) Run(ctx context.Context) {
	failures := 0 // since the last success
	for ctx.Err() == nil {
		l.begin()
		err := l.round(ctx)
		if ctx.Err() != nil {
			l.stop()
			return
		}
		l.end(err)
		wait := l.every
		if err != nil {
			l.log.Warn("sync failed", "error", oneLine(err.Error()))
			wait = backoff(failures, l.every)
			failures++
		} else {
			failures = 0
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

func (l *Loop) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Running = true
	l.state.Began = time.Now()
}

func (l *Loop) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.state
	s.Running = false
	s.Ended = time.Now()
	s.Rounds++
	if err != nil {
		s.Failures++
		s.Failure = oneLine(err.Error())
		return
	}
	s.Failure = ""
	s.Succeeded = s.Ended
}

// stop ends a round that was interrupted, which is neither success nor failure.
func (l *Loop) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Running = false
	l.state.Ended = time.Now()
}

// backoff is the pause after a failure that so many went before: half of it is
// left to chance, so that those who failed together do not come back together.
func backoff(failures int, every time.Duration) time.Duration {
	full := every
	if failures < 20 { // more doublings are longer than any interval
		full = min(every, firstRetry<<failures)
	}
	return full/2 + rand.N(full/2+1)
}

// oneLine is a text that fits into a page and a log.
func oneLine(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > maxFailure {
		return string(runes[:maxFailure]) + "..."
	}
	return text
}
