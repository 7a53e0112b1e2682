package intake

import (
	"strings"

	"github.com/ducat-ledger/ducat/venice"
)

// readCSV reads Venice's columns, and ours, which begin with the account.
func (f *File) readCSV(src *source, yield func(Row) bool) error {
	for row, err := range venice.ReadUsageCSVRows(src) {
		if err != nil {
			return err
		}
		r := Row{Account: row.Cell("account"), At: row.Line, UsageEntry: row.UsageEntry}
		if !f.raw {
			unguard(&r)
		}
		if !yield(r) {
			return errStopped
		}
	}
	return nil
}

// unguard takes the quote off that our CSV puts before a text which a spreadsheet
// would take for a formula.
func unguard(r *Row) {
	r.Account = unguarded(r.Account)
	r.SKU = unguarded(r.SKU)
	r.Currency = venice.Currency(unguarded(string(r.Currency)))
	r.Notes = unguarded(r.Notes)
	if d := r.InferenceDetails; d != nil {
		d.RequestID = unguarded(d.RequestID)
	}
}

func unguarded(text string) string {
	rest := strings.TrimLeft(text, "'")
	if rest == "" || len(rest) == len(text) || !strings.ContainsRune("=+-@\t\r", rune(rest[0])) {
		return text
	}
	return text[1:]
}
