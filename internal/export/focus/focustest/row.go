package focustest

import (
	"time"

	"github.com/shopspring/decimal"
)

// A part is a data file.
type part struct {
	file   string // below the export's folder
	bytes  int64
	header []string
	index  map[string]int // of the columns in the header
	rows   []*row
	// unread says that not all of its rows are known.
	unread bool
	// kinds are the column types of a Parquet file, nil for others.
	kinds map[string]string
}

type state int

const (
	given state = iota
	null
	refused // a check has failed on it, so that no other may build on it
)

type cell struct {
	text   string
	state  state
	quoted bool // in CSV
}

type row struct {
	part  *part
	place int // from 1, the header not counted
	cells []cell
}

// cell gives the cell of a column, or nil where the row has none.
func (r *row) cell(column string) *cell {
	i, ok := r.part.index[column]
	if !ok || i >= len(r.cells) {
		return nil
	}
	return &r.cells[i]
}

// has says whether the file has the column.
func (r *row) has(column string) bool { return r.cell(column) != nil }

func (r *row) null(column string) bool {
	c := r.cell(column)
	return c != nil && c.state == null
}

func (r *row) given(column string) bool {
	c := r.cell(column)
	return c != nil && c.state == given
}

// text gives a cell that is neither absent nor null nor refused.
func (r *row) text(column string) (string, bool) {
	if !r.given(column) {
		return "", false
	}
	return r.cell(column).text, true
}

func (r *row) is(column, value string) bool {
	text, ok := r.text(column)
	return ok && text == value
}

func (r *row) number(column string) (decimal.Decimal, bool) {
	text, ok := r.text(column)
	if !ok {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(text)
	return d, err == nil
}

// numbers gives several cells, if all of them are known.
func (r *row) numbers(columns ...string) ([]decimal.Decimal, bool) {
	values := make([]decimal.Decimal, len(columns))
	for i, column := range columns {
		value, ok := r.number(column)
		if !ok {
			return nil, false
		}
		values[i] = value
	}
	return values, true
}

func (r *row) time(column string) (time.Time, bool) {
	text, ok := r.text(column)
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t, err == nil
}

// usage and purchase tell the charge category.
func (r *row) usage() bool    { return r.is("ChargeCategory", "Usage") }
func (r *row) purchase() bool { return r.is("ChargeCategory", "Purchase") }

func (r *row) correction() bool { return r.is("ChargeClass", "Correction") }

// currency is what the ledger counted the row in; unknown where the export has
// no column for it.
func (r *row) currency() (string, bool) {
	if r.has("x_LedgerCurrency") {
		return r.text("x_LedgerCurrency")
	}
	return r.text("PricingCurrency")
}

// entries counts the ledger's entries in the row.
func (r *row) entries() (int64, bool) {
	if !r.has("x_LedgerRowCount") {
		return 1, true
	}
	n, ok := r.number("x_LedgerRowCount")
	return n.IntPart(), ok
}

// month is the first of the billing month, by whichever column tells.
func (r *row) month() (time.Time, bool) {
	if r.has("BillingPeriodStart") {
		return r.time("BillingPeriodStart")
	}
	return r.time("ChargePeriodStart")
}
