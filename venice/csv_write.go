package venice

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/shopspring/decimal"
)

// WriteUsageCSV writes entries as comma-separated values with Venice's columns,
// in Venice's order, after one header line; cells are quoted where they must be
// and lines end in LF. Numbers have all their digits and no exponents,
// timestamps are in UTC to the millisecond, or finer where they are finer, and
// what is missing is an empty cell: four of them for nil details. Entries are
// written as the sequence yields them.
//
// [ReadUsageCSV] gives the same entries back, with three exceptions that the
// form cannot tell apart: details whose fields are all empty come back as nil, a
// text that reads null as "", and CR LF within a text as LF. It refuses an entry
// without a SKU or a currency.
//
// An error of the sequence is returned as it is, when the entries before it have
// been written; one of w ends the writing.
func WriteUsageCSV(w io.Writer, entries iter.Seq2[UsageEntry, error]) error {
	rows := csv.NewWriter(w)
	rows.Write(columnNames[:]) // a failure is kept for rows.Error
	record := make([]string, columnCount)
	for entry, err := range entries {
		if err != nil {
			rows.Flush()
			return err
		}
		fillRecord(record, entry)
		if rows.Write(record) != nil {
			break
		}
	}
	rows.Flush()
	if err := rows.Error(); err != nil {
		return fmt.Errorf("writing usage csv: %w", err)
	}
	return nil
}

// fillRecord spells an entry in the cells of a record.
func fillRecord(record []string, entry UsageEntry) {
	record[columnTimestamp] = formatTimestamp(entry.Timestamp)
	record[columnSKU] = entry.SKU
	record[columnPrice] = formatDecimal(entry.PricePerUnitUSD)
	record[columnUnits] = formatDecimal(entry.Units)
	record[columnAmount] = formatDecimal(entry.Amount)
	record[columnCurrency] = string(entry.Currency)
	record[columnNotes] = entry.Notes
	var details InferenceDetails
	if entry.InferenceDetails != nil {
		details = *entry.InferenceDetails
	}
	record[columnRequestID] = details.RequestID
	record[columnExecutionTime] = formatCount(details.InferenceExecutionTime)
	record[columnPromptTokens] = formatCount(details.PromptTokens)
	record[columnCompletionTokens] = formatCount(details.CompletionTokens)
}

func formatCount(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// formatDecimal spells every digit, without an exponent. Unlike the String
// method it does not heed the settings of the decimal package, which any part
// of a program can change.
func formatDecimal(d decimal.Decimal) string {
	const most = 18 // digits that surely fit in 64 bits
	places := -d.Exponent()
	if places < 0 || places > most || d.NumDigits() > most {
		return d.StringFixed(max(places, 0))
	}
	var text [len("-.") + 1 + most]byte
	start := len(text)
	prepend := func(c byte) {
		start--
		text[start] = c
	}
	coefficient := d.CoefficientInt64()
	rest := max(coefficient, -coefficient)
	for digits := int32(0); digits <= places || rest > 0; digits++ {
		if digits == places && places > 0 {
			prepend('.')
		}
		prepend('0' + byte(rest%10))
		rest /= 10
	}
	if coefficient < 0 {
		prepend('-')
	}
	return string(text[start:])
}
