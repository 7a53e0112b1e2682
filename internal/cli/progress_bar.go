package cli

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
)

// barEvery is how often the bar is drawn at most.
const barEvery = 100 * time.Millisecond

// A progressBar shows how far some work is, on a terminal only: the share that is
// done, entries, rate and time left.
type progressBar struct {
	out   stream
	drawn time.Time
}

// progress is how far some work is.
type progress struct {
	what        string // is worked on
	done, total int64  // in any unit
	entries     int
	elapsed     time.Duration
}

func newProgressBar(out stream) *progressBar { return &progressBar{out: out} }

// sync draws how far a sync is: the share of time that is read.
func (b *progressBar) sync(p ledger.Progress) {
	b.show(progress{p.Account, int64(p.Read), int64(p.Total), p.Entries, p.Elapsed})
}

// show draws the bar, unless it was drawn a moment ago.
func (b *progressBar) show(p progress) {
	now := time.Now()
	if !b.out.tty || now.Sub(b.drawn) < barEvery {
		return
	}
	b.drawn = now
	fmt.Fprintf(b.out, "\r\x1b[K%s", barText(b.out, p))
}

// watch says how far a file has grown that something else writes, until the
// function that it returns is called.
func (b *progressBar) watch(name, path string) (stop func()) {
	if !b.out.tty {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		began, tick := time.Now(), time.NewTicker(barEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case now := <-tick.C:
				size := int64(0)
				if info, err := os.Stat(path); err == nil {
					size = info.Size()
				}
				b.drawn = now
				fmt.Fprintf(b.out, "\r\x1b[K%s: %s kB after %s", name, money.Thousands(strconv.FormatInt(size/1000, 10)), now.Sub(began).Round(time.Second))
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// stop clears the bar.
func (b *progressBar) stop() {
	if !b.drawn.IsZero() {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}

func barText(out stream, p progress) string {
	done, total := decimal.NewFromInt(p.done), decimal.NewFromInt(max(p.total, 1))
	rate := int64(p.entries) * int64(time.Second) / max(1, int64(p.elapsed))
	text := fmt.Sprintf("%s %s %5s%%  %s entries  %s/s", p.what,
		gauge(stream{tty: out.tty}, done, total, 30), percent(done, total).StringFixed(1),
		money.Thousands(strconv.Itoa(p.entries)), money.Thousands(strconv.FormatInt(rate, 10)))
	if left, ok := timeLeft(p); ok {
		text += "  " + left.String() + " left"
	}
	return text
}

// timeLeft goes by how fast it went so far; it is not known at first.
func timeLeft(p progress) (time.Duration, bool) {
	if p.done <= 0 || p.elapsed < time.Second {
		return 0, false
	}
	passed := decimal.NewFromInt(int64(p.elapsed))
	rest := decimal.NewFromInt(p.total-p.done).Mul(passed).DivRound(decimal.NewFromInt(p.done), 0)
	return time.Duration(rest.IntPart()).Round(time.Second), true
}
