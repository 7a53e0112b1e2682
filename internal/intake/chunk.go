package intake

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A chunk is a part of what the file covers of an account, to be put into the
// books in one transaction.
type chunk struct {
	account string
	window  ledger.Window
	want    int // entries that the survey counted
	entries []venice.UsageEntry
	state   chunkState
}

type chunkState int

const (
	waiting chunkState = iota
	open               // it is collected
	passed             // rows of it went by in this pass, when there was no room
	done
)

// chunks cut what the tally covers at full hours, into parts of at most so many
// entries, in order.
func (t *tally) chunks(account string, most int) []*chunk {
	slots := slices.SortedFunc(maps.Keys(t.hours), func(a, b slot) int {
		return cmp.Or(cmp.Compare(a.window, b.window), cmp.Compare(a.hour, b.hour))
	})
	var all []*chunk
	for i, w := range t.covers {
		c := &chunk{account: account, window: w}
		for ; len(slots) > 0 && slots[0].window == i; slots = slots[1:] {
			n := t.hours[slots[0]]
			if c.want > 0 && c.want+n > most {
				border := time.Unix(slots[0].hour*3600, 0).UTC()
				c.window.End = border
				all = append(all, c)
				c = &chunk{account: account, window: ledger.Window{Start: border, End: w.End}}
			}
			c.want += n
		}
		all = append(all, c)
	}
	return all
}

// find is the chunk that holds an instant, of some in order.
func find(chunks []*chunk, at time.Time) *chunk {
	i, _ := slices.BinarySearchFunc(chunks, at, func(c *chunk, at time.Time) int {
		if at.Before(c.window.End) {
			return 1
		}
		return -1
	})
	if i == len(chunks) || !chunks[i].window.Contains(at) {
		return nil
	}
	return chunks[i]
}
