package focus

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A sink takes the rows of a month after the other.
type sink interface {
	// begin starts a month.
	begin(start time.Time) error
	// write takes a row of the month; the record is not kept.
	write(record []string) error
	reject(Reject) error
	// end finishes the month that was begun.
	end(ctx context.Context, m Month) error
}

// A walk reads the entries once, in order, and gives a sink what becomes of them.
type walk struct {
	source  Source
	options Options
	columns []column
	judge   judge
	grain   grain
	record  []string
	month   *Month // the current one
	done    Result
}

// newWalk checks all that can be known before anything is written.
func newWalk(ctx context.Context, source Source, o Options) (*walk, error) {
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	used, err := usedSKUs(ctx, source)
	if err != nil {
		return nil, err
	}
	accounts, err := source.Sums(ctx, ledger.Query{Selection: o.Selection, By: []ledger.Dimension{ledger.ByAccount}})
	if err != nil {
		return nil, fmt.Errorf("focus: accounts of the books: %w", err)
	}
	var names []string
	for _, s := range accounts {
		names = append(names, s.Group[0])
	}
	slices.Sort(names)
	if err := o.checkAccounts(names); err != nil {
		return nil, err
	}
	w := &walk{
		source: source, options: o, columns: o.columns(),
		judge: judge{used: used, products: map[string]*product{}, topUps: o.Basis == BasisPrepaid},
	}
	w.record = make([]string, len(w.columns))
	w.grain = byEntry{}
	if o.Grain == GrainDay {
		w.grain = &byDay{charges: map[dayKey]*charge{}}
	}
	return w, nil
}

// usedSKUs are those with debits, of all accounts and all time: a credit of one
// of them is a refund even where the debit lies outside of the selection.
func usedSKUs(ctx context.Context, source Source) (map[string]bool, error) {
	sums, err := source.Sums(ctx, ledger.Query{By: []ledger.Dimension{ledger.BySKU}})
	if err != nil {
		return nil, fmt.Errorf("focus: SKUs of the books: %w", err)
	}
	used := map[string]bool{}
	for _, s := range sums {
		if s.Spend.IsPositive() {
			used[s.Group[0]] = true
		}
	}
	return used, nil
}

// run writes all of it. Nothing is left begun but by an error.
func (w *walk) run(ctx context.Context, to sink) error {
	for batch, err := range batches(w.source.Entries(ctx, w.options.Selection)) {
		if err != nil {
			return fmt.Errorf("focus: reading the books: %w", err)
		}
		corrections, err := w.corrections(ctx, batch)
		if err != nil {
			return fmt.Errorf("focus: looking for what refunds give back: %w", err)
		}
		for i := range batch {
			if err := w.entry(ctx, to, &batch[i], corrections[i]); err != nil {
				return err
			}
		}
	}
	return w.finish(ctx, to)
}

// batchSize is how many entries are held at once: enough that few batches ask for
// the originals of refunds, which reads all request ids of the books.
const batchSize = 20_000

// batches cuts a sequence. A slice is good until the next one.
func batches(entries iter.Seq2[ledger.Entry, error]) iter.Seq2[[]ledger.Entry, error] {
	return func(yield func([]ledger.Entry, error) bool) {
		var batch []ledger.Entry
		for e, err := range entries {
			if err != nil {
				yield(nil, err)
				return
			}
			if batch = append(batch, e); len(batch) < batchSize {
				continue
			}
			if !yield(batch, nil) {
				return
			}
			batch = batch[:0]
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}

// entry finds out what becomes of an entry, and counts it.
func (w *walk) entry(ctx context.Context, to sink, e *ledger.Entry, correction bool) error {
	if err := w.enter(ctx, to, monthOf(e.Timestamp)); err != nil {
		return err
	}
	if w.options.Accounts[e.Account].ID == "" { // new in the books since the check
		return w.options.checkAccounts([]string{e.Account})
	}
	v, counts := w.judge.judge(e, correction), &w.month.Counts
	counts.Entries++
	for _, reason := range v.reported {
		if v.rejected == "" {
			counts.Reported[reason]++
		}
	}
	switch {
	case v.skipped != "":
		counts.Skipped[v.skipped]++
		return nil
	case v.rejected != "":
		counts.Rejected[v.rejected]++
		r := Reject{v.rejected, *e}
		if len(w.done.Rejects) < MaxRejects {
			w.done.Rejects = append(w.done.Rejects, r)
		}
		return to.reject(r)
	}
	return w.grain.add(&v.charge, w.put(to))
}

// enter moves on to a month, with all that lie between.
func (w *walk) enter(ctx context.Context, to sink, month time.Time) error {
	next := month
	if w.month != nil {
		next = w.month.Start.AddDate(0, 1, 0)
	}
	for ; !next.After(month); next = next.AddDate(0, 1, 0) {
		if err := w.finish(ctx, to); err != nil {
			return err
		}
		if err := to.begin(next); err != nil {
			return err
		}
		w.month = &Month{Start: next, Counts: newCounts()}
	}
	return nil
}

// finish ends the current month, if there is one.
func (w *walk) finish(ctx context.Context, to sink) error {
	if w.month == nil {
		return nil
	}
	if err := w.grain.flush(w.put(to)); err != nil {
		return err
	}
	m := *w.month
	if err := to.end(ctx, m); err != nil {
		return err
	}
	w.month = nil
	w.done.Months = append(w.done.Months, m)
	return nil
}

// put writes a charge as a row.
func (w *walk) put(to sink) func(*charge) error {
	return func(c *charge) error {
		r := w.options.row(c)
		for i, column := range w.columns {
			w.record[i] = column.value(r)
		}
		w.month.Rows++
		return to.write(w.record)
	}
}

func (w *walk) result() *Result { return &w.done }
