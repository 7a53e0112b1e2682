package venicetest

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/shopspring/decimal"
)

// row is an Entry as the server keeps it: small, and ready to print. Rows never
// change once they are in the ledger; a correction puts a new one in their place.
type row struct {
	position
	details                          *InferenceDetails
	units, amount                    string
	sku, price, currency, notes, key *text
}

// position is a place in ledger order. Timestamps repeat, so the sequence number
// decides between equal ones.
type position struct {
	ms  int64 // Unix milliseconds
	seq uint64
}

func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.ms, q.ms), cmp.Compare(p.seq, q.seq))
}

// text is a string that many rows share, with its JSON form.
type text struct{ plain, quoted string }

func newText(s string) *text {
	quoted, err := marshal(s)
	if err != nil { // strings always have a JSON form
		quoted = []byte(`""`)
	}
	return &text{s, string(quoted)}
}

func newRow(e Entry, intern func(string) *text) *row {
	return &row{
		position: position{e.Timestamp.UnixMilli(), e.Seq},
		details:  e.InferenceDetails.clone(),
		units:    cmp.Or(e.Units, "0"),
		amount:   cmp.Or(e.Amount, "0"),
		price:    intern(cmp.Or(e.PricePerUnitUSD, "0")),
		sku:      intern(e.SKU),
		currency: intern(e.Currency),
		notes:    intern(e.Notes),
		key:      intern(e.KeyID),
	}
}

func (r *row) entry() Entry {
	return Entry{
		Timestamp:        time.UnixMilli(r.ms).UTC(),
		SKU:              r.sku.plain,
		PricePerUnitUSD:  r.price.plain,
		Units:            r.units,
		Amount:           r.amount,
		Currency:         r.currency.plain,
		Notes:            r.notes.plain,
		InferenceDetails: r.details.clone(),
		KeyID:            r.key.plain,
		Seq:              r.seq,
	}
}

// series is a run of rows in ledger order.
type series []*row

// window returns the rows of [start, end) in Unix milliseconds.
func (s series) window(start, end int64) series {
	s = s[s.at(start):]
	return s[:s.at(max(start, end))]
}

// at is the index of the first row at or after ms.
func (s series) at(ms int64) int {
	return sort.Search(len(s), func(i int) bool { return s[i].ms >= ms })
}

// after returns the rows that follow p.
func (s series) after(p position) series {
	return s[sort.Search(len(s), func(i int) bool { return s[i].compare(p) > 0 }):]
}

// merge puts rows into s. Rows that are newer than all of s cost only themselves.
func (s series) merge(rows []*row) series {
	old, add := len(s)-1, len(rows)-1
	s = append(s, rows...)
	for i := len(s) - 1; add >= 0; i-- {
		if old >= 0 && s[old].compare(rows[add].position) > 0 {
			s[i], old = s[old], old-1
		} else {
			s[i], add = rows[add], add-1
		}
	}
	return s
}

func (s series) remove(p position) series {
	i, found := slices.BinarySearchFunc(s, p, func(r *row, p position) int { return r.compare(p) })
	if !found {
		return s
	}
	return slices.Delete(s, i, i+1)
}

// ledger holds the rows, whole and by currency, and their sums. Series are only
// read under the lock.
type ledger struct {
	mu         sync.RWMutex
	version    uint64 // counts changes
	lastSeq    uint64
	all        series
	byCurrency map[string]series
	sums       map[string]decimal.Decimal // of the amounts, by currency
	texts      map[string]*text
}

func newLedger() *ledger {
	return &ledger{
		byCurrency: make(map[string]series),
		sums:       make(map[string]decimal.Decimal),
		texts:      make(map[string]*text),
	}
}

// series returns the rows of one currency, or of all for "".
func (l *ledger) series(currency string) series {
	if currency == "" {
		return l.all
	}
	return l.byCurrency[currency]
}

func (l *ledger) intern(s string) *text {
	t := l.texts[s]
	if t == nil {
		t = newText(s)
		l.texts[s] = t
	}
	return t
}

func (l *ledger) post(entries []Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := make([]*row, len(entries))
	for i, e := range entries {
		l.lastSeq++
		e.Seq = l.lastSeq
		rows[i] = newRow(e, l.intern)
	}
	l.insert(rows)
}

// insert needs rows with their sequence numbers set, and the lock held.
func (l *ledger) insert(rows []*row) {
	slices.SortFunc(rows, func(a, b *row) int { return a.compare(b.position) })
	l.version++
	l.all = l.all.merge(rows)
	byCurrency := make(map[string][]*row)
	for _, r := range rows {
		c := r.currency.plain
		byCurrency[c] = append(byCurrency[c], r)
		l.sums[c] = l.sums[c].Add(parseAmount(r.amount))
	}
	for c, rows := range byCurrency {
		l.byCurrency[c] = l.byCurrency[c].merge(rows)
	}
}

func (l *ledger) correct(seq uint64, with Entry) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.delete(seq) {
		return false
	}
	with.Seq = seq
	l.insert([]*row{newRow(with, l.intern)})
	return true
}

func (l *ledger) remove(seq uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.delete(seq)
}

// delete needs the lock held.
func (l *ledger) delete(seq uint64) bool {
	i := slices.IndexFunc(l.all, func(r *row) bool { return r.seq == seq })
	if i < 0 {
		return false
	}
	r := l.all[i]
	c := r.currency.plain
	l.version++
	l.all = slices.Delete(l.all, i, i+1)
	l.byCurrency[c] = l.byCurrency[c].remove(r.position)
	l.sums[c] = l.sums[c].Sub(parseAmount(r.amount))
	return true
}

func (l *ledger) entries() []Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	entries := make([]Entry, len(l.all))
	for i, r := range l.all {
		entries[i] = r.entry()
	}
	return entries
}

// parseAmount reads a number of the wire; one that Post was given malformed
// counts as nothing.
func parseAmount(s string) decimal.Decimal {
	d, err := decimal.NewFromString(s)
	if err != nil {
		return decimal.Decimal{}
	}
	return d
}

const (
	firstMS = int64(0)
	lastMS  = int64(math.MaxInt64)
)
