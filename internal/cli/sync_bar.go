package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// barEvery is how often the bar is drawn at most.
const barEvery = 100 * time.Millisecond

// A syncBar shows how far a sync is, on a terminal only: the share of time that
// is read, entries, rate and time left.
type syncBar struct {
	out   stream
	drawn time.Time
}

func newSyncBar(out stream) *syncBar { return &syncBar{out: out} }

// show draws the bar, unless it was drawn a moment ago.
func (b *syncBar) show(p ledger.Progress) {
	now := time.Now()
	if !b.out.tty || now.Sub(b.drawn) < barEvery {
		return
	}
	b.drawn = now
	fmt.Fprintf(b.out, "\r\x1b[K%s", barText(b.out, p))
}

// stop clears the bar.
func (b *syncBar) stop() {
	if !b.drawn.IsZero() {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}

func barText(out stream, p ledger.Progress) string {
	read, total := decimal.NewFromInt(int64(p.Read)), decimal.NewFromInt(int64(max(p.Total, 1)))
	rate := int64(p.Entries) * int64(time.Second) / max(1, int64(p.Elapsed))
	text := fmt.Sprintf("%s %s %5s%%  %s entries  %s/s", p.Account,
		gauge(stream{tty: out.tty}, read, total, 30), percent(read, total).StringFixed(1),
		thousands(strconv.Itoa(p.Entries)), thousands(strconv.FormatInt(rate, 10)))
	if left, ok := timeLeft(p); ok {
		text += "  " + left.String() + " left"
	}
	return text
}

// timeLeft goes by how fast time was read so far; it is not known at first.
func timeLeft(p ledger.Progress) (time.Duration, bool) {
	if p.Read <= 0 || p.Elapsed < time.Second {
		return 0, false
	}
	passed := decimal.NewFromInt(int64(p.Elapsed))
	rest := decimal.NewFromInt(int64(p.Total-p.Read)).Mul(passed).DivRound(decimal.NewFromInt(int64(p.Read)), 0)
	return time.Duration(rest.IntPart()).Round(time.Second), true
}
