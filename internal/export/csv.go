package export

import (
	"encoding/csv"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// CSV says how entries become comma-separated values. The zero value is a file in
// the place of Venice's own export: its columns in its order.
type CSV struct {
	// Account puts the entry's account into a first column. Without it nobody can
	// tell the entries of several accounts apart.
	Account bool
	// Raw leaves texts as they are, also those that a spreadsheet would run as a
	// formula. See [Safe].
	Raw bool
}

// ColumnAccount is the name of the column with the account.
const ColumnAccount = "account"

// columns are Venice's.
var columns = [...]string{
	"timestamp", "sku", "pricePerUnitUsd", "units", "amount", "currency", "notes",
	"inferenceDetails.requestId", "inferenceDetails.inferenceExecutionTime",
	"inferenceDetails.promptTokens", "inferenceDetails.completionTokens",
}

// WriteCSV writes entries after one header line, by RFC 4180 with LF at the end of
// lines. Numbers have all their digits and no exponent, and what is missing is an
// empty cell. [venice.ReadUsageCSV] reads it, where the texts are raw or need not
// be made safe. It returns the error of the sequence after the entries before it.
func WriteCSV(w io.Writer, entries iter.Seq2[ledger.Entry, error], form CSV) error {
	out := csv.NewWriter(w)
	var record []string
	if form.Account {
		record = append(record, ColumnAccount)
	}
	_ = out.Write(append(record, columns[:]...)) // a failure is kept for out.Error
	var text []byte
	for e, err := range entries {
		if err != nil {
			out.Flush()
			return err
		}
		record = record[:0]
		if form.Account {
			record = append(record, form.text(e.Account))
		}
		// The numbers' cells are parts of one text, which is one allocation.
		text = AppendTime(text[:0], e.Timestamp)
		time := len(text)
		text = AppendDecimal(text, e.PricePerUnitUSD)
		price := len(text)
		text = AppendDecimal(text, e.Units)
		units := len(text)
		cells := string(AppendDecimal(text, e.Amount))
		record = append(record, cells[:time], form.text(e.SKU), cells[time:price], cells[price:units], cells[units:],
			form.text(string(e.Currency)), form.text(e.Notes))
		if d := e.InferenceDetails; d == nil {
			record = append(record, "", "", "", "")
		} else {
			record = append(record, form.text(d.RequestID), cell(d.InferenceExecutionTime), cell(d.PromptTokens), cell(d.CompletionTokens))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (form CSV) text(s string) string {
	if form.Raw {
		return s
	}
	return Safe(s)
}

func cell(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// Safe puts an apostrophe before a text that a spreadsheet would run as a formula,
// one that begins with = + - @, a tab or a carriage return, and before null, which
// readers of Venice's CSV take for nothing; apostrophes before it not counted. So
// [Unsafe] gives back every text.
func Safe(s string) string {
	if misread(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// Unsafe takes away the apostrophe that [Safe] has put before a text.
func Unsafe(s string) string {
	rest, quoted := strings.CutPrefix(s, "'")
	if quoted && misread(strings.TrimLeft(rest, "'")) {
		return rest
	}
	return s
}

// misread says whether a text is taken for something else.
func misread(s string) bool {
	return s == "null" || s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
}
