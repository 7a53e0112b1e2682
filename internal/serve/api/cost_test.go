package api_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

// counting are books that count what they are asked.
type counting struct {
	*ledgertest.Memory
	rows, sums, periods atomic.Int64
}

func (c *counting) Entries(ctx context.Context, s ledger.Selection) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range c.Memory.Entries(ctx, s) {
			c.rows.Add(1)
			if !yield(e, err) {
				return
			}
		}
	}
}

func (c *counting) Sums(ctx context.Context, q ledger.Query) ([]ledger.Sum, error) {
	if len(q.By) > 0 {
		c.periods.Add(1)
	} else {
		c.sums.Add(1)
	}
	return c.Memory.Sums(ctx, q)
}

// crowded are books of 300 hours with 10 entries each, and one with 6000.
func crowded(t *testing.T) *counting {
	var instants []time.Time
	for hour := range 300 {
		at := noon.Truncate(time.Hour).Add(time.Duration(hour-400) * time.Hour)
		for i := range 10 {
			instants = append(instants, at.Add(time.Duration(i)*time.Second))
		}
		if hour == 150 {
			for i := range 5990 {
				instants = append(instants, at.Add(time.Minute+time.Duration(i)*500*time.Millisecond))
			}
		}
	}
	b := &counting{Memory: &ledgertest.Memory{}}
	put(t, b.Memory, "default", instants...)
	return b
}

// TestDeepPagesCostNoMore counts what the books are asked for each page.
func TestDeepPagesCostNoMore(t *testing.T) {
	t.Parallel()
	b := crowded(t)
	s := serve(t, b)
	for _, order := range []string{"asc", "desc"} {
		seen := map[time.Time]bool{}
		for number := 1; number <= 90; number++ {
			b.rows.Store(0)
			b.sums.Store(0)
			p := read(t, s.get(fmt.Sprintf("%susage?limit=100&page=%d&sortOrder=%s", root, number, order)))
			for _, e := range p.Data {
				seen[e.Timestamp] = true
			}
			if rows, sums := b.rows.Load(), b.sums.Load(); rows > 100+512 || sums > 0 || len(p.Data) != min(100, 8990-100*(number-1)) {
				t.Errorf("page %d %s: %d entries; %d were read, and counted %d times more", number, order, len(p.Data), rows, sums)
			}
		}
		if len(seen) != 8990 {
			t.Errorf("%s: %d different entries, want 8990", order, len(seen))
		}
	}
	if n := b.periods.Load(); n != 2 {
		t.Errorf("entries were counted %d times, want once by hour, and once by minute in the crowded hour", n)
	}
}

func TestWalksCostNoMore(t *testing.T) {
	t.Parallel()
	b := crowded(t)
	s := serve(t, b)
	target := root + "usage-history?pageSize=100"
	for page := 1; target != ""; page++ {
		b.rows.Store(0)
		p := read(t, s.get(target))
		if rows := b.rows.Load(); rows > 100+2 { // the last of the page before, and whether more follows
			t.Errorf("page %d: %d were read", page, rows)
		}
		if target = ""; p.NextCursor != "" {
			target = root + "usage-history?cursor=" + p.NextCursor
		}
	}
}

// TestManyAskAtOnce is for the race detector, too.
func TestManyAskAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, several(t, "work", "home"))
	var targets []string
	for _, route := range routes {
		for _, query := range []string{"?account=work", "?account=home"} {
			targets = append(targets, root+route+query)
		}
	}
	alone := map[string]string{}
	for _, target := range targets {
		alone[target] = string(s.get(target).body)
	}
	fresh := serve(t, several(t, "work", "home"))
	var clients sync.WaitGroup
	for n := range 50 {
		clients.Go(func() {
			target := targets[n%len(targets)]
			a := fresh.get(target)
			// Cursors are those of one server.
			if want, _, _ := strings.Cut(alone[target], `"nextCursor"`); a.status != http.StatusOK || !strings.HasPrefix(string(a.body), want) {
				t.Errorf("%s: %d %s, want %s", target, a.status, a.body, want)
			}
		})
	}
	clients.Wait()
}
