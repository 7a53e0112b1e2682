package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/venice"
)

// flushEvery is how long a printed entry may wait for others.
const flushEvery = 200 * time.Millisecond

// usageWalk prints every entry of the selection as it comes.
func (a app) usageWalk(ctx context.Context, client *venice.Client, o *usageOptions) error {
	params := o.params()
	params.SortOrder = cmp.Or(params.SortOrder, venice.Ascending)
	w := export.NewLineWriter(a.out)
	walk := &walk{app: a, lines: w, order: params.SortOrder}
	entries := walk.watch(client.Billing.IterUsage(ctx, params))

	var err error
	switch o.output.value {
	case formatNDJSON:
		err = export.WriteNDJSON(w, entries, export.AppendUsage)
	case formatCSV:
		err = venice.WriteUsageCSV(w, entries)
	case formatJSON:
		err = writeData(w, entries)
		_, end := fmt.Fprintf(w, ",\"complete\":%t}\n", err == nil)
		err = errors.Join(err, end)
	default:
		err = writeTable(w, a.out, entries)
	}
	walk.clearProgress()
	if flushed := w.Flush(); flushed != nil {
		return flushed // what was not written cannot be reported as written
	}
	if walk.failed != nil {
		return &cutError{err: walk.failed, order: walk.order, written: walk.written()}
	}
	return err
}

// A walk is the state of reading all entries.
type walk struct {
	app    app
	lines  *export.LineWriter
	order  venice.SortOrder
	failed error // what Venice's side ended with

	entries        int
	last           time.Time // of the entry read last
	began, flushed time.Time
	progress       bool // there is a progress line to clear
}

// watch passes the entries on, counts them, and sees to it that they are
// written while the walk goes on.
func (w *walk) watch(entries iter.Seq2[venice.UsageEntry, error]) iter.Seq2[venice.UsageEntry, error] {
	return func(yield func(venice.UsageEntry, error) bool) {
		w.began = w.app.now()
		w.flushed = w.began
		for e, err := range entries {
			if err != nil {
				w.failed = err
			}
			if !yield(e, err) || err != nil {
				return
			}
			w.entries++
			w.last = e.Timestamp
			w.tick()
		}
	}
}

// tick writes what has waited long enough.
func (w *walk) tick() {
	now := w.app.now()
	if now.Sub(w.flushed) < flushEvery {
		return
	}
	w.flushed = now
	w.lines.Due()
	w.showProgress(now)
}

// showProgress counts on stderr, where a person looks at it and stdout goes
// elsewhere.
func (w *walk) showProgress(now time.Time) {
	out := w.app.err
	if !out.tty || w.app.out.tty {
		return
	}
	rate := int64(w.entries) * int64(time.Second) / max(1, int64(now.Sub(w.began)))
	fmt.Fprintf(out, "\r\x1b[K%s entries, %s/s, at %s", money.Thousands(strconv.Itoa(w.entries)),
		money.Thousands(strconv.FormatInt(rate, 10)), w.last.Format(time.DateTime))
	w.progress = true
}

func (w *walk) clearProgress() {
	if w.progress {
		fmt.Fprint(w.app.err, "\r\x1b[K")
	}
}

func (w *walk) written() written {
	r := written{Entries: w.entries}
	if w.entries > 0 {
		r.Last = new(string(export.AppendTime(nil, w.last)))
	}
	return r
}

// written is how far an unfinished walk came.
type written struct {
	Entries int     `json:"entries"`
	Last    *string `json:"lastTimestamp"` // null when there is none
}

// A cutError is a walk that ended before its end.
type cutError struct {
	err     error
	order   venice.SortOrder
	written written
}

func (e *cutError) Error() string {
	if e.written.Last == nil {
		return e.err.Error() + "; no entry was written"
	}
	rest := "later"
	if e.order == venice.Descending {
		rest = "earlier"
	}
	return fmt.Sprintf("%v; %d entries were written, the last of %s; the %s ones are missing",
		e.err, e.written.Entries, *e.written.Last, rest)
}

func (e *cutError) Unwrap() error { return e.err }
