package venicetest

import (
	"encoding/hex"
	"strings"
	"time"
)

// charge is one row to be: units times price, with the units in 1/10^scale.
type charge struct {
	sku          string
	price, units int64
	scale        int // 6 for tokens, which are billed by the million
}

const (
	priceScale = 8
	tokenScale = 6
)

// rowMaker makes rows that share what they can: names, the details of a request,
// and the memory of their short texts.
type rowMaker struct {
	ledger  *ledger
	made    []*row
	rows    []row
	details []requestDetails
	text    *strings.Builder
	scratch []byte
}

type requestDetails struct {
	InferenceDetails
	numbers [3]int64
}

const slab = 4096

func (m *rowMaker) row(at int64, c charge, credit bool, currency, notes, key string, details *InferenceDetails) {
	if len(m.rows) == 0 {
		m.rows = make([]row, slab)
	}
	r := &m.rows[0]
	m.rows = m.rows[1:]
	m.ledger.lastSeq++
	amount, scale := -c.units*c.price, c.scale+priceScale
	if credit {
		amount = -amount
	}
	if currency == "VCU" { // a VCU was worth a tenth of a dollar
		scale--
	}
	*r = row{
		position: position{at, m.ledger.lastSeq},
		details:  details,
		units:    m.number(c.units, c.scale),
		amount:   m.number(amount, scale),
		price:    m.ledger.intern(m.number(c.price, priceScale)),
		sku:      m.ledger.intern(c.sku),
		currency: m.ledger.intern(currency),
		notes:    m.ledger.intern(notes),
		key:      m.ledger.intern(key),
	}
	m.made = append(m.made, r)
}

func (m *rowMaker) number(mantissa int64, scale int) string {
	m.scratch = appendFixed(m.scratch[:0], mantissa, scale)
	return m.keep(m.scratch)
}

// keep makes a string in a block that many strings share.
func (m *rowMaker) keep(b []byte) string {
	if m.text == nil || m.text.Cap()-m.text.Len() < len(b) {
		m.text = new(strings.Builder)
		m.text.Grow(1 << 16)
	}
	start := m.text.Len()
	m.text.Write(b)
	return m.text.String()[start:]
}

// request makes the details that the rows of one request share.
func (g *generator) request(prompt, completed int64) *InferenceDetails {
	m := &g.rows
	if len(m.details) == 0 {
		m.details = make([]requestDetails, slab/2)
	}
	d := &m.details[0]
	m.details = m.details[1:]
	var id [16]byte
	for i := range id {
		id[i] = byte(g.rand.Uint32())
	}
	text := hex.AppendEncode(append(m.scratch[:0], "chatcmpl-"...), id[:])
	d.numbers = [3]int64{300 + g.about(4000), prompt, completed}
	d.InferenceDetails = InferenceDetails{m.keep(text), &d.numbers[0], &d.numbers[1], &d.numbers[2]}
	return &d.InferenceDetails
}

// wallet pays in Venice's debit order from pots that refill: DIEM and earned
// credits by the UTC day, bundled credits by the month, USD without end.
type wallet struct {
	allocation            int64
	day                   int64
	month                 time.Month
	diem, earned, bundled int64
}

// pay picks the currency of a charge. A prepaid one needs a pot that can cover all
// of it; another takes the first pot that is not empty, and may overdraw it a little.
func (w *wallet) pay(at, cost int64, prepaid bool) string {
	if day := at / millisPerDay; day != w.day {
		w.day, w.diem, w.earned = day, w.allocation, w.allocation/20
		if month := time.UnixMilli(at).UTC().Month(); month != w.month {
			w.month, w.bundled = month, w.allocation*3
		}
	}
	needed := int64(1)
	if prepaid {
		needed = cost
	}
	for _, pot := range []struct {
		left *int64
		name string
	}{{&w.diem, "DIEM"}, {&w.earned, "EARNED_CREDITS"}, {&w.bundled, "BUNDLED_CREDITS"}} {
		if *pot.left >= needed {
			*pot.left -= cost
			if pot.name == "DIEM" && at < diemSince {
				return "VCU"
			}
			return pot.name
		}
	}
	return "USD"
}

// diemSince is 2025-07-01T00:00:00Z: what was charged before is in VCU.
const diemSince = 1_751_328_000_000

// cost is what charges come to, in 1e-8 USD, less fractions.
func cost(charges ...charge) int64 {
	var total int64
	for _, c := range charges {
		if c.scale == tokenScale {
			total += c.units * c.price / 1_000_000
		} else {
			total += c.units * c.price
		}
	}
	return total
}
