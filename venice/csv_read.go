package venice

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// The columns of the ledger as comma-separated values, in Venice's order.
const (
	columnTimestamp = iota
	columnSKU
	columnPrice
	columnUnits
	columnAmount
	columnCurrency
	columnNotes
	columnRequestID
	columnExecutionTime
	columnPromptTokens
	columnCompletionTokens
	columnCount
)

var columnNames = [columnCount]string{
	columnTimestamp:        "timestamp",
	columnSKU:              "sku",
	columnPrice:            "pricePerUnitUsd",
	columnUnits:            "units",
	columnAmount:           "amount",
	columnCurrency:         "currency",
	columnNotes:            "notes",
	columnRequestID:        "inferenceDetails.requestId",
	columnExecutionTime:    "inferenceDetails.inferenceExecutionTime",
	columnPromptTokens:     "inferenceDetails.promptTokens",
	columnCompletionTokens: "inferenceDetails.completionTokens",
}

// requiredColumns are those without which an entry means nothing.
var requiredColumns = [...]int{columnTimestamp, columnSKU, columnAmount, columnCurrency}

const byteOrderMark = "\ufeff"

// ReadUsageCSV reads entries from comma-separated values, such as the body of a
// [UsageCSV] or [UsageHistoryCSV], an export of Venice's or what [WriteUsageCSV]
// wrote. It reads r as the sequence is consumed, once, and holds one row at a
// time.
//
// Columns are found by their names in the header line, in any order and case;
// unknown columns are ignored. The columns timestamp, sku, amount and currency
// are required, in the header and in every row. An empty cell, or one that
// reads null, is missing: a number is then 0, or nil in the details, and a text
// is "". The details are nil when all four of their cells are missing. A header
// line that is repeated further down is skipped, so that pages can be put one
// after the other; only pages that begin with a byte order mark and quote their
// header must be read each on its own.
//
// An error names the line, the column and the value; it is yielded once, beside
// a zero entry, and ends the sequence. So does one of r's. An input without a
// header line is an error, one without rows is not.
func ReadUsageCSV(r io.Reader) iter.Seq2[UsageEntry, error] {
	return func(yield func(UsageEntry, error) bool) {
		for row, err := range ReadUsageCSVRows(r) {
			if !yield(row.UsageEntry, err) {
				return
			}
		}
	}
}

// A UsageCSVRow is an entry and the row that it was read from.
type UsageCSVRow struct {
	UsageEntry
	// Line is where the row begins, counted from 1.
	Line int

	rows *csvRows
}

// Cell is the text in the column that the header line gives that name, in any
// case, or "" where there is none. It is there until the next row is read.
func (r UsageCSVRow) Cell(column string) string {
	i := slices.IndexFunc(r.rows.header, func(name string) bool { return strings.EqualFold(name, column) })
	if i < 0 {
		return ""
	}
	return r.rows.record[i]
}

// ReadUsageCSVRows is [ReadUsageCSV] for those who need to know the line of an
// entry, or the cells of columns that are not Venice's.
func ReadUsageCSVRows(r io.Reader) iter.Seq2[UsageCSVRow, error] {
	return func(yield func(UsageCSVRow, error) bool) {
		rows, err := newCSVRows(r)
		for err == nil {
			row := UsageCSVRow{rows: rows}
			if row.UsageEntry, err = rows.next(); err != nil {
				break
			}
			row.Line, _ = rows.csv.FieldPos(0)
			if !yield(row, nil) {
				return
			}
		}
		if err != io.EOF {
			yield(UsageCSVRow{}, fmt.Errorf("usage csv: %w", err))
		}
	}
}

// csvRows reads entries row by row.
type csvRows struct {
	csv      *csv.Reader
	header   []string         // without marks and spaces
	position [columnCount]int // in a record; -1 for a column that is not there
	record   []string
	err      error // the first cell of the record that is malformed
}

// newCSVRows reads the header line.
func newCSVRows(r io.Reader) (*csvRows, error) {
	rows := &csvRows{csv: csv.NewReader(withoutByteOrderMark(r))}
	rows.csv.ReuseRecord = true
	record, err := rows.csv.Read()
	if err == io.EOF {
		return nil, errors.New("the input is empty: expected a header line that names the columns")
	}
	if err != nil {
		return nil, err
	}
	for column := range rows.position {
		rows.position[column] = -1
	}
	for i, cell := range record {
		name := columnName(cell)
		rows.header = append(rows.header, name)
		column := slices.IndexFunc(columnNames[:], func(known string) bool { return strings.EqualFold(known, name) })
		if column < 0 {
			continue
		}
		if rows.position[column] >= 0 {
			return nil, fmt.Errorf("the header line names the column %s twice", columnNames[column])
		}
		rows.position[column] = i
	}
	for _, column := range requiredColumns {
		if rows.position[column] < 0 {
			return nil, fmt.Errorf("the header line has no column %s: %s",
				columnNames[column], excerpt(strings.Join(record, ",")))
		}
	}
	return rows, nil
}

// withoutByteOrderMark skips the mark where the text begins with one: before a
// quoted cell it would be a fault.
func withoutByteOrderMark(r io.Reader) io.Reader {
	text := bufio.NewReader(r)
	if start, _ := text.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
		text.Discard(len(start)) // cannot fail, since it was peeked
	}
	return text
}

// columnName is what a cell of a header line names.
func columnName(cell string) string {
	return strings.TrimSpace(strings.TrimPrefix(cell, byteOrderMark))
}

// next reads one entry; the error is [io.EOF] after the last.
func (r *csvRows) next() (UsageEntry, error) {
	for {
		record, err := r.csv.Read()
		if errors.Is(err, csv.ErrFieldCount) {
			return UsageEntry{}, fmt.Errorf("%w: %d, expected %d as in the header line", err, len(record), len(r.header))
		}
		if err != nil {
			return UsageEntry{}, err
		}
		if !slices.EqualFunc(record, r.header, func(cell, name string) bool {
			return strings.EqualFold(columnName(cell), name)
		}) {
			r.record = record
			break
		}
	}
	for _, column := range requiredColumns {
		if r.cell(column) == "" {
			r.refuse(column, errors.New("a value is required"))
		}
	}
	entry := UsageEntry{
		Timestamp:        r.timestamp(columnTimestamp),
		SKU:              r.cell(columnSKU),
		PricePerUnitUSD:  r.decimal(columnPrice),
		Units:            r.decimal(columnUnits),
		Amount:           r.decimal(columnAmount),
		Currency:         Currency(r.cell(columnCurrency)),
		Notes:            r.cell(columnNotes),
		InferenceDetails: r.details(),
	}
	return entry, r.err
}

// details are nil when none of their cells has a value.
func (r *csvRows) details() *InferenceDetails {
	details := InferenceDetails{
		RequestID:              r.cell(columnRequestID),
		InferenceExecutionTime: r.count(columnExecutionTime),
		PromptTokens:           r.count(columnPromptTokens),
		CompletionTokens:       r.count(columnCompletionTokens),
	}
	if details == (InferenceDetails{}) {
		return nil
	}
	return &details
}

// cell is the text in a column of the record, or "" where it is missing.
func (r *csvRows) cell(column int) string {
	i := r.position[column]
	if i < 0 || r.record[i] == "null" {
		return ""
	}
	return r.record[i]
}

func (r *csvRows) timestamp(column int) time.Time {
	value, err := parseTimestamp(r.cell(column))
	if err != nil {
		r.refuse(column, err)
	}
	return value
}

func (r *csvRows) decimal(column int) decimal.Decimal {
	text := r.cell(column)
	if text == "" {
		return decimal.Decimal{}
	}
	value, err := parseDecimal(text)
	if err != nil {
		r.refuse(column, err)
	}
	return value
}

func (r *csvRows) count(column int) *int64 {
	text := r.cell(column)
	if text == "" {
		return nil
	}
	value, err := parseCount(text)
	if err != nil {
		r.refuse(column, err)
	}
	return &value
}

// refuse notes what is wrong with the record, unless something already is.
func (r *csvRows) refuse(column int, err error) {
	if r.err == nil {
		i := r.position[column]
		line, _ := r.csv.FieldPos(i)
		r.err = fmt.Errorf("line %d, column %s: %s: %w", line, columnNames[column], excerpt(r.record[i]), err)
	}
}
