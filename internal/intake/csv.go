package intake

import (
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/venice"
)

// readCSV reads Venice's columns, and ours, which begin with the account.
func (f *File) readCSV(src *source, yield func(Row) bool) error {
	for row, err := range venice.ReadUsageCSVRows(src) {
		if err != nil {
			return err
		}
		r := Row{Account: row.Cell(export.ColumnAccount), At: row.Line, UsageEntry: row.UsageEntry}
		if !f.raw {
			unguard(&r)
		}
		if !yield(r) {
			return errStopped
		}
	}
	return nil
}

// unguard gives back the texts that our CSV has made safe.
func unguard(r *Row) {
	r.Account = export.Unsafe(r.Account)
	r.SKU = export.Unsafe(r.SKU)
	r.Currency = venice.Currency(export.Unsafe(string(r.Currency)))
	r.Notes = export.Unsafe(r.Notes)
	if d := r.InferenceDetails; d != nil {
		d.RequestID = export.Unsafe(d.RequestID)
	}
}
